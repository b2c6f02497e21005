import { type Random, randomOf } from '../engine/random.ts'

/** Seeded choices of which some are made far more often than others. */
export interface Chance extends Random {
  /** 0 up to but not at `n`, the k-th as often as 1/k. */
  zipf(n: number): number
}

const tables = new Map<number, Float64Array>()

/** Sums of 1/k up to each k. */
function sums(n: number): Float64Array {
  const known = tables.get(n)
  if (known !== undefined) return known
  const made = new Float64Array(n)
  let sum = 0
  for (let k = 0; k < n; k += 1) {
    sum += 1 / (k + 1)
    made[k] = sum
  }
  tables.set(n, made)
  return made
}

const FINE = 2 ** 24

export function chanceOf(seed: number): Chance {
  const random = randomOf(seed)
  return {
    ...random,
    zipf(n) {
      const table = sums(n)
      const sought = (random.below(FINE) / FINE) * (table[n - 1] ?? 0)
      let low = 0
      let high = n - 1
      while (low < high) {
        const middle = (low + high) >> 1
        if ((table[middle] ?? 0) > sought) high = middle
        else low = middle + 1
      }
      return low
    },
  }
}
