import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Effect } from '../policy/decision.ts'
import { createLatency } from './latency.ts'

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
  const latency = createLatency()
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
  return {
    observe: latency.observe,
    text: async () => `${await registry.metrics()}${latency.text()}`,
    contentType: registry.contentType,
  }
}
