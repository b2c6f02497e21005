import {
  type Found,
  found,
  hasClass,
  isOpen,
  orderAt,
  phraseAt,
  phrasesOf,
  runAt,
  skip,
  type Tokens,
  wordAt,
} from './match.ts'
import { type Days, daysAt, edgeAt, yearlessAt, zoneAt } from './match-date.ts'
import { durationAt } from './match-duration.ts'
import type { Clause, InstantNode } from './syntax.ts'
import type { Token } from './token.ts'

/** Readers of when: days, hours, dates, named hours and days, and spans that begin or end at an instant. */

type When = Found<Clause>

const THE = new Set(['the', 'our', 'a', 'any'])
const ON = new Set(['on', 'from', 'at', 'during', 'over'])
const EVERY = new Set(['the', 'every', 'each', 'any'])

function zoned(t: Tokens, i: number, make: (zone: Token | null) => Clause): When {
  const zone = zoneAt(t, i)
  return found(make(zone?.node ?? null), zone?.end ?? i)
}

function weekdays(t: Tokens, i: number): When | null {
  const at = skip(t, skip(t, i, ON), EVERY)
  const days = t[at]
  return days?.kind === 'days' ? zoned(t, at + 1, zone => ({ kind: 'weekdays', days, zone })) : null
}

const timeAt = (t: Tokens, i: number): Token | null => {
  const token = t[i]
  return token?.kind === 'time' ? token : null
}

const TO = new Set(['to', 'until', 'till', 'through', 'and'])

const HOURS = phrasesOf<'from' | 'to' | 'both'>({
  between: 'both',
  from: 'both',
  after: 'from',
  since: 'from',
  before: 'to',
  until: 'to',
  till: 'to',
  by: 'to',
})

function hours(t: Tokens, i: number): When | null {
  const lead = phraseAt(t, i, HOURS)
  const at = lead?.end ?? i
  const first = timeAt(t, at)
  if (first === null) return null
  const second = TO.has(wordAt(t, at + 1)) ? timeAt(t, at + 2) : null
  if (second !== null && (lead === null || lead.node === 'both'))
    return zoned(t, at + 3, zone => ({ kind: 'hours', from: first, to: second, zone }))
  if (lead === null || (lead.node === 'both' && wordAt(t, i) === 'between')) return null
  const to = lead.node === 'to'
  return zoned(t, at + 1, zone => ({ kind: 'hours', from: to ? null : first, to: to ? first : null, zone }))
}

type DateOp = Extract<Clause, { kind: 'date' }>['op']

const DATES = phrasesOf<DateOp | 'in' | 'between'>({
  on: 'on',
  'on or after': 'from',
  'on or before': 'until',
  'no earlier than': 'from',
  'not earlier than': 'from',
  'no later than': 'until',
  'not later than': 'until',
  in: 'in',
  during: 'in',
  before: 'before',
  'prior to': 'before',
  after: 'after',
  from: 'from',
  since: 'from',
  'as of': 'from',
  'starting on': 'from',
  starting: 'from',
  until: 'until',
  till: 'until',
  through: 'until',
  by: 'until',
  between: 'between',
})

/** Dates, months and years, alone or as the ends of a stretch. Used of the call's time and of what an attribute holds. */
export function dates(t: Tokens, i: number): When | null {
  const lead = phraseAt(t, i, DATES)
  if (lead === null) return null
  const stretch = lead.node === 'from' || lead.node === 'between' ? stretchAt(t, lead.end) : null
  if (stretch !== null)
    return zoned(t, stretch.end, zone => ({
      kind: 'dates',
      from: stretch.node[0].first,
      to: stretch.node[1].last,
      zone,
    }))
  const days = daysAt(t, lead.end) ?? edgeAt(t, lead.end)
  if (days === null || lead.node === 'between') return null
  const { first, last, whole } = days.node
  const op = lead.node
  if (op === 'in' || (op === 'on' && whole !== 'day')) {
    if (whole === 'day' || op === 'on') return null
    return zoned(t, days.end, zone => ({ kind: 'dates', from: first, to: last, zone }))
  }
  const day = op === 'after' || op === 'until' ? last : first
  const unclear = op === 'until' && whole !== 'day'
  return zoned(t, days.end, zone => ({ kind: 'date', op, day, unclear, zone }))
}

/** `1 March to 30 April 2026`, `January to March 2026`, `2026-01-01 until 2026-12-31`. */
function stretchAt(t: Tokens, i: number): Found<readonly [Days, Days]> | null {
  const first = daysAt(t, i) ?? edgeAt(t, i)
  const begun = first === null ? yearlessAt(t, i) : null
  const end = first?.end ?? begun?.end
  if (end === undefined || !TO.has(wordAt(t, end))) return null
  const last = daysAt(t, end + 1) ?? edgeAt(t, end + 1)
  const year = last?.node.last.day?.slice(0, 4)
  const from = first?.node ?? (year === undefined ? null : (begun?.node(year) ?? null))
  return last === null || from === null ? null : found([from, last.node], last.end)
}

const DURING = phrasesOf<'in' | 'out'>({
  during: 'in',
  within: 'in',
  in: 'in',
  on: 'in',
  at: 'in',
  outside: 'out',
  'outside of': 'out',
})

/** `during business hours`, `on public holidays`, `outside the maintenance window`. */
function named(t: Tokens, i: number): When | null {
  const lead = phraseAt(t, i, DURING)
  const at = skip(t, lead?.end ?? i, THE)
  const token = t[at]
  const schedule = hasClass(token, 'schedule')
  if (token === undefined || (!schedule && (lead === null || !hasClass(token, 'calendar')))) return null
  const clause: When = schedule
    ? found({ kind: 'schedule', token }, at + 1)
    : zoned(t, at + 1, zone => ({ kind: 'calendar', token, zone }))
  return lead?.node === 'out' ? found({ kind: 'not', of: clause.node }, clause.end) : clause
}

