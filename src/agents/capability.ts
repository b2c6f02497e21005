import { type Entity, parseEntity, printEntity } from '../policy/entity.ts'
import {
  type Allowance,
  type Amount,
  amountOf,
  isAtMost,
  type Pattern,
  patternOf,
  printPattern,
} from '../policy/evidence.ts'
import type { Json, JsonObject } from '../policy/json.ts'

/** The type of its tokens. */
export const CAPABILITY_TYPE = 'capability+jwt'

/** What stands between the links of one that was narrowed without the org. */
export const LINK_MARK = '~'

/** Links of one capability, characters of all of them, actions and resources of each, at the most. */
export const MOST = {
  depth: 8,
  links: 9,
  length: 16_384,
  actions: 16,
  resources: 32,
  audiences: 8,
  uses: 1_000_000,
} as const

/** What a capability is good for, and how far it may be handed on. Instants are milliseconds, whole seconds. */
export interface Caveats extends Omit<Allowance, 'id'> {
  /** Where it may be shown. */
  readonly audience: readonly string[]
  /** How many times it may be narrowed, one after the other. */
  readonly depth: number
  /** Thumbprint of the key it is bound to; null: whoever has it may use it. */
  readonly jkt: string | null
}

/** One that the org gave out: to a chain, for what its caveats say. */
export interface Capability extends Caveats {
  readonly jti: string
  readonly issuer: string
  readonly org: string
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly clientId: string
  /** Tokens and capabilities it came from, by id, the first ancestor first: with any of these it dies. */
  readonly lineage: readonly string[]
  /** What narrows it beside its own caveats: capabilities it was narrowed from with the org's help, the first one first. */
  readonly within: readonly Allowance[]
  readonly consents: readonly string[]
  readonly task: string | null
  readonly issuedAt: number
}

/** One that a holder derived: it names the very link it narrows. */
export interface Derived extends Caveats {
  /** The mark of the link before. */
  readonly parent: string
}

/** Where a child would be wider than its parent, dimension by dimension; null where it is not. */
export function widened(child: Caveats, parent: Caveats): string | null {
  if (parent.depth < 1) return 'it may not be handed on'
  if (child.depth > parent.depth - 1) return 'it may be handed on more often than its parent'
  const action = child.actions.find(one => !parent.actions.includes(one))
  if (action !== undefined) return `the parent is not for \`${action}\``
  const resource = child.resources.find(one => !parent.resources.some(other => isWithinPattern(one, other)))
  if (resource !== undefined) return `the parent is not for \`${printPattern(resource)}\``
  if (child.from < parent.from) return 'it begins before its parent'
  if (child.until > parent.until) return 'it ends after its parent'
  if (parent.uses !== null && (child.uses === null || child.uses > parent.uses))
    return 'it has more uses than its parent'
  if (parent.spend !== null && (child.spend === null || !isAtMost(child.spend, parent.spend))) {
    return 'it may spend more than its parent'
  }
  const audience = child.audience.find(one => !parent.audience.includes(one))
  if (audience !== undefined) return `the parent is not for the audience \`${audience}\``
  if (parent.jkt !== null && child.jkt === null) return 'its parent is bound to a key, and it is not'
  return null
}

/** Whether every resource of one pattern is one of the other. */
const isWithinPattern = (inner: Pattern, outer: Pattern): boolean =>
  inner.type === outer.type && (outer.many ? inner.id.startsWith(outer.id) : !inner.many && inner.id === outer.id)

export const allowanceOf = (id: string, { actions, resources, from, until, uses, spend }: Caveats): Allowance => ({
  id,
  actions,
  resources,
  from,
  until,
  uses,
  spend,
})

/** What goes into the token of a link beside who it is of and what it came from. */
export const caveatClaims = (caveats: Caveats): JsonObject => ({
  aud: caveats.audience.length === 1 ? (caveats.audience[0] as string) : [...caveats.audience],
  nbf: caveats.from / 1000,
  exp: caveats.until / 1000,
  ...(caveats.jkt !== null && { cnf: { jkt: caveats.jkt } }),
  cap: { ...allowanceJson(caveats), depth: caveats.depth },
})

const allowanceJson = ({ actions, resources, uses, spend }: Omit<Allowance, 'id'>): JsonObject => ({
  actions: [...actions],
  resources: resources.map(printPattern),
  ...(uses !== null && { uses }),
  ...(spend !== null && { spend: { ...spend } }),
})

