import { z } from 'zod'

export interface Config {
  readonly port: number
  readonly host: string
  /** Without a trailing slash. */
  readonly publicUrl: string
  /** A directory, or null to keep nothing. */
  readonly dataDir: string | null
  /** Null: the embedded database. */
  readonly databaseUrl: string | null
  readonly redisUrl: string | null
  readonly adminKey: string | null
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
}

/** A setting that is wrong, named, with what was expected. It never repeats a secret. */
export class ConfigError extends Error {}

const url = (schemes: readonly string[]) =>
  z.string().refine(
    text => {
      const scheme = URL.canParse(text) ? new URL(text).protocol.slice(0, -1) : ''
      return schemes.includes(scheme)
    },
    `expected a URL that starts with ${schemes.map(s => `${s}://`).join(' or ')}`,
  )

/** Every setting, with its default. `docs/settings.md` is this table in words. */
export const SETTINGS = {
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'expected a port, 0 to 65535')
    .transform(Number)
    .refine(port => port <= 65_535, 'expected a port, 0 to 65535')
    .default(8080),
  HOST: z.string().min(1).default('127.0.0.1'),
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
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
}

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
    publicUrl: (s.PUBLIC_URL ?? `http://localhost:${s.PORT}`).replace(/\/+$/, ''),
    dataDir: s.DATA_DIR === 'memory' ? null : s.DATA_DIR,
    databaseUrl: s.DATABASE_URL ?? null,
    redisUrl: s.REDIS_URL ?? null,
    adminKey: s.LUMOAUTH_ADMIN_KEY ?? null,
    logLevel: s.LOG_LEVEL,
  }
}