const JOINTS = new Set(['and', 'or'])

function dayItem(t: Tokens, i: number): When | null {
  const at = skip(t, i, EVERY)
  const token = t[at]
  if (token === undefined) return null
  if (token.kind === 'days') return zoned(t, at + 1, zone => ({ kind: 'weekdays', days: token, zone }))
  if (token.is.includes('calendar')) return zoned(t, at + 1, zone => ({ kind: 'calendar', token, zone }))
  if (token.kind !== 'date') return null
  const day = daysAt(t, at)?.node.first
  return day === undefined ? null : zoned(t, at + 1, zone => ({ kind: 'date', op: 'on', day, unclear: false, zone }))
}

const scheduleAt = (t: Tokens, i: number): When | null => {
  const at = skip(t, i, THE)
  const token = t[at]
  return token?.is.includes('schedule') ? found({ kind: 'schedule', token }, at + 1) : null
}

/** `on public holidays and weekends`: on either, since no day need be both. */
function eitherDay(t: Tokens, i: number): When | null {
  const lead = phraseAt(t, i, DURING)
  const day = lead === null ? null : dayItem(t, lead.end)
  const first = lead === null ? null : (day ?? scheduleAt(t, lead.end))
  if (lead === null || first === null) return null
  const sameAt = day === null ? scheduleAt : dayItem
  const otherAt = day === null ? dayItem : scheduleAt
  const items = [first.node]
  let mixed = false
  let end = first.end
  for (;;) {
    const comma = wordAt(t, end) === ',' ? end + 1 : end
    const joint = JOINTS.has(wordAt(t, comma))
    const same = joint ? sameAt(t, comma + 1) : null
    const next = same ?? (joint && wordAt(t, comma) === 'and' && comma === end ? otherAt(t, comma + 1) : null)
    if (next === null) break
    mixed ||= same === null && lead.node === 'in'
    items.push(next.node)
    end = next.end
  }
  if (items.length < 2) return null
  const clauses = items.map((node, n) => ({ conj: n === 0 ? null : ('or' as const), mark: null, intro: null, node }))
  // Hours and days can be both at once: `during business hours and weekends` may ask for both, or for one.
  const group: Clause = mixed ? { kind: 'group', clauses, unclear: true } : { kind: 'group', clauses }
  return found(lead.node === 'out' ? { kind: 'not', of: group } : group, end)
}

const SPANS = phrasesOf<true>({
  for: true,
  within: true,
  until: true,
  'for the first': true,
  'in the first': true,
  'within the first': true,
  'during the first': true,
})
const THEY = new Set(['they', 'he', 'she', 'it'])
const BEEN = new Set(['was', 'were', 'is', 'are', 'has', 'have', 'been', 'had'])
const WHOSE = new Set(['their', 'his', 'her', 'its'])

/** What an instant is told by: `they joined`, `the document was created`, `their start date`, `the payment's due date`. */
function instantAt(t: Tokens, i: number): Found<InstantNode> | null {
  const token = t[i]
  if (token === undefined) return null
  if (THEY.has(token.word)) return happened(t, i + 1, token.word === 'it' ? 'resource' : 'subject', [])
  if (WHOSE.has(token.word)) {
    const name = runAt(t, i + 1, 4)
    if (name.length === 0) return null
    return found({ kind: 'ref', ref: { kind: 'ref', owner: token, of: [], name } }, i + 1 + name.length)
  }
  if (token.word !== 'the') return null
  const of = runAt(t, i + 1, 3)
  const at = i + 1 + of.length
  if (t[at]?.kind === 'possess') {
    const name = runAt(t, at + 1, 4)
    if (of.length === 0 || name.length === 0) return null
    return found({ kind: 'ref', ref: { kind: 'ref', owner: null, of, name } }, at + 1 + name.length)
  }
  const [noun] = of
  return noun === undefined ? null : happened(t, i + 2, null, [noun])
}

function happened(
  t: Tokens,
  i: number,
  of: 'subject' | 'resource' | null,
  noun: readonly Token[],
): Found<InstantNode> | null {
  let at = i
  while (BEEN.has(wordAt(t, at))) at += 1
  const verb = t[at]
  if (!isOpen(verb)) return null
  return found({ kind: 'happened', of, noun, verb }, at + 1)
}

const SIDES = phrasesOf<'since' | 'until' | 'both'>({
  after: 'since',
  since: 'since',
  before: 'until',
  of: 'both',
  from: 'since',
})

/** `for 90 days after they joined`, `within 2 hours of their start time`, `at least 1 year before its due date`. */
function elapsed(t: Tokens, i: number): When | null {
  const lead = phraseAt(t, i, SPANS)
  const order = lead === null ? orderAt(t, i) : null
  const start = lead?.end ?? order?.end
  const duration = start === undefined ? null : durationAt(t, start)
  const side = duration === null ? null : phraseAt(t, duration.end, SIDES)
  const instant = side === null ? null : instantAt(t, side.end)
  if (duration === null || side === null || instant === null) return null
  const op = order?.node ?? 'le'
  if (op === 'eq' || op === 'ne' || op === 'contains') return null
  return zoned(t, instant.end, zone => ({
    kind: 'elapsed',
    direction: side.node,
    op,
    duration: duration.node,
    instant: instant.node,
    zone,
  }))
}

export function whenAt(t: Tokens, i: number): When | null {
  return eitherDay(t, i) ?? weekdays(t, i) ?? hours(t, i) ?? dates(t, i) ?? named(t, i) ?? elapsed(t, i)
}
