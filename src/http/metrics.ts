import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Effect } from '../policy/decision.ts'

/** Plain numbers read when somebody scrapes; nothing is paid per decision. */
export interface Gauges {
  decisions(): Readonly<Record<Effect, number>>
  orgsLoaded(): number
  cachedResiduals(): number
  logPending(): number
}

export interface Metrics {
  observe(operation: string, status: number, seconds: number): void
  text(): Promise<string>
  readonly contentType: string
}

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'lumoauth_http_request_seconds',
    help: 'Time from request to answer, by operation and status',
    labelNames: ['operation', 'status'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5],
    registers: [registry],
  })
  new Counter({
    name: 'lumoauth_decisions_total',
    help: 'Decisions by effect',
    labelNames: ['effect'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [effect, count] of Object.entries(gauges.decisions())) this.inc({ effect }, count)
    },
  })
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  gauge('lumoauth_orgs_loaded', 'Orgs held in memory', gauges.orgsLoaded)
  gauge('lumoauth_cached_residuals', 'Residuals in the caches of all orgs', gauges.cachedResiduals)
  gauge('lumoauth_decision_log_pending', 'Decisions not yet written to the log', gauges.logPending)
  const children = new Map<string, Histogram.Internal<'operation' | 'status'>>()
  return {
    observe(operation, status, seconds) {
      const key = `${operation} ${status}`
      const child = children.get(key) ?? requests.labels({ operation, status: String(status) })
      children.set(key, child)
      child.observe(seconds)
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
