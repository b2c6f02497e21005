import type { Chance } from './random.ts'

/** As YCSB has it: what is asked most is asked about twice as often as the second, and so on. */
const EXPONENT = 0.99

/** Ranks below `count`, the first the most frequent. */
export function zipf(count: number, chance: Chance): () => number {
  const sums = new Float64Array(count)
  let sum = 0
  for (let i = 0; i < count; i += 1) {
    sum += 1 / (i + 1) ** EXPONENT
    sums[i] = sum
  }
  return () => {
    const sought = (chance.below(2 ** 32) / 2 ** 32) * sum
    let [low, high] = [0, count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) <= sought) low = middle + 1
      else high = middle
    }
    return low
  }
}
