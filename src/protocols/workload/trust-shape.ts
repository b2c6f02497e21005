import { z } from 'zod'
import { PROVIDERS, type TrustConfig } from '../../agents/trust.ts'
import { LIMITS } from '../../agents/trust-check.ts'
import type { Json, JsonObject } from '../../policy/json.ts'

const text = z.string().min(1).max(2_048)
const plain = z.union([z.string().max(2_048), z.number(), z.boolean()])

const claimRule = z.strictObject({
  /** Names into the claims; or one text with dots between them, in which `kubernetes.io` is one name. */
  claim: z.union([text, z.array(text).min(1).max(10)]),
  operator: z.enum(['equals', 'not_equals', 'in', 'not_in', 'exists', 'not_exists', 'starts_with']),
  value: z.union([plain, z.array(plain).max(100), z.null()]).default(null),
})

const members = {
  issuer: text,
  signed_request: z.boolean(),
  jwks_uri: text.nullable(),
  jwks: z.object({ keys: z.array(z.record(z.string(), z.json())).max(100) }).nullable(),
  audience: z.string().min(1).max(512).nullable(),
  sole_audience: z.boolean(),
  algorithms: z.array(z.string().max(16)).min(1).max(16),
  max_age_s: z.int(),
  skew_s: z.int(),
  single_use: z.boolean(),
  bind: z.record(z.string().max(64), plain),
  rules: z.array(claimRule).max(50),
  token_review: z
    .strictObject({
      url: text,
      token: z.string().min(1).max(8_192),
      ca: z.string().max(32_768).nullable().default(null),
    })
    .nullable(),
  status: z.enum(['active', 'inactive']),
}

const { issuer, bind, ...optional } = members
export const trustCreate = z.strictObject({
  provider: z.enum(PROVIDERS),
  issuer,
  bind,
  ...z.strictObject(optional).partial().shape,
})
export const trustUpdate = z.strictObject(members).partial()

export const trustBody = z.object({
  id: z.string(),
  agent_id: z.string(),
  provider: z.enum(PROVIDERS),
  ...members,
  rules: z.array(z.object({ claim: z.array(z.string()), operator: z.string(), value: z.unknown() })),
  token_review: z.object({ url: z.string(), ca: z.string().nullable(), token_set: z.literal(true) }).nullable(),
})

type Said = z.output<typeof trustUpdate>

/** A configuration with what was said of it, over what it was. */
export function trustWith<T extends Omit<TrustConfig, 'id'>>(before: T, said: Said): T {
  const or = <V>(value: V | undefined, old: V): V => (value === undefined ? old : value)
  return {
    ...before,
    issuer: or(said.issuer, before.issuer),
    signedRequest: or(said.signed_request, before.signedRequest),
    jwksUri: or(said.jwks_uri, before.jwksUri),
    jwks: or(said.jwks as JsonObject | null | undefined, before.jwks),
    audience: or(said.audience, before.audience),
    soleAudience: or(said.sole_audience, before.soleAudience),
    algorithms: or(said.algorithms, before.algorithms),
    maxAge: or(said.max_age_s, before.maxAge),
    skew: or(said.skew_s, before.skew),
    singleUse: or(said.single_use, before.singleUse),
    bind: or(said.bind, before.bind),
    rules: said.rules === undefined ? before.rules : said.rules.map(ruleOf),
    tokenReview: or(said.token_review, before.tokenReview),
    active: said.status === undefined ? before.active : said.status === 'active',
  }
}

/** A new one, with the provider's own defaults for what is not said. */
export function trustFrom({ provider, ...said }: z.output<typeof trustCreate>): Omit<TrustConfig, 'id'> {
  const { algorithms, most, caches } = LIMITS[provider]
  const plainly: Omit<TrustConfig, 'id'> = {
    provider,
    issuer: said.issuer,
    signedRequest: false,
    jwksUri: null,
    jwks: null,
    audience: null,
    soleAudience: true,
    algorithms,
    maxAge: most,
    skew: 60,
    singleUse: !caches,
    bind: said.bind,
    rules: [],
    tokenReview: null,
    active: true,
  }
  return trustWith(plainly, said)
}

function ruleOf({ claim, operator, value }: z.output<typeof claimRule>): TrustConfig['rules'][number] {
  return { claim: typeof claim === 'string' ? namesIn(claim) : claim, operator, value: value as Json }
}

const K8S = 'kubernetes.io'

function namesIn(claim: string): readonly string[] {
  return claim.startsWith(`${K8S}.`) ? [K8S, ...claim.slice(K8S.length + 1).split('.')] : claim.split('.')
}

/** A configuration as it is shown: the token we ask the cluster with is not. */
export function trustShown(agentId: string, config: TrustConfig): z.input<typeof trustBody> {
  const { tokenReview } = config
  return {
    id: config.id,
    agent_id: agentId,
    provider: config.provider,
    issuer: config.issuer,
    signed_request: config.signedRequest,
    jwks_uri: config.jwksUri,
    jwks: config.jwks as z.input<typeof trustBody>['jwks'],
    audience: config.audience,
    sole_audience: config.soleAudience,
    algorithms: [...config.algorithms],
    max_age_s: config.maxAge,
    skew_s: config.skew,
    single_use: config.singleUse,
    bind: config.bind as z.input<typeof trustBody>['bind'],
    rules: config.rules.map(({ claim, operator, value }) => ({ claim: [...claim], operator, value })),
    token_review: tokenReview === null ? null : { url: tokenReview.url, ca: tokenReview.ca, token_set: true },
    status: config.active ? 'active' : 'inactive',
  }
}
