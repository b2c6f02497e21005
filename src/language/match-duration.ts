import type { CompareOp, DurationUnit } from '../policy/ast.ts'
import { type Found, found, orderAt, phraseAt, phrasesOf, skip, type Tokens, wordAt } from './match.ts'
import { zoneAt } from './match-date.ts'
import type { AgoNode, DurationNode } from './syntax.ts'
import type { Token } from './token.ts'
import { readCount } from './values.ts'

const UNITS: ReadonlyMap<string, DurationUnit> = new Map([
  ...(['second', 'minute', 'hour', 'day', 'week', 'month', 'year'] as const).flatMap(
    (unit): [string, DurationUnit][] => [
      [unit, unit],
      [`${unit}s`, unit],
    ],
  ),
  ['sec', 'second'],
  ['secs', 'second'],
  ['min', 'minute'],
  ['mins', 'minute'],
  ['hr', 'hour'],
  ['hrs', 'hour'],
])

export const durationUnit = (token: Token | undefined): DurationUnit | null => UNITS.get(token?.word ?? '') ?? null

const ONE = new Set(['a', 'an', 'one'])

/** `90 days`, `an hour`. A count that is not whole comes as NaN. */
export function durationAt(t: Tokens, i: number): Found<DurationNode> | null {
  const token = t[i]
  if (token === undefined) return null
  if (token.kind === 'quantity') {
    const [count, word] = token.parts
    const unit = durationUnit(word)
    if (unit === null || count === undefined) return null
    return found({ count: readCount(count), unit, start: token.start, end: token.end }, i + 1)
  }
  const unit = ONE.has(token.word) ? durationUnit(t[i + 1]) : null
  return unit === null ? null : found({ count: 1, unit, start: token.start, end: t[i + 1]?.end ?? token.end }, i + 2)
}

/** As `durationAt`, or a unit alone: the `hour` of `the last hour`. */
function spanAt(t: Tokens, i: number): Found<DurationNode> | null {
  const token = t[i]
  const unit = durationUnit(token)
  if (unit === null || token === undefined) return durationAt(t, i)
  return found({ count: 1, unit, start: token.start, end: token.end }, i + 1)
}

const LEADS = new Set(['within', 'in', 'during'])
const THE = new Set(['the'])
const PAST = new Set(['last', 'past', 'previous'])
const NEXT = new Set(['next', 'coming', 'following'])
const AFTER = phrasesOf<'since' | 'until' | 'old'>({
  ago: 'since',
  'from now': 'until',
  away: 'until',
  ahead: 'until',
  old: 'old',
})
const OR_MORE = phrasesOf<'ge' | 'le'>({
  'or more': 'ge',
  'or earlier': 'ge',
  'or longer': 'ge',
  'or older': 'ge',
  'or less': 'le',
  'or later': 'le',
  'or newer': 'le',
  'or younger': 'le',
})

const isOrder = (op: CompareOp): op is AgoNode['op'] => op !== 'eq' && op !== 'ne' && op !== 'contains'

/** How long ago or ahead: `more than 30 days ago`, `within the last hour`, `at most 30 days from now`. */
export function agoAt(t: Tokens, i: number): Found<AgoNode> | null {
  const plain = untimed(t, i)
  if (plain === null) return null
  const zone = zoneAt(t, plain.end)
  return zone === null ? plain : found({ ...plain.node, zone: zone.node }, zone.end)
}

function untimed(t: Tokens, i: number): Found<AgoNode> | null {
  const word = wordAt(t, i)
  if (LEADS.has(word)) {
    const at = skip(t, i + 1, THE)
    const direction = PAST.has(wordAt(t, at)) ? 'since' : NEXT.has(wordAt(t, at)) ? 'until' : null
    const span = direction === null ? null : spanAt(t, at + 1)
    if (span !== null) return found({ direction, op: 'le', duration: span.node, zone: null }, span.end)
    const bare = word === 'within' ? durationAt(t, i + 1) : null
    if (bare !== null) return found({ direction: null, op: 'le', duration: bare.node, zone: null }, bare.end)
    const ahead = word === 'in' ? compared(t, i + 1) : null
    return ahead === null ? null : found({ ...ahead.node, direction: 'until', zone: null }, ahead.end)
  }
  return compared(t, i, true) ?? postfixed(t, i)
}

/** `more than 30 days`, with `ago`, `from now` or `old` after it where `placed`. */
function compared(t: Tokens, i: number, placed = false): Found<AgoNode> | null {
  const order = orderAt(t, i)
  const duration = order === null ? null : durationAt(t, order.end)
  if (order === null || duration === null || !isOrder(order.node)) return null
  const node = { op: order.node, duration: duration.node, zone: null }
  if (!placed) return found({ ...node, direction: null }, duration.end)
  const after = phraseAt(t, duration.end, AFTER)
  return after === null ? null : found({ ...node, direction: after.node }, after.end)
}

/** `30 days ago or more`, `90 days old or older`. */
function postfixed(t: Tokens, i: number): Found<AgoNode> | null {
  const duration = durationAt(t, i)
  const after = duration === null ? null : phraseAt(t, duration.end, AFTER)
  const or = after === null ? null : phraseAt(t, after.end, OR_MORE)
  if (duration === null || after === null || or === null) return null
  return found({ direction: after.node, op: or.node, duration: duration.node, zone: null }, or.end)
}

const THAN: ReadonlyMap<string, 'gt' | 'lt'> = new Map([
  ['older', 'gt'],
  ['newer', 'lt'],
  ['younger', 'lt'],
])

/** `older than 90 days`. */
export function ageAt(t: Tokens, i: number): Found<AgoNode> | null {
  const op = THAN.get(wordAt(t, i))
  const duration = op === undefined || wordAt(t, i + 1) !== 'than' ? null : durationAt(t, i + 2)
  if (op !== undefined && duration !== null) {
    const zone = zoneAt(t, duration.end)
    const node: AgoNode = { direction: 'old', op, duration: duration.node, zone: zone?.node ?? null }
    return found(node, zone?.end ?? duration.end)
  }
  const ago = agoAt(t, i)
  return ago?.node.direction === 'old' ? ago : null
}
