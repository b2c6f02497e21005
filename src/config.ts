import { z } from 'zod'
import { SETTINGS, type Settings } from './settings.ts'

export interface Config {
  readonly port: number
  readonly host: string
  /** Processes that share the port. */
  readonly workers: number
  /** Without a trailing slash. */
  readonly publicUrl: string
  /** A directory, or null to keep nothing. */
  readonly dataDir: string | null
  /** Null: the embedded database. */
  readonly databaseUrl: string | null
  readonly redisUrl: string | null
  readonly adminKey: string | null
  /** 32 bytes as hex or base64. Null: a file of the data directory, where the database is embedded. */
  readonly masterKey: string | null
  readonly tokens: TokenConfig
  /** How long requests for approval wait, and until others are asked as well; in milliseconds. */
  readonly jit: { readonly pending: number; readonly escalate: number }
  /** Null: nothing is translated. */
  readonly llm: LlmConfig | null
  /** How sure a question must be understood for a yes, from 0 to 1. */
  readonly askSure: number
  /** `host:port` of servers that may be fetched from in plain HTTP and at private addresses. */
  readonly fetchAllow: readonly string[]
  /** Most hops of one relation check. */
  readonly relationHops: number
  /** What orgs in memory may take together; null: half of what the process may have. */
  readonly graphMemoryMb: number | null
  /** How long a request waits for an org that is being loaded. */
  readonly orgLoadWaitMs: number
  /** Orgs to have in memory before the service says it is ready. */
  readonly preloadOrgs: readonly string[] | 'recent'
  /** OpenFGA servers that may have the relations of orgs, by name. */
  readonly openfga: OpenfgaConfig
  readonly delivery: DeliveryConfig
  /** The audit of an org is signed after so many events, or after so long with at least one. */
  readonly checkpoints: { readonly events: number; readonly minutes: number }
  /** Which decisions are logged. */
  readonly decisionLog: Settings['DECISION_LOG']
  /** Whether requests are measured and `/metrics` is served. */
  readonly metrics: boolean
  /** Null: no request is traced. */
  readonly tracing: TracingConfig | null
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
}

/** Where spans go, and of which requests there are any. */
export interface TracingConfig {
  /** The base of an OTLP receiver over HTTP. */
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly sampling: { readonly sampler: Settings['OTEL_TRACES_SAMPLER']; readonly ratio: number }
  readonly service: string
  /** Whether spans name who asked, for what. */
  readonly names: boolean
}

/** How this process sends what orgs want to be told. Milliseconds. */
export interface DeliveryConfig {
  readonly timeoutMs: number
  /** From each failed attempt to the next. */
  readonly waits: readonly number[]
  readonly disableAfter: number
  readonly keepForMs: number
  readonly leaseMs: number
}

/** How tokens are given out by this process. */
export interface TokenConfig {
  /** Requests a minute to the token endpoints: of one client, and from one address. */
  readonly ratePerClient: number
  readonly ratePerAddress: number
  /** Days after which an org's signing keys are replaced; 0 is never. */
  readonly rotateKeysAfterDays: number
  /** Seconds a new signing key is published before it signs. */
  readonly keyLeadSeconds: number
}

/** Where the translator's language model is, and what it may cost. */
export interface LlmConfig {
  readonly baseUrl: string
  readonly apiKey: string | null
  readonly model: string
  readonly timeoutMs: number
  readonly maxTokens: number
}

export interface OpenfgaConfig {
  readonly servers: Readonly<Record<string, { readonly url: string; readonly token: string | null }>>
  readonly timeoutMs: number
  readonly retries: number
  readonly concurrency: number
  readonly pollMs: number
  readonly staleAfterMs: number
  readonly listDeadlineMs: number
  readonly listMost: number
}

/** A setting that is wrong, named, with what was expected. It never repeats a secret. */
export class ConfigError extends Error {}

