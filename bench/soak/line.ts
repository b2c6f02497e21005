/** A straight line through points, and how far they lie from it. */
export interface Line {
  readonly slope: number
  readonly mean: number
  /** By how much the slope may be wrong: its standard error. */
  readonly error: number
}

export function lineThrough(points: readonly (readonly [x: number, y: number])[]): Line {
  const n = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  let xx = 0
  let xy = 0
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2
    xy += (x - meanX) * (y - meanY)
  }
  const slope = xx === 0 ? 0 : xy / xx
  let off = 0
  for (const [x, y] of points) off += (y - meanY - slope * (x - meanX)) ** 2
  const error = n < 3 || xx === 0 ? 0 : Math.sqrt(off / (n - 2) / xx)
  return { slope, mean: meanY, error }
}

/** What a series grew by over its second half, as a part of what it is on average, and how much of that may be noise. */
export function growthOf(points: readonly (readonly [at: number, value: number])[]): Growth {
  const half = points.slice(Math.floor(points.length / 2))
  const [from, to] = [half[0]?.[0] ?? 0, half.at(-1)?.[0] ?? 0]
  const { slope, mean, error } = lineThrough(half)
  if (mean === 0) return { mean, grown: 0, noise: 0 }
  return { mean, grown: (slope * (to - from)) / mean, noise: (2 * error * (to - from)) / mean }
}

export interface Growth {
  readonly mean: number
  readonly grown: number
  readonly noise: number
}
