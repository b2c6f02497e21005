import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { adminKeyIn } from './adapters/admin-key.ts'
import { createAuditLog } from './adapters/audit-log.ts'
import { createDecisionLog, type DecisionLogWriter } from './adapters/decision-log.ts'
import { createFetch } from './adapters/fetch/guarded.ts'
import { isFetchable } from './adapters/fetch/target.ts'
import { openLedger } from './adapters/ledger.ts'
import { masterKeyFrom } from './adapters/master-key.ts'
import { memoryBudget } from './adapters/memory-budget.ts'
import { createMemoryNotifier } from './adapters/notifier-memory.ts'
import { openPostgresNotifier } from './adapters/notifier-postgres.ts'
import { openRedisNotifier } from './adapters/notifier-redis.ts'
import { relationServers } from './adapters/openfga/open.ts'
import type { OpenfgaServer } from './adapters/openfga/server.ts'
import { packageFiles, packageText } from './adapters/package-files.ts'
import { createSyslog } from './adapters/siem/syslog.ts'
import { openDatabase, type StoreTarget, storeOn } from './adapters/store.ts'
import { tracerFor } from './adapters/tracing.ts'
import type { Config } from './config.ts'
import type { Notifier, Store } from './facts/store.ts'
import { createApp } from './http/app.ts'
import { listen, stop } from './http/listen.ts'
import { createLogger } from './http/logger.ts'
import { createMetrics, type Metrics } from './http/metrics.ts'
import { openapiRoute } from './http/openapi.ts'
import { createStreams } from './http/streams.ts'
import { systemRoutes } from './http/system.ts'
import { systemClock } from './lib/clock.ts'
import { sha256 } from './lib/ids.ts'
import { beginYoung } from './lib/young.ts'
import { keepRecord } from './pdp/audit/upkeep.ts'
import { stirring, toldOf } from './pdp/delivery/start.ts'
import { DEMO_ORG, loadDemo } from './pdp/demo.ts'
import { followServers } from './pdp/follow-servers.ts'
import { notReady } from './pdp/health.ts'
import { createInterpreter } from './pdp/interpreter.ts'
import { keepSweeping } from './pdp/jit/sweep.ts'
import { createJwksCache } from './pdp/jwks.ts'
import { preload } from './pdp/preload.ts'
import { createReviewTokens } from './pdp/review-token.ts'
import { createService, type Service } from './pdp/service.ts'
import { compileShipped, type Shipped } from './pdp/shipped.ts'
import { siemChannel } from './pdp/siem/channel.ts'
import { ssfChannel } from './pdp/ssf/channel.ts'
import { keepRotating } from './pdp/tokens/rotation.ts'
import { createTranslator, type Llm } from './pdp/translate.ts'
import { keepUp } from './pdp/upkeep.ts'
import { openOutgoing } from './pdp/webhooks/open.ts'
import { allRoutes } from './protocols/all.ts'
import type { Route } from './protocols/route.ts'

/** A running service. */
export interface Running {
  readonly url: string
  readonly service: Service
  readonly routes: readonly Route[]
  readonly adminKey: { readonly text: string; readonly isNew: boolean; readonly path: string | null }
  /** Slug of the demo org, if this instance has it. */
  readonly demo: string | null
  /** Takes no more requests, finishes those there are, writes what the log still holds, closes the stores. */
  close(): Promise<void>
}

/** Other processes that serve the same port: figures are those of all, whoever is asked. */
export interface Company {
  offer(figures: () => Promise<string>): void
  all(): Promise<string>
}

const POLL_MS = 1_000
/** Receivers may hang: many at once, few of one host. */
const SENDING = { total: 256, perHost: 16, waiting: 1_024 }
/** Who must hear of what was revoked is asked again soon rather than waited for. */
const EVENTS = { timeoutMs: 2_000, limits: SENDING }
const STALE_AFTER_MS = 10_000
const TIMEOUTS = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 }
const MAX_BODY = 2 * 1024 * 1024

export const targetOf = (config: Pick<Config, 'databaseUrl' | 'dataDir'>): StoreTarget => {
  if (config.databaseUrl !== null) return { kind: 'postgres', url: config.databaseUrl }
  return config.dataDir === null ? { kind: 'memory' } : { kind: 'directory', path: join(config.dataDir, 'db') }
}

/** What ships with the package, compiled. */
export function loadShipped(): Shipped {
  const policies = packageFiles('policies', '.policy').map(name => ({ name, text: packageText(`policies/${name}`) }))
  return compileShipped({ name: 'system.fga', text: packageText('models/system.fga') }, policies)
}

