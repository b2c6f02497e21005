/** The value below which a share `q` of the samples lies, by nearest rank. NaN without samples. */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) return Number.NaN
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

/** Nanoseconds with a unit a person reads at a glance, three digits. */
export function showTime(ns: number): string {
  if (!Number.isFinite(ns)) return '-'
  const [value, unit] =
    ns < 1e3 ? [ns, 'ns'] : ns < 1e6 ? [ns / 1e3, 'µs'] : ns < 1e9 ? [ns / 1e6, 'ms'] : [ns / 1e9, 's']
  return `${showNumber(value)} ${unit}`
}

/** Three significant digits, no exponent. */
export const showNumber = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : value >= 10 ? value.toFixed(1) : value.toFixed(2)

export const showRatio = (value: number): string => (Number.isFinite(value) ? `${showNumber(value)}×` : '-')

export const showPercent = (value: number): string => (Number.isFinite(value) ? `${Math.round(value * 100)} %` : '-')

/** Three digits in little room: 12.3k, 1M. */
export function showShort(value: number): string {
  const digits = (scaled: number): string => String(Number(scaled.toPrecision(3)))
  return value >= 1e6
    ? `${digits(value / 1e6)}M`
    : value >= 1e4
      ? `${digits(value / 1e3)}k`
      : Math.round(value).toLocaleString('en-US')
}