/** Reads the environment. An empty variable counts as absent. Fails with `ConfigError`, all faults in one line. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.keys(SETTINGS).map(name => [name, env[name] === '' ? undefined : env[name]]))
  const read = z.object(SETTINGS).safeParse(given)
  if (!read.success) {
    const faults = read.error.issues.map(
      i => `${i.path.join('.')}: ${i.message.charAt(0).toLowerCase()}${i.message.slice(1)}`,
    )
    throw new ConfigError(`wrong settings: ${faults.join('; ')}`)
  }
  const s = read.data
  return {
    port: s.PORT,
    host: s.HOST,
    workers: workersFrom(s),
    publicUrl: (s.PUBLIC_URL ?? `http://localhost:${s.PORT}`).replace(/\/+$/, ''),
    dataDir: s.DATA_DIR === 'memory' ? null : s.DATA_DIR,
    databaseUrl: s.DATABASE_URL ?? null,
    redisUrl: s.REDIS_URL ?? null,
    adminKey: s.LUMOAUTH_ADMIN_KEY ?? null,
    masterKey: s.LUMOAUTH_MASTER_KEY ?? null,
    tokens: {
      ratePerClient: s.TOKEN_RATE_PER_CLIENT,
      ratePerAddress: s.TOKEN_RATE_PER_ADDRESS,
      rotateKeysAfterDays: s.KEY_ROTATION_DAYS,
      keyLeadSeconds: s.KEY_LEAD_SECONDS,
    },
    jit: { pending: s.APPROVAL_EXPIRES_SECONDS * 1000, escalate: s.APPROVAL_ESCALATES_SECONDS * 1000 },
    checkpoints: { events: s.AUDIT_CHECKPOINT_EVENTS, minutes: s.AUDIT_CHECKPOINT_MINUTES },
    llm: llmFrom(s),
    askSure: s.ASK_SURE_PERCENT / 100,
    fetchAllow: s.FETCH_ALLOW,
    relationHops: s.RELATION_HOPS,
    graphMemoryMb: s.GRAPH_MEMORY_MB ?? null,
    orgLoadWaitMs: s.ORG_LOAD_WAIT_MS,
    preloadOrgs: s.PRELOAD_ORGS === 'recent' ? 'recent' : (s.PRELOAD_ORGS?.split(/\s*,\s*/) ?? []),
    openfga: openfgaFrom(s),
    delivery: {
      timeoutMs: s.WEBHOOK_TIMEOUT_MS,
      waits: s.WEBHOOK_RETRY_SECONDS.split(',').map(seconds => Math.round(Number(seconds) * 1_000)),
      disableAfter: s.WEBHOOK_DISABLE_AFTER,
      keepForMs: s.DELIVERY_KEEP_DAYS * 86_400_000,
      leaseMs: s.DELIVERY_LEASE_MS,
    },
    decisionLog: s.DECISION_LOG,
    metrics: s.METRICS === 'on',
    tracing: tracingFrom(s),
    logLevel: s.LOG_LEVEL,
  }
}

/** An embedded database belongs to one process. */
function workersFrom({ WORKERS: workers, DATABASE_URL: url }: Settings): number {
  if (workers > 1 && url === undefined) {
    throw new ConfigError('wrong settings: WORKERS: expected 1, as several need a DATABASE_URL to share')
  }
  return workers
}

/** Tracing is on where there is somewhere to send spans. */
function tracingFrom(s: Settings): TracingConfig | null {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers = {} } = s
  if (endpoint === undefined) return null
  const sampling = { sampler: s.OTEL_TRACES_SAMPLER, ratio: s.OTEL_TRACES_SAMPLER_ARG }
  return { endpoint, headers, sampling, service: s.OTEL_SERVICE_NAME, names: s.TRACE_NAMES === 'on' }
}

/** The key is optional: an endpoint on one's own machine asks for none. */
function llmFrom(s: Settings): LlmConfig | null {
  const { LLM_BASE_URL: baseUrl, LLM_API_KEY: apiKey, LLM_MODEL: model } = s
  if (baseUrl === undefined && model === undefined) return null
  if (baseUrl === undefined) throw new ConfigError('wrong settings: LLM_BASE_URL: expected one, as LLM_MODEL is set')
  if (model === undefined) throw new ConfigError('wrong settings: LLM_MODEL: expected one, as LLM_BASE_URL is set')
  const { LLM_TIMEOUT_MS: timeoutMs, LLM_MAX_TOKENS: maxTokens } = s
  return { baseUrl, apiKey: apiKey ?? null, model, timeoutMs, maxTokens }
}

/** The server of `OPENFGA_API_URL` is called `default`. */
function openfgaFrom(s: Settings): OpenfgaConfig {
  const { OPENFGA_API_URL: url, OPENFGA_API_TOKEN: token, OPENFGA_SERVERS: more = {} } = s
  if (url === undefined && token !== undefined) {
    throw new ConfigError('wrong settings: OPENFGA_API_URL: expected one, as OPENFGA_API_TOKEN is set')
  }
  if (url !== undefined && Object.hasOwn(more, 'default')) {
    throw new ConfigError('wrong settings: OPENFGA_SERVERS: `default` is the server of OPENFGA_API_URL')
  }
  const named = { ...more, ...(url !== undefined && { default: { url, token } }) }
  const servers = Object.entries(named).map(([name, one]) => {
    return [name, { url: one.url.replace(/\/+$/, ''), token: one.token ?? null }] as const
  })
  return {
    servers: Object.fromEntries(servers),
    timeoutMs: s.OPENFGA_TIMEOUT_MS,
    retries: s.OPENFGA_RETRIES,
    concurrency: s.OPENFGA_CONCURRENCY,
    pollMs: s.OPENFGA_POLL_MS,
    staleAfterMs: s.OPENFGA_STALE_AFTER_MS,
    listDeadlineMs: s.OPENFGA_LIST_DEADLINE_MS,
    listMost: s.OPENFGA_LIST_MAX,
  }
}