export async function startServer(
  config: Config,
  logger: Logger = createLogger(config.logLevel),
  company: Company | null = null,
): Promise<Running> {
  const opened: (() => Promise<unknown>)[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    return await start(config, logger, company, opened, closeAll)
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** Opens one thing after the other; `opened` takes how to close each, so that a start that fails leaves nothing behind. */
async function start(
  config: Config,
  logger: Logger,
  company: Company | null,
  opened: (() => Promise<unknown>)[],
  closeAll: () => Promise<void>,
): Promise<Running> {
  beginYoung()
  const shipped = loadShipped()
  const adminKey =
    config.adminKey === null ? adminKeyIn(config.dataDir) : { text: config.adminKey, isNew: false, path: null }
  const db = await openDatabase(targetOf(config))
  const store = storeOn(db)
  opened.push(() => store.close())
  const notifier = await notifierFor(config)
  opened.push(() => notifier.close())
  const log = createDecisionLog(store, {
    maxBatch: 16_000,
    maxQueue: 100_000,
    intervalMs: 200,
    onLost: (org, error) => logger.error({ org, err: error }, 'a decision could not be logged'),
  })
  opened.push(() => log.close())
  const audit = createAuditLog(toldOf(store, stirring(notifier)), {
    maxBatch: 2_000,
    maxQueue: 100_000,
    intervalMs: 200,
    onLost: (org, error) => logger.error({ org, err: error }, 'an audit event could not be written'),
  })
  opened.push(() => audit.close())
  const masterKey = masterKeyFrom(config)
  const ledger = openLedger({ db, clock: systemClock, notifier: config.databaseUrl === null ? null : notifier })
  opened.push(() => ledger.close())
  const servers = await relationServers(config.openfga)
  opened.push(async () => {
    for (const one of servers) one.close()
  })
  const service = createService({
    store,
    notifier,
    log,
    audit,
    publicUrl: config.publicUrl,
    masterKey,
    clock: systemClock,
    shipped,
    bootstrapHash: sha256(adminKey.text),
    staleAfter: config.databaseUrl === null ? null : STALE_AFTER_MS,
    alone: config.databaseUrl === null,
    limits: { budget: memoryBudget(config), waitMs: config.orgLoadWaitMs, hops: config.relationHops },
    servers: new Map(servers.map(one => [one.name, one])),
    serverStaleAfter: config.openfga.staleAfterMs,
    serverGraceMs: config.openfga.timeoutMs + 1_000,
    ledger,
    logs: config.decisionLog,
    tracing: config.tracing,
  })
  opened.push(() => service.tokens.once.close())
  await service.tokens.once.ready()
  const llm = await llmOf(config)
  const translator = createTranslator({ store, clock: systemClock, shipped, llm })
  const demo = config.databaseUrl === null ? await demoIn(store, service) : null
  const state = { closing: false }
  const stopping = new AbortController()
  opened.push(async () => stopping.abort())
  const preloaded = preload(
    service,
    config.preloadOrgs,
    (org, error) => logger.error({ org, err: error }, 'an org could not be loaded'),
    stopping.signal,
  )
  const metrics = config.metrics ? metricsOf(service, log, servers) : null
  company?.offer(async () => (await metrics?.text()) ?? '')
  const version = (JSON.parse(packageText('package.json')) as { version: string }).version
  const lost = (err: Error): void => logger.error({ err }, 'traces cannot be delivered any more')
  const tracer = await tracerFor(config.tracing === null ? null : { ...config.tracing, version, lost })
  opened.push(async () => tracer?.close())
  const fetch = createFetch({ allow: config.fetchAllow })
  const mayFetch = (url: string): boolean => isFetchable(url, config.fetchAllow)
  const sending = createFetch({ allow: config.fetchAllow, timeoutMs: config.delivery.timeoutMs, limits: SENDING })
  const siem = siemChannel({ service, masterKey, fetch: sending, syslog: createSyslog({ allow: config.fetchAllow }) })
  const events = { service, masterKey, fetch: createFetch({ ...EVENTS, allow: config.fetchAllow }) }
  const outgoing = openOutgoing({
    ...{ service, notifier, masterKey, mayFetch, config: config.delivery, channels: [siem, ssfChannel(events)] },
    fetch: sending,
    jwks: createJwksCache(fetch, systemClock),
    failed: err => logger.warn({ err }, 'a delivery went wrong on our side'),
  })
  opened.push(outgoing.close)
  const served = allRoutes({
    service,
    translator,
    interpreter: createInterpreter(llm, shipped, config.askSure),
    publicUrl: config.publicUrl,
    tokens: config.tokens,
    fetch,
    mayFetch,
    outgoing,
    ssf: { ...outgoing, ...events },
    reviewTokens: createReviewTokens(masterKey),
    jit: config.jit,
  })
  const forms = served.map(row => row.errors)
  const health = { notReady: () => notReady({ store, log, preloaded, closing: () => state.closing }) }
  const rows = [
    ...served,
    ...systemRoutes(health, metrics === null || company === null ? metrics : { ...metrics, text: company.all }, forms),
  ]
  const routes = [...rows, openapiRoute(rows, config.publicUrl, version)]
  const streams = createStreams(logger)
  const { publicUrl } = config
  const app = createApp({ routes, service, metrics, logger, streams, tracer, publicUrl, maxBody: MAX_BODY })
  const server = createServer(TIMEOUTS, app.callback())
  await listen(server, config)
  opened.push(() => stop(server))
  opened.push(async () => streams.close())
  const pollMs = config.databaseUrl === null ? null : POLL_MS
  const stopUpkeep = keepUp(service.orgs, pollMs, err => logger.warn({ err }, 'could not look for changes'))
  opened.push(async () => stopUpkeep())
  const ended = followServers(service, config.openfga.pollMs, (org, err) =>
    logger.warn({ org, err }, err === null ? 'a relations server is followed again' : 'a server cannot be followed'),
  )
  opened.push(async () => ended())
  const sweeping = keepSweeping(service, err => logger.warn({ err }, 'requests for approval could not be swept'))
  opened.push(async () => sweeping())
  const noRotation = (err: unknown): void => logger.warn({ err }, 'signing keys could not be replaced')
  const stopRotating = keepRotating(service, config.tokens, noRotation)
  opened.push(async () => stopRotating())
  const record = { ...config.checkpoints, signs: masterKey !== null }
  const stopRecord = keepRecord(service, record, err => logger.warn({ err }, 'the audit could not be seen to'))
  opened.push(async () => stopRecord())
  const { port } = server.address() as AddressInfo
  logger.info({ host: config.host, port, shippedRules: shipped.rules.length }, 'listening')
  return {
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
    service,
    routes,
    adminKey,
    demo,
    async close() {
      state.closing = true
      await closeAll()
      logger.info('stopped')
    },
  }
}

/** The translator's language model, or null where none is configured: then its client is not even loaded. */
export async function llmOf({ llm }: Pick<Config, 'llm'>): Promise<Llm | null> {
  if (llm === null) return null
  const { openModel } = await import('./adapters/llm.ts')
  return { name: llm.model, ask: openModel(llm), timeoutMs: llm.timeoutMs }
}

const metricsOf = (service: Service, log: DecisionLogWriter, servers: readonly OpenfgaServer[]): Metrics =>
  createMetrics({
    decisions: () => service.counts,
    orgs: () => ({ ...service.orgs.figures, loading: [...service.orgs.loading()].length }),
    cachedResiduals: () => [...service.orgs.loaded()].reduce((sum, org) => sum + org.cache.size, 0),
    logPending: () => log.pending,
    servers: () => servers.map(({ name, counts }) => ({ name, ...counts, open: counts.open })),
  })

async function notifierFor(config: Config): Promise<Notifier> {
  if (config.redisUrl !== null) return openRedisNotifier(config.redisUrl)
  return config.databaseUrl === null ? createMemoryNotifier() : openPostgresNotifier(config.databaseUrl)
}

/** The demo org, made in an embedded database that has no org yet, or finished where a first start was cut off. */
async function demoIn(store: Store, service: Service): Promise<string | null> {
  const orgs = await store.orgs(null, 2)
  const cutOff =
    orgs.length === 1 && orgs[0]?.slug === DEMO_ORG.slug && (await store.versions(DEMO_ORG.slug, null, 1)).length === 0
  if (orgs.length === 0 || cutOff) {
    await loadDemo(service, {
      model: packageText('models/acme.fga'),
      policy: packageText('examples/acme/acme.policy'),
      facts: packageText('examples/acme/facts.json'),
    })
  }
  return (await store.org(DEMO_ORG.slug)) === null ? null : DEMO_ORG.slug
}
