/** Places values along an axis, and says where its lines are. */
export interface Scale {
  readonly at: (value: number) => number
  readonly ticks: readonly number[]
}

export type ScaleKind = 'linear' | 'log'

/** From the least at pixel `from` to the most at pixel `to`, widened to the next round values. */
export function scaleOf(kind: ScaleKind, values: readonly number[], from: number, to: number): Scale {
  const finite = values.filter(v => Number.isFinite(v) && (kind === 'linear' || v > 0))
  if (finite.length === 0) return { at: () => from, ticks: [] }
  return kind === 'log' ? logScale(finite, from, to) : linearScale(finite, from, to)
}

function logScale(values: readonly number[], from: number, to: number): Scale {
  const first = Math.floor(Math.log10(Math.min(...values)) + 1e-9)
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values)) - 1e-9))
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i))
  return { at: value => from + ((Math.log10(value) - first) / (last - first)) * (to - from), ticks }
}

/** From zero, in steps of 1, 2 or 5. */
function linearScale(values: readonly number[], from: number, to: number): Scale {
  const high = Math.max(...values, 0)
  if (high === 0) return { at: () => from, ticks: [0] }
  const rough = high / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5, 10].find(n => n * power >= rough * (1 - 1e-9)) ?? 10)
  const count = Math.ceil(high / step - 1e-9)
  const ticks = Array.from({ length: count + 1 }, (_, i) => i * step)
  return { at: value => from + (value / (count * step)) * (to - from), ticks }
}

/** The values themselves are the ends: for an axis on which each is named. */
export function tightScale(kind: ScaleKind, values: readonly number[], from: number, to: number): Scale {
  const placed = kind === 'log' ? Math.log10 : (value: number): number => value
  const finite = values.filter(v => Number.isFinite(placed(v)))
  const low = placed(Math.min(...finite))
  const span = placed(Math.max(...finite)) - low
  const middle = (from + to) / 2
  return { at: value => (span > 0 ? from + ((placed(value) - low) / span) * (to - from) : middle), ticks: finite }
}
