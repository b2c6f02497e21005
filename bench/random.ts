/** Chance that is the same in every run. */
export interface Chance {
  /** 0 up to but not at `below`. */
  below(below: number): number
  of<T>(items: readonly T[]): T
}

/** A linear congruential generator over 2^32, its high bits used. */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    below,
    of(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new Error('nothing to choose from')
      return item
    },
  }
}
