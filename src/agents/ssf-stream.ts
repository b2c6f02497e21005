import type { Json, JsonObject } from '../policy/json.ts'

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const SSF = 'https://schemas.openid.net/secevent/ssf/event-type/'

export const SESSION_REVOKED = `${CAEP}session-revoked`
export const TOKEN_CLAIMS_CHANGE = `${CAEP}token-claims-change`
export const CREDENTIAL_CHANGE = `${CAEP}credential-change`
export const RISK_LEVEL_CHANGE = `${CAEP}risk-level-change`
/** What a stream may ask for. */
export const SUPPORTED_EVENTS: readonly string[] = [
  SESSION_REVOKED,
  TOKEN_CLAIMS_CHANGE,
  CREDENTIAL_CHANGE,
  RISK_LEVEL_CHANGE,
]

/** What concerns the stream itself, and goes to it whatever it asked for. */
export const VERIFICATION = `${SSF}verification`
export const STREAM_UPDATED = `${SSF}stream-updated`

export const STREAM_STATUSES = ['enabled', 'paused', 'disabled'] as const
export type StreamStatus = (typeof STREAM_STATUSES)[number]

/** A stream of security events to a receiver (OpenID Shared Signals). */
export interface SsfStream {
  readonly kind: 'ssf_stream'
  /** `ssf_…` */
  readonly id: string
  /** Who made it, as an entity: nobody else but those who manage the org sees it. */
  readonly owner: string
  readonly audience: readonly string[]
  readonly description: string | null
  readonly delivery: /** `authorization`: the header that goes with each message, sealed. */
  { readonly kind: 'push'; readonly url: string; readonly authorization: string | null } | { readonly kind: 'poll' }
  /** Null: whatever there is. */
  readonly requested: readonly string[] | null
  readonly status: StreamStatus
  readonly reason: string | null
  /** Subjects it does not want to hear of. */
  readonly excluded: readonly JsonObject[]
  /** What this very change of it is told by, or null: a verification, or that its status changed. */
  readonly said: { readonly kind: 'verify'; readonly state: string | null } | { readonly kind: 'status' } | null
  readonly verifiedAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
  /** Counts changes from 1. */
  readonly version: number
}

export const deliveredTo = ({ requested }: SsfStream): readonly string[] =>
  requested === null ? SUPPORTED_EVENTS : SUPPORTED_EVENTS.filter(type => requested.includes(type))

const SIMPLE_PARTS = ['user', 'device', 'session', 'application', 'tenant', 'org_unit', 'group']

/** Simple subjects match when they are the same; complex ones when each member is, or is missing on either side. */
export function sameSubject(a: JsonObject, b: JsonObject): boolean {
  if (a.format !== 'complex' || b.format !== 'complex') return equal(a, b)
  return SIMPLE_PARTS.every(name => a[name] === undefined || b[name] === undefined || equal(a[name], b[name]))
}

function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, i) => equal(one, b[i]))
  }
  const [left, right] = [a as JsonObject, b as JsonObject]
  const names = Object.keys(left)
  return names.length === Object.keys(right).length && names.every(name => equal(left[name], right[name]))
}