export const claimsOfCapability = (one: Capability): JsonObject => ({
  iss: one.issuer,
  sub: printEntity(one.subject),
  organization: one.org,
  client_id: one.clientId,
  jti: one.jti,
  iat: one.issuedAt / 1000,
  ...caveatClaims(one),
  chain: [one.subject, ...one.actors].map(printEntity),
  ...(one.lineage.length > 0 && { lineage: [...one.lineage] }),
  ...(one.within.length > 0 && {
    within: one.within.map(link => ({
      id: link.id,
      nbf: link.from / 1000,
      exp: link.until / 1000,
      ...allowanceJson(link),
    })),
  }),
  ...(one.consents.length > 0 && { consents: [...one.consents] }),
  ...(one.task !== null && { task_id: one.task }),
})

/** The claims of a token the org signed, or null for claims it never makes. */
export function capabilityOf(claims: JsonObject): Capability | null {
  const { iss, sub, organization, client_id, jti, iat, task_id: task } = claims
  const caveats = caveatsOf(claims)
  const chain = textsIn(claims.chain)?.map(parseEntity)
  const lineage = textsIn(claims.lineage ?? [])
  const consents = textsIn(claims.consents ?? [])
  const within = linksIn(claims.within ?? [])
  const [subject, ...actors] = chain ?? []
  const known = actors.filter(actor => actor !== null)
  if (
    caveats === null ||
    typeof iss !== 'string' ||
    typeof organization !== 'string' ||
    typeof client_id !== 'string' ||
    typeof jti !== 'string' ||
    jti === '' ||
    !Number.isSafeInteger(iat) ||
    (task !== undefined && typeof task !== 'string') ||
    subject == null ||
    printEntity(subject) !== sub ||
    known.length !== actors.length ||
    lineage === null ||
    consents === null ||
    within === null
  ) {
    return null
  }
  return {
    ...caveats,
    jti,
    issuer: iss,
    org: organization,
    subject,
    actors: known,
    clientId: client_id,
    lineage,
    within,
    consents,
    task: task ?? null,
    issuedAt: (iat as number) * 1000,
  }
}

/** The claims of a link a holder signed, or null for what is none. */
export function derivedOf(claims: JsonObject): Derived | null {
  const caveats = caveatsOf(claims)
  const { parent } = claims
  return caveats === null || typeof parent !== 'string' || !MARK.test(parent) ? null : { ...caveats, parent }
}

const MARK = /^[A-Za-z0-9_-]{43}$/

function caveatsOf({ aud, nbf, exp, cnf, cap }: JsonObject): Caveats | null {
  const audience = typeof aud === 'string' ? [aud] : textsIn(aud)
  const limits = isObject(cap) ? allowanceIn({ ...cap, nbf: nbf ?? null, exp: exp ?? null }) : null
  const depth = isObject(cap) ? cap.depth : undefined
  const jkt = cnf === undefined ? null : isObject(cnf) ? cnf.jkt : undefined
  const bound = jkt === null || (typeof jkt === 'string' && MARK.test(jkt))
  if (limits === null || audience === null || audience.length === 0 || audience.length > MOST.audiences) return null
  if (!bound || typeof depth !== 'number' || !Number.isInteger(depth) || depth < 0 || depth > MOST.depth) return null
  return { ...limits, audience, depth, jkt: jkt as string | null }
}

function linksIn(value: Json): readonly Allowance[] | null {
  if (!Array.isArray(value) || value.length > MOST.links) return null
  const links = value.map((one: Json): Allowance | null => {
    const limits = isObject(one) ? allowanceIn(one) : null
    return limits === null || !isObject(one) || typeof one.id !== 'string' ? null : { ...limits, id: one.id }
  })
  const known = links.filter(link => link !== null)
  return known.length === links.length ? known : null
}

function allowanceIn({ actions, resources, uses, spend, nbf, exp }: JsonObject): Omit<Allowance, 'id'> | null {
  const verbs = textsIn(actions)
  const patterns = textsIn(resources)?.map(patternOf)
  const known = patterns?.filter(one => one !== null) ?? []
  const counted = uses === undefined || (Number.isSafeInteger(uses) && (uses as number) >= 1)
  const amount: Amount | null = spend === undefined ? null : amountOf(spend)
  if (verbs === null || verbs.length === 0 || verbs.length > MOST.actions || verbs.includes('')) return null
  if (patterns === undefined || known.length !== patterns.length) return null
  if (known.length === 0 || known.length > MOST.resources) return null
  if (!counted || (spend !== undefined && amount === null)) return null
  if (!isSeconds(nbf) || !isSeconds(exp)) return null
  return {
    actions: verbs,
    resources: known,
    from: nbf * 1000,
    until: exp * 1000,
    uses: uses === undefined ? null : (uses as number),
    spend: amount,
  }
}

const isSeconds = (value: Json | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < 10 ** 11

const textsIn = (value: Json | undefined): readonly string[] | null =>
  Array.isArray(value) && value.every(item => typeof item === 'string') ? (value as readonly string[]) : null

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
