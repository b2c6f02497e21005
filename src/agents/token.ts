import { type Entity, parseEntity, printEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import { type Detail, readDetails } from './detail.ts'
import type { TokenSettings } from './signing-key.ts'

/**
 * An access token in our own words. `actors` are in the order of delegation: the last one is the current actor, whose
 * client holds the token. Instants are milliseconds since the epoch, whole seconds.
 */
export interface AccessToken {
  readonly jti: string
  readonly issuer: string
  readonly org: string
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly clientId: string
  readonly audience: readonly string[]
  readonly scopes: readonly string[]
  readonly issuedAt: number
  readonly expiresAt: number
  /** What it came from, by `jti`, the first ancestor first: with any of these it dies. */
  readonly lineage: readonly string[]
  /** Consents it rests on, by id. */
  readonly consents: readonly string[]
  /** Thumbprint of the key it is bound to (RFC 9449), or null for a bearer token. */
  readonly jkt: string | null
  readonly task: string | null
  /** All that it is good for beside its scopes (RFC 9396). */
  readonly details?: readonly Detail[] | null
  /** Of a token for what was approved: the request. It ends with that. */
  readonly jit?: string | null
  /** Who may act for the subject, where the issuer said so (RFC 8693 section 4.4). */
  readonly mayAct: Entity | null
}

/** Whom a token for what was approved names: the agent that holds it, at its task. */
const personaOf = (token: Pick<AccessToken, 'subject' | 'actors' | 'task'>): string =>
  `${printEntity(holderOf(token))}:task:${token.task ?? ''}`

/** Whose token it is now: the current actor, or the subject where nobody acts for it. */
export const holderOf = ({ subject, actors }: Pick<AccessToken, 'subject' | 'actors'>): Entity =>
  actors.at(-1) ?? subject

/** `act` of a chain (RFC 8693 section 4.1, or with the first agent outermost). */
export function actOf(actors: readonly Entity[], order: TokenSettings['actorChainOrder']): JsonObject | null {
  const outermostFirst = order === 'outermost_first' ? actors : [...actors].reverse()
  return outermostFirst.reduceRight<JsonObject | null>(
    (inner, actor) => ({ sub: printEntity(actor), ...(inner !== null && { act: inner }) }),
    null,
  )
}

/** What goes into the token (RFC 9068 section 2.2), beside what its issuance adds of the agent. */
export function claimsOf(token: AccessToken, order: TokenSettings['actorChainOrder']): JsonObject {
  const { subject, actors, audience, lineage, consents, jit = null, details = null } = token
  const act = actOf(actors, order)
  return {
    iss: token.issuer,
    sub: jit === null ? printEntity(subject) : personaOf(token),
    aud: audience.length === 1 ? (audience[0] as string) : [...audience],
    client_id: token.clientId,
    organization: token.org,
    jti: token.jti,
    iat: token.issuedAt / 1000,
    nbf: token.issuedAt / 1000,
    exp: token.expiresAt / 1000,
    scope: token.scopes.join(' '),
    capabilities: [...token.scopes],
    ...(act !== null && { act }),
    ...((act !== null || jit !== null) && { chain: [subject, ...actors].map(printEntity) }),
    ...(jit !== null && { jit: true, jit_request_id: jit }),
    ...(details !== null && { authorization_details: [...details] }),
    ...(lineage.length > 0 && { lineage: [...lineage] }),
    ...(consents.length > 0 && { consents: [...consents] }),
    ...(token.jkt !== null && { cnf: { jkt: token.jkt } }),
    ...(token.task !== null && { task_id: token.task }),
    ...(token.mayAct !== null && { may_act: { sub: printEntity(token.mayAct) } }),
  }
}

/**
 * The token that claims of ours stand for, whose signature, issuer and `typ` were checked; null for claims we never make.
 * The chain is read from `chain`, never from `act`, whose order is for others.
 */
export function tokenOf(claims: JsonObject): AccessToken | null {
  const { jti, iss, client_id, organization, sub, aud, scope, iat, exp } = claims
  const chain = textsIn(claims.chain ?? [sub as Json])?.map(parseEntity)
  const audience = typeof aud === 'string' ? [aud] : textsIn(aud)
  const lineage = textsIn(claims.lineage ?? [])
  const consents = textsIn(claims.consents ?? [])
  const [subject, ...actors] = chain ?? []
  if (
    typeof jti !== 'string' ||
    typeof iss !== 'string' ||
    typeof client_id !== 'string' ||
    typeof organization !== 'string' ||
    typeof sub !== 'string' ||
    typeof scope !== 'string' ||
    !Number.isSafeInteger(iat) ||
    !Number.isSafeInteger(exp) ||
    audience === null ||
    audience.length === 0 ||
    lineage === null ||
    consents === null ||
    subject == null
  ) {
    return null
  }
  const known = actors.filter(actor => actor !== null)
  if (known.length !== actors.length) return null
  const task = typeof claims.task_id === 'string' ? claims.task_id : null
  const jit = jitOf(claims)
  const details = claims.authorization_details === undefined ? null : readDetails(claims.authorization_details)
  if (jit === undefined || details?.ok === false || (jit !== null && details === null)) return null
  if (sub !== (jit === null ? printEntity(subject) : personaOf({ subject, actors: known, task }))) return null
  return {
    jti,
    issuer: iss,
    org: organization,
    subject,
    actors: known,
    clientId: client_id,
    audience,
    scopes: scopesIn(scope),
    issuedAt: (iat as number) * 1000,
    expiresAt: (exp as number) * 1000,
    lineage,
    consents,
    jkt: memberOf(claims.cnf, 'jkt'),
    task,
    ...(jit !== null && { jit }),
    ...(details?.ok === true && { details: details.details }),
    mayAct: parseEntity(memberOf(claims.may_act, 'sub') ?? ''),
  }
}

/** Undefined for what is half of one. */
function jitOf({ jit, jit_request_id: approval }: JsonObject): string | null | undefined {
  if (jit === undefined && approval === undefined) return null
  return jit === true && typeof approval === 'string' ? approval : undefined
}

/** The scopes of a space-separated list (RFC 6749 section 3.3), each once, in order. */
export const scopesIn = (text: string): readonly string[] => [...new Set(text.split(' ').filter(part => part !== ''))]

function textsIn(value: Json | undefined): readonly string[] | null {
  return Array.isArray(value) && value.every(item => typeof item === 'string') ? (value as readonly string[]) : null
}

function memberOf(value: Json | undefined, name: string): string | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  const member = (value as JsonObject)[name]
  return typeof member === 'string' ? member : null
}
