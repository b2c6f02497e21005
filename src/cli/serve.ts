import cluster from 'node:cluster'
import type { Config } from '../config.ts'
import type { Company, Running } from '../server.ts'
import { bannerOf } from './banner.ts'
import type { AddCommand } from './command.ts'
import { complain, out } from './print.ts'
import { startFault } from './start-fault.ts'
import { takeSeat } from './worker.ts'
import { startWorkers } from './workers.ts'

const HELP = `
Settings come from the environment; docs/settings.md has them all:
  PORT=8080  HOST=127.0.0.1  WORKERS=1  PUBLIC_URL  DATA_DIR=./data  DATABASE_URL  REDIS_URL  LUMOAUTH_ADMIN_KEY  LOG_LEVEL=info
  OPENFGA_API_URL  OPENFGA_API_TOKEN  OPENFGA_SERVERS  and how they are called
  LUMOAUTH_MASTER_KEY  TOKEN_RATE_PER_CLIENT=600  TOKEN_RATE_PER_ADDRESS=6000  KEY_ROTATION_DAYS=90  KEY_LEAD_SECONDS=900
  LLM_BASE_URL  LLM_MODEL  LLM_API_KEY  LLM_TIMEOUT_MS=60000  LLM_MAX_TOKENS=8000

Without DATABASE_URL, state is kept by an embedded database in DATA_DIR, and a first start makes the demo org.
SIGINT and SIGTERM end it gracefully: requests under way are answered, logged decisions written. A second one ends it now.
With WORKERS, SIGHUP replaces the processes one after the other, while the others answer.

Examples:
  lumoauth serve
  DATA_DIR=memory PORT=0 lumoauth serve
  DATABASE_URL=postgres://lumoauth@db.internal/lumoauth HOST=0.0.0.0 lumoauth serve
`

/** Longest wait for a graceful end. */
const PATIENCE_MS = 20_000

/** One Ctrl-C under npm arrives twice, from the terminal and from npm; a person's second one comes later than this. */
const ECHO_MS = 250

export const serveCommand: AddCommand = program => {
  program
    .command('serve')
    .description('start the service')
    .addHelpText('after', HELP)
    .action(async () => {
      if (cluster.isWorker) {
        const seat = takeSeat()
        const running = await orExit(async () => start(await settings(), seat.company))
        seat.started(bannerOf(running))
        process.exit(await untilEnded(() => running.close().then(() => 0)))
      }
      const config = await orExit(settings)
      if (config.workers > 1) return supervise(config.workers)
      const running = await orExit(() => start(config, null))
      out(bannerOf(running))
      process.exit(await untilEnded(() => running.close().then(() => 0)))
    })
}

async function supervise(count: number): Promise<never> {
  const workers = await orExit(() => startWorkers(count))
  out(workers.banner)
  process.on('SIGHUP', () => {
    workers.renew().catch((error: unknown) => complain(`workers are not all new: ${described(error)}`))
  })
  process.exit(await untilEnded(() => workers.end()))
}

async function settings(): Promise<Config> {
  const { readConfig } = await import('../config.ts')
  return readConfig(process.env)
}

async function start(config: Config, company: Company | null): Promise<Running> {
  const { startServer } = await import('../server.ts')
  return startServer(config, undefined, company)
}

/** Whatever was opened before a failure must not keep the process. */
async function orExit<T>(begin: () => Promise<T>): Promise<T> {
  try {
    return await begin()
  } catch (error) {
    complain(startFault(error).message)
    process.exit(1)
  }
}

/** Resolves with the exit code once the service has closed, by a signal or after an error nobody caught. */
function untilEnded(close: () => Promise<number>): Promise<number> {
  return new Promise(resolve => {
    let since: number | null = null
    const end = (wanted: number): void => {
      if (since !== null && wanted === 0 && Date.now() - since < ECHO_MS) return
      if (since !== null) process.exit(1)
      since = Date.now()
      setTimeout(() => {
        complain('gave up waiting for a graceful end')
        process.exit(1)
      }, PATIENCE_MS).unref()
      close().then(
        code => resolve(wanted === 0 ? code : wanted),
        (error: unknown) => {
          complain(`did not close cleanly: ${described(error)}`)
          resolve(1)
        },
      )
    }
    process.on('SIGINT', () => end(0))
    process.on('SIGTERM', () => end(0))
    process.on('uncaughtException', error => {
      complain(`uncaught: ${described(error)}`)
      end(1)
    })
  })
}

const described = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : 'not an error')
