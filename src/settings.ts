import { availableParallelism } from 'node:os'
import { z } from 'zod'

const url = (schemes: readonly string[]) =>
  z.string().refine(
    text => {
      const scheme = URL.canParse(text) ? new URL(text).protocol.slice(0, -1) : ''
      return schemes.includes(scheme)
    },
    `expected a URL that starts with ${schemes.map(s => `${s}://`).join(' or ')}`,
  )

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `expected a whole number, ${least} to ${most}`)
    .transform(Number)
    .refine(n => n >= least && n <= most, `expected a whole number, ${least} to ${most}`)

const serverUrl = url(['http', 'https']).refine(
  text => !/[?#@]/.test(text),
  'expected a URL without user, query or fragment',
)
const serverToken = z.string().regex(/^[\x21-\x7e]{1,4096}$/, 'expected printable characters without spaces')

/** Undefined for what is no JSON: then it is not what was expected either, and the message repeats nothing. */
function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A text that is not percent-encoded right stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Which requests are traced, in OpenTelemetry's names. */
const TRACE_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

/** Every setting, with its default. `docs/settings.md` is this table in words. */
export const SETTINGS = {
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'expected a port, 0 to 65535')
    .transform(Number)
    .refine(port => port <= 65_535, 'expected a port, 0 to 65535')
    .default(8080),
  HOST: z.string().min(1).default('127.0.0.1'),
  WORKERS: z
    .string()
    .regex(/^(?:auto|[1-9]\d{0,2})$/, 'expected `auto`, or a whole number, 1 to 256')
    .transform(text => (text === 'auto' ? availableParallelism() : Number(text)))
    .refine(count => count <= 256, 'expected `auto`, or a whole number, 1 to 256')
    .default(1),
  PUBLIC_URL: url(['http', 'https'])
    .refine(text => !/[?#]/.test(text), 'expected a URL without query or fragment')
    .optional(),
  DATA_DIR: z.string().min(1).default('./data'),
  DATABASE_URL: url(['postgres', 'postgresql']).optional(),
  REDIS_URL: url(['redis', 'rediss']).optional(),
  LUMOAUTH_ADMIN_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{32,512}$/, 'expected 32 to 512 printable characters without spaces')
    .optional(),
  LUMOAUTH_MASTER_KEY: z
    .string()
    .regex(/^(?:[0-9a-fA-F]{64}|[A-Za-z0-9+/_-]{43}=?)$/, 'expected 32 bytes as 64 hex digits or 43 of base64')
    .optional(),
  TOKEN_RATE_PER_CLIENT: whole(1, 100_000_000).default(600),
  TOKEN_RATE_PER_ADDRESS: whole(1, 100_000_000).default(6_000),
  APPROVAL_EXPIRES_SECONDS: whole(1, 86_400).default(900),
  APPROVAL_ESCALATES_SECONDS: whole(1, 86_400).default(300),
  KEY_ROTATION_DAYS: whole(0, 3_650).default(90),
  KEY_LEAD_SECONDS: whole(0, 604_800).default(900),
  AUDIT_CHECKPOINT_EVENTS: whole(1, 1_000_000).default(10_000),
  AUDIT_CHECKPOINT_MINUTES: whole(1, 10_080).default(15),
  LLM_BASE_URL: url(['http', 'https'])
    .refine(text => !/[?#@]/.test(text), 'expected a URL without user, query or fragment')
    .optional(),
  LLM_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/, 'expected printable characters without spaces')
    .optional(),
  LLM_MODEL: z.string().min(1).max(200).optional(),
  LLM_TIMEOUT_MS: whole(100, 600_000).default(60_000),
  LLM_MAX_TOKENS: whole(100, 100_000).default(8_000),
  ASK_SURE_PERCENT: whole(0, 100).default(80),
  FETCH_ALLOW: z
    .string()
    .transform(text => text.split(',').map(part => part.trim().toLowerCase()))
    .refine(
      hosts => hosts.every(host => /^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\]):\d{1,5}$/.test(host)),
      'expected hosts with their ports, such as 127.0.0.1:8080,keys.internal:443',
    )
    .default([]),
  RELATION_HOPS: whole(1, 200).default(25),
  GRAPH_MEMORY_MB: whole(1, 100_000_000).optional(),
  ORG_LOAD_WAIT_MS: whole(0, 600_000).default(10_000),
  PRELOAD_ORGS: z
    .string()
    .regex(/^[\w-]+(\s*,\s*[\w-]+)*$/, 'expected `recent`, or names of orgs with commas between them')
    .optional(),
  OPENFGA_API_URL: serverUrl.optional(),
  OPENFGA_API_TOKEN: serverToken.optional(),
  OPENFGA_SERVERS: z
    .string()
    .transform(jsonFrom)
    .pipe(
      z.record(
        z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected names of lower-case letters, digits and hyphens'),
        z.strictObject({ url: serverUrl, token: serverToken.optional() }),
      ),
    )
    .optional(),
  OPENFGA_TIMEOUT_MS: whole(100, 60_000).default(2_000),
  OPENFGA_RETRIES: whole(0, 10).default(2),
  OPENFGA_CONCURRENCY: whole(1, 1_000).default(32),
  OPENFGA_POLL_MS: whole(50, 60_000).default(1_000),
  OPENFGA_STALE_AFTER_MS: whole(100, 600_000).default(5_000),
  OPENFGA_LIST_DEADLINE_MS: whole(100, 600_000).default(3_000),
  OPENFGA_LIST_MAX: whole(1, 100_000).default(1_000),
  WEBHOOK_TIMEOUT_MS: whole(100, 60_000).default(30_000),
  WEBHOOK_RETRY_SECONDS: z
    .string()
    .regex(/^\d{1,6}(\.\d{1,3})?(,\d{1,6}(\.\d{1,3})?){0,19}$/, 'expected seconds with commas between them')
    .default('40,160,640,2560'),
  WEBHOOK_DISABLE_AFTER: whole(1, 100_000).default(10),
  DELIVERY_KEEP_DAYS: whole(1, 365).default(7),
  DELIVERY_LEASE_MS: whole(500, 600_000).default(10_000),
  DECISION_LOG: z.enum(['all', 'denials', 'off']).default('all'),
  METRICS: z.enum(['on', 'off']).default('on'),
  OTEL_EXPORTER_OTLP_ENDPOINT: serverUrl.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .regex(
      /^[^=,\s]+=[^=,\s]*(,[^=,\s]+=[^=,\s]*)*$/,
      'expected `name=value` with commas between, values percent-encoded',
    )
    .transform(text => text.split(',').map(part => part.split('=')))
    .transform(pairs => Object.fromEntries(pairs.map(([name = '', value = '']) => [name, decoded(value)])))
    .optional(),
  OTEL_TRACES_SAMPLER: z.enum(TRACE_SAMPLERS).default('parentbased_traceidratio'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(?:0|1|0?\.\d{1,9}|0\.\d{1,9}|1\.0{1,9})$/, 'expected a number from 0 to 1')
    .transform(Number)
    .default(0.01),
  OTEL_SERVICE_NAME: z.string().min(1).max(200).default('lumoauth'),
  TRACE_NAMES: z.enum(['on', 'off']).default('off'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
}

export type Settings = z.infer<z.ZodObject<typeof SETTINGS>>
