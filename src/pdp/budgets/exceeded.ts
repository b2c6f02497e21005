import type { Charge, Overage } from '../../policy/charge.ts'
import type { JsonObject } from '../../policy/json.ts'
import { PdpError } from '../errors.ts'

const iso = (at: number): string => new Date(at).toISOString()

/** When a window begins anew, or null where it does not. */
export const resetsAt = ({ window }: Pick<Charge, 'window'>): number | null =>
  window.kind === 'fixed' ? window.until : null

/** What a meter counts in, where that is not single uses: numbers of it are whole, with so many decimals. */
function unitOf({ counter, scale = 0, unit }: Charge): JsonObject {
  if (counter.startsWith('budget cost ')) return { unit: 'USD', decimals: 6 }
  if (counter.startsWith('budget wall_ms ')) return { unit: 'second', decimals: 3 }
  return { ...(unit !== undefined && { unit }), ...(scale > 0 && { decimals: scale }) }
}

/** A charge that does not fit, as an error tells it. */
function overBody(over: Overage, now: number): JsonObject {
  const { counter, window, amount, cap, used, reserved, says, of } = over
  const words = counter.split(' ')
  const full = used + reserved >= cap
  const at = resetsAt(over)
  return {
    reason: full ? 'budget-exhausted' : 'insufficient-budget',
    meter: words[0] === 'budget' ? (words[1] ?? counter) : (words[0] ?? counter),
    of,
    says,
    window: over.per ?? window.kind,
    limit: cap,
    used,
    reserved,
    ...(!full && { required: amount }),
    ...unitOf(over),
    resets_at: at === null ? null : iso(at),
    ...(at !== null && { retry_after: Math.max(1, Math.ceil((at - now) / 1000)) }),
  }
}

/** The refusal of what does not fit; of several, the one that begins anew last. */
export function budgetExceeded(over: readonly Overage[], now: number, detail: JsonObject = {}): PdpError {
  const last = [...over].sort((a, b) => (resetsAt(b) ?? Infinity) - (resetsAt(a) ?? Infinity))[0]
  if (last === undefined) return new PdpError('budget_exceeded', 'a budget is used up', detail)
  const body = overBody(last, now)
  const others = over.length > 1 ? { over: over.map(one => overBody(one, now)) } : {}
  const message = `${body.reason === 'budget-exhausted' ? 'used up' : 'not enough left of'}: ${last.says}`
  return new PdpError('budget_exceeded', message, { ...body, ...others, ...detail })
}

/** What HTTP says of such a refusal beside its body; nothing of when, where it does not begin anew by itself. */
export function budgetHeaders(detail: JsonObject): Readonly<Record<string, string>> {
  const { limit, used, reserved, resets_at: at, retry_after: wait } = detail
  if (typeof limit !== 'number') return {}
  const left = Math.max(0, limit - Number(used ?? 0) - Number(reserved ?? 0))
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(left),
    ...(typeof at === 'string' && { 'x-ratelimit-reset': String(Math.ceil(Date.parse(at) / 1000)) }),
    ...(typeof wait === 'number' && { 'retry-after': String(wait) }),
  }
}
