import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Effect } from '../policy/decision.ts'
import { createLatency } from './latency.ts'

/** What orgs take, and what bringing them to memory took. */
export interface OrgsNow {
  readonly orgs: number
  readonly loading: number
  readonly bytes: number
  readonly budget: number | null
  readonly loads: number
  readonly reloads: number
  readonly seconds: number
  readonly dropped: number
  readonly refused: number
  readonly cacheUse: { readonly hits: number; readonly misses: number }
}

/** Plain numbers read when somebody scrapes; nothing is paid per decision. */
export interface Gauges {
  decisions(): Readonly<Record<Effect, number>>
  orgs(): OrgsNow
  cachedResiduals(): number
  logPending(): number
  /** OpenFGA servers, with the calls of each by operation, and whether it is left alone for having failed. */
  servers(): readonly ServerGauge[]
}

export interface ServerGauge {
  readonly name: string
  readonly calls: ReadonlyMap<string, { readonly answered: number; readonly failed: number }>
  readonly open: boolean
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
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset()
        this.inc(read())
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
  gauge('lumoauth_orgs_loaded', 'Orgs held in memory', () => gauges.orgs().orgs)
  gauge('lumoauth_orgs_loading', 'Orgs being read into memory', () => gauges.orgs().loading)
  gauge('lumoauth_orgs_bytes', 'What orgs in memory take, an estimate', () => gauges.orgs().bytes)
  gauge('lumoauth_orgs_budget_bytes', 'What orgs in memory may take', () => gauges.orgs().budget ?? Infinity)
  counter('lumoauth_org_loads_total', 'Orgs read into memory', () => gauges.orgs().loads)
  counter('lumoauth_org_reloads_total', 'Of these, orgs that had been in memory before', () => gauges.orgs().reloads)
  counter('lumoauth_org_load_seconds_total', 'Time it took to read orgs into memory', () => gauges.orgs().seconds)
  counter('lumoauth_org_drops_total', 'Orgs dropped from memory to make room', () => gauges.orgs().dropped)
  counter('lumoauth_org_refusals_total', 'Loads refused, as the org alone does not fit', () => gauges.orgs().refused)
  gauge('lumoauth_cached_residuals', 'Residuals in the caches of all orgs', gauges.cachedResiduals)
  counter(
    'lumoauth_residual_cache_hits_total',
    'Links decided from a cached residual',
    () => gauges.orgs().cacheUse.hits,
  )
  counter('lumoauth_residual_cache_misses_total', 'Links specialized anew', () => gauges.orgs().cacheUse.misses)
  gauge('lumoauth_decision_log_pending', 'Decisions not yet written to the log', gauges.logPending)
  new Counter({
    name: 'lumoauth_openfga_calls_total',
    help: 'Calls of OpenFGA servers by operation and outcome',
    labelNames: ['server', 'operation', 'outcome'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { name: server, calls } of gauges.servers()) {
        for (const [operation, { answered, failed }] of calls) {
          this.inc({ server, operation, outcome: 'answered' }, answered)
          this.inc({ server, operation, outcome: 'failed' }, failed)
        }
      }
    },
  })
  new Gauge({
    name: 'lumoauth_openfga_breaker_open',
    help: '1 while an OpenFGA server is left alone for having failed',
    labelNames: ['server'],
    registers: [registry],
    collect() {
      for (const { name: server, open } of gauges.servers()) this.set({ server }, open ? 1 : 0)
    },
  })
  return {
    observe: latency.observe,
    text: async () => `${await registry.metrics()}${latency.text()}`,
    contentType: registry.contentType,
  }
}
