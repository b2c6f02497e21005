import { type Found, found, hasClass, orderAt, phraseAt, phrasesOf, type Tokens, wordAt } from './match.ts'
import { agoAt } from './match-duration.ts'
import { dates } from './match-when.ts'
import { placesAt } from './match-where.ts'
import type { ComparedNode } from './syntax.ts'
import type { Token } from './token.ts'

const AFTER = phrasesOf<'ge' | 'le'>({
  'or more': 'ge',
  'or above': 'ge',
  'or over': 'ge',
  'or higher': 'ge',
  'or larger': 'ge',
  'or longer': 'ge',
  'or less': 'le',
  'or fewer': 'le',
  'or below': 'le',
  'or under': 'le',
  'or lower': 'le',
  'or smaller': 'le',
  'or shorter': 'le',
})

const amountAt = (t: Tokens, i: number): Token | null => {
  const token = t[i]
  return hasClass(token, 'amount') ? token : null
}

/** An order and an amount: `over $10k`, `between 5 MB and 1 GB`, `$5k or more`. */
export function amountsAt(t: Tokens, i: number): Found<ComparedNode> | null {
  const word = wordAt(t, i)
  if (word === 'between' || word === 'from') {
    const from = amountAt(t, i + 1)
    const joint = wordAt(t, i + 2)
    const to = joint === (word === 'between' ? 'and' : 'to') ? amountAt(t, i + 3) : null
    return from === null || to === null ? null : found({ kind: 'between', from, to }, i + 4)
  }
  const order = orderAt(t, i)
  if (order !== null) {
    const value = amountAt(t, order.end)
    return value === null ? null : found({ kind: 'order', op: order.node, word: t[i] as Token, value }, order.end + 1)
  }
  const value = amountAt(t, i)
  const after = value === null ? null : phraseAt(t, i + 1, AFTER)
  return value === null || after === null
    ? null
    : found({ kind: 'order', op: after.node, word: value, value }, after.end)
}

/** What may be said of an attribute after `is` besides a value: an order, a day, an age, a place. */
export function comparedAt(t: Tokens, i: number): Found<ComparedNode> | null {
  const ago = agoAt(t, i)
  if (ago !== null) return found({ kind: 'ago', ago: ago.node }, ago.end)
  const amounts = amountsAt(t, i)
  if (amounts !== null) return amounts
  const days = dates(t, i)
  if (days !== null) return found({ kind: 'days', clause: days.node }, days.end)
  const places = placesAt(t, i)
  return places === null ? null : found({ kind: 'place', where: places.node }, places.end)
}
