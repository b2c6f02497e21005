/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5] as const

interface Series {
  readonly labels: string
  /** How many fell into each bucket, the last one for all above. */
  readonly counts: Float64Array
  sum: number
}

/** Times of requests by operation and status: a few additions when one ends, rendered only when somebody scrapes. */
export interface Latency {
  observe(operation: string, status: number, seconds: number): void
  /** In the Prometheus text format. */
  text(): string
}

const NAME = 'lumoauth_http_request_seconds'

/** INVARIANT: operations are names of routes, so their number is bounded and none needs escaping. */
export function createLatency(): Latency {
  const byOperation = new Map<string, Map<number, Series>>()
  const seriesOf = (operation: string, status: number): Series => {
    const byStatus = byOperation.get(operation) ?? new Map<number, Series>()
    const labels = `operation="${operation}",status="${status}"`
    const series = { labels, counts: new Float64Array(BOUNDS.length + 1), sum: 0 }
    byOperation.set(operation, byStatus.set(status, series))
    return series
  }
  return {
    observe(operation, status, seconds) {
      const series = byOperation.get(operation)?.get(status) ?? seriesOf(operation, status)
      let bucket = 0
      while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket += 1
      series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
      series.sum += seconds
    },
    text() {
      const all = [...byOperation.values()].flatMap(byStatus => [...byStatus.values()])
      const head = [`# HELP ${NAME} Time from request to answer, by operation and status`, `# TYPE ${NAME} histogram`]
      return `${[...head, ...all.flatMap(linesOf)].join('\n')}\n`
    },
  }
}

function linesOf({ labels, counts, sum }: Series): readonly string[] {
  let total = 0
  const buckets = [...BOUNDS, '+Inf'].map((bound, i) => {
    total += counts[i] ?? 0
    return `${NAME}_bucket{${labels},le="${bound}"} ${total}`
  })
  return [...buckets, `${NAME}_sum{${labels}} ${sum}`, `${NAME}_count{${labels}} ${total}`]
}
