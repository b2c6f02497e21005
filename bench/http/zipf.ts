import { chanceFrom } from '../random.ts'

/** `length` numbers below `n`, the number `i` about 1/(i+1) as often as 0: few are asked much, most now and then. */
export function zipfOrder(n: number, length: number, seed: number): Int32Array {
  const chance = chanceFrom(seed)
  const upTo = new Float64Array(n)
  let total = 0
  for (let i = 0; i < n; i += 1) {
    total += 1 / (i + 1)
    upTo[i] = total
  }
  const fine = 0x7fff_ffff
  return Int32Array.from({ length }, () => firstAbove(upTo, (chance.below(fine) / fine) * total))
}

/** The first place whose value is above `wanted`, the last if none is. */
function firstAbove(sorted: Float64Array, wanted: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as number) > wanted) high = middle
    else low = middle + 1
  }
  return low
}
