import type { Chance } from '../random.ts'
import type { AppTuple } from './app.ts'

export const tuple = (object: string, relation: string, user: string): AppTuple => ({ object, relation, user })

export const namesOf = (type: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${type}:${n}`)

/** Things in things, `levels` deep: each but those of the first level is in one of the level above. */
export function* nest<T>(
  items: readonly T[],
  levels: number,
  chance: Chance,
): Generator<{ readonly inner: T; readonly outer: T }> {
  const width = Math.ceil(items.length / levels)
  for (const [n, inner] of items.entries()) {
    const level = Math.floor(n / width)
    if (level === 0) continue
    const outer = items[(level - 1) * width + chance.below(width)]
    if (outer !== undefined) yield { inner, outer }
  }
}

/** How deep groups are in groups, and folders in folders. */
export const LEVELS = 4

/** Groups in groups, and every user in two of them. */
export function* membersOf(users: readonly string[], groups: readonly string[], chance: Chance): Generator<AppTuple> {
  for (const { inner, outer } of nest(groups, LEVELS, chance)) yield tuple(outer, 'member', `${inner}#member`)
  for (const user of users) {
    const first = chance.below(groups.length)
    const second = (first + 1 + chance.below(groups.length - 1)) % groups.length
    for (const n of [first, second]) yield tuple(groups[n] ?? '', 'member', user)
  }
}
