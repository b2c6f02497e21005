import type { TrustConfig } from '../../agents/trust.ts'
import type { JsonObject } from '../../policy/json.ts'
import { fault, type WorkloadFault } from './fault.ts'

/** The life of a token, in seconds: it has an end, it has begun, and it is neither longer nor older than is accepted. */
export function timesFault(
  { exp, iat, nbf }: JsonObject,
  { maxAge, skew }: Pick<TrustConfig, 'maxAge' | 'skew'>,
  needsIat: boolean,
  nowMs: number,
): WorkloadFault | null {
  const now = nowMs / 1_000
  if (!isTime(exp)) return fault('expired', 'expected an `exp`')
  if (exp + skew <= now) return fault('expired', 'the token has expired')
  if (nbf !== undefined && (!isTime(nbf) || nbf > now + skew)) return fault('not_yet', '`nbf` is in the future')
  if (iat === undefined) {
    if (needsIat) return fault('not_yet', 'expected an `iat`')
    return exp - now > maxAge ? fault('lifetime', `the token lives longer than ${maxAge} seconds`) : null
  }
  if (!isTime(iat) || iat > now + skew) return fault('not_yet', '`iat` is in the future')
  if (exp <= iat) return fault('expired', 'the token ended before it was issued')
  if (exp - iat > maxAge) return fault('lifetime', `the token lives longer than ${maxAge} seconds`)
  return now - iat > maxAge + skew ? fault('lifetime', `the token is older than ${maxAge} seconds`) : null
}

/** When what is made from a token must end: with the token, or where only the skew still carries it, with that. */
export function endOf({ exp }: JsonObject, { skew }: Pick<TrustConfig, 'skew'>, nowMs: number): number {
  const end = typeof exp === 'number' ? Math.floor(exp * 1_000) : nowMs
  return end > nowMs ? end : end + skew * 1_000
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0

/** Whether a token is for us: it names our audience, and no other where that is asked. */
export function audienceFault(
  { aud }: JsonObject,
  audience: string,
  { soleAudience }: Pick<TrustConfig, 'soleAudience'>,
): WorkloadFault | null {
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!named.includes(audience)) return fault('audience', `expected the audience \`${audience}\``)
  return soleAudience && named.some(one => one !== audience)
    ? fault('audience', 'the token names further audiences')
    : null
}
