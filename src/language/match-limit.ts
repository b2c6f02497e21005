import { type Found, found, orderAt, phraseAt, phrasesOf, runAt, skip, type Tokens, wordAt } from './match.ts'
import { durationAt, durationUnit } from './match-duration.ts'
import type { DurationNode, LimitNode, RefNode } from './syntax.ts'
import type { Token } from './token.ts'
import { numberWord } from './values.ts'

/** Readers of limits: so much, or so often, in each stretch of time. */

const TIMES = new Set(['times', 'time', 'requests', 'calls', 'uses'])
const OFTEN = phrasesOf<number>({ once: 1, twice: 2, thrice: 3 })
const PER = new Set(['per', 'a', 'an', 'each', 'every'])
const IN = new Set(['in', 'within', 'per', 'every', 'each', 'during'])
const ANY = new Set(['any', 'a'])
const ROLLING = new Set(['rolling', 'sliding'])
/** These are days of the week as well. */
const DAILY = /^(?:daily|every day)$/i
const LY = phrasesOf<DurationNode['unit']>({
  hourly: 'hour',
  weekly: 'week',
  monthly: 'month',
  yearly: 'year',
  annually: 'year',
})
const WHOSE = new Set(['their', 'his', 'her', 'its'])

interface Per {
  readonly per: DurationNode
  readonly window: LimitNode['window']
}

/** `per month`, `a day`, `in any 24 hours`. One of a unit is the calendar's, several are the last so many. */
function perAt(t: Tokens, i: number): Found<Per> | null {
  const token = t[i]
  if (token === undefined) return null
  const place = { start: token.start, end: token.end }
  if (token.kind === 'days' && DAILY.test(token.text)) {
    return found({ per: { count: 1, unit: 'day', ...place }, window: 'calendar' }, i + 1)
  }
  const ly = phraseAt(t, i, LY)
  if (ly !== null) return found({ per: { count: 1, unit: ly.node, ...place }, window: 'calendar' }, ly.end)
  const word = wordAt(t, i)
  const unit = PER.has(word) ? durationUnit(t[i + 1]) : null
  if (unit !== null) return found({ per: { count: 1, unit, ...place }, window: 'calendar' }, i + 2)
  if (!IN.has(word)) return null
  const any = skip(t, i + 1, ANY)
  const at = skip(t, any, ROLLING)
  const duration = durationAt(t, at)
  if (duration !== null) return found({ per: duration.node, window: 'sliding' }, duration.end)
  const one = any > i + 1 ? durationUnit(t[at]) : null
  if (one === null) return null
  const sliding = wordAt(t, i + 1) === 'any' || at > any
  return found({ per: { count: 1, unit: one, ...place }, window: sliding ? 'sliding' : 'calendar' }, at + 1)
}

/** `of the payment's amount`, `of their cost`. */
function ofAt(t: Tokens, i: number): Found<RefNode> | null {
  if (wordAt(t, i) !== 'of') return null
  const owner = t[i + 1]
  if (owner === undefined) return null
  if (WHOSE.has(owner.word)) {
    const name = nameAt(t, i + 2)
    return name.length === 0 ? null : found({ kind: 'ref', owner, of: [], name }, i + 2 + name.length)
  }
  const of = owner.word === 'the' ? runAt(t, i + 2, 3) : []
  const at = i + 2 + of.length
  const name = of.length > 0 && t[at]?.kind === 'possess' ? nameAt(t, at + 1) : []
  return name.length === 0 ? null : found({ kind: 'ref', owner: null, of, name }, at + 1 + name.length)
}

const ENDS = new Set(['per', 'hourly', 'daily', 'weekly', 'monthly', 'yearly', 'annually'])

function nameAt(t: Tokens, i: number): readonly Token[] {
  const token = t[i]
  if (token?.kind === 'quoted') return [token]
  const run = runAt(t, i, 4)
  const end = run.findIndex(word => ENDS.has(word.word))
  return end < 0 ? run : run.slice(0, end)
}

interface Amount {
  readonly amount: Token | number
  readonly times: boolean
}

/** `$5,000`, `500 times`, `twice`. */
function amountAt(t: Tokens, i: number): Found<Amount> | null {
  const often = phraseAt(t, i, OFTEN)
  if (often !== null) return found({ amount: often.node, times: true }, often.end)
  const token = t[i]
  if (token === undefined) return null
  const written = numberWord(token)
  if (!token.is.includes('amount') && written === null) return null
  const end = skip(t, i + 1, TIMES)
  if (written !== null && end === i + 1) return null
  return found({ amount: written === null ? token : Number(written), times: end > i + 1 }, end)
}

/** `up to $5,000 per month`, `at most 500 times per hour`, `twice a week`, `over $50 of the call's cost in any 24 hours`. */
export function limitAt(t: Tokens, i: number): Found<LimitNode> | null {
  const order = orderAt(t, i)
  if (order !== null && order.node !== 'le' && order.node !== 'gt') return null
  const amount = amountAt(t, order?.end ?? i)
  if (amount === null || (order === null && !amount.node.times)) return null
  const of = ofAt(t, amount.end)
  const per = perAt(t, of?.end ?? amount.end)
  if (per === null) return null
  const late = of === null ? ofAt(t, per.end) : null
  const end = late?.end ?? per.end
  const token = { ...(t[i] as Token), end: t[end - 1]?.end ?? 0 }
  const over = order?.node === 'gt'
  return found(
    { kind: 'limit', over, token, amount: amount.node.amount, of: of?.node ?? late?.node ?? null, ...per.node },
    end,
  )
}
