/**
 * `npm run soak -- --minutes=20 --seed=1 [--postgres] [--rate=40]`: the real service under everything it does at once, at a
 * rate that leaves it idle for most of the time, and what it holds after garbage was collected. Fails where that still grows
 * in the second half. `--postgres`: two workers over PostgreSQL, in place of one process with the embedded database.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chanceOf } from '../../test/freshness/chance.ts'
import { startPostgres } from '../../test/support/services.ts'
import { clientOf } from './client.ts'
import type { Sample } from './probe.ts'
import { say, summary, toldOf } from './report.ts'
import { workOn } from './work.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    rate: { type: 'string', default: '40' },
    postgres: { type: 'boolean', default: false },
  },
})
const minutes = Number(values.minutes)
const perSecond = Number(values.rate)
const ROOT = resolve(import.meta.dirname, '../..')
const ADMIN_KEY = 'soak-bootstrap-key-0123456789abcdefgh'
/** So little that orgs that are not asked any more leave memory long before the first half is over. */
const GRAPH_MEMORY_MB = '4'

const scratch = mkdtempSync(join(tmpdir(), 'lumoauth-soak-'))
const samples = join(scratch, 'samples')
const postgres = values.postgres ? await startPostgres() : null
if (postgres?.kind === 'missing') throw new Error(postgres.how)
const data = join(scratch, 'data')

const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'serve'], {
  env: {
    PATH: process.env.PATH,
    NODE_OPTIONS: `--import=${join(import.meta.dirname, 'probe.ts')}`,
    SOAK_SAMPLES: samples,
    SOAK_EVERY_MS: String(Math.max(1_000, minutes * 500)),
    PORT: '0',
    DATA_DIR: data,
    LOG_LEVEL: 'info',
    LUMOAUTH_ADMIN_KEY: ADMIN_KEY,
    GRAPH_MEMORY_MB,
    TOKEN_RATE_PER_CLIENT: '100000000',
    TOKEN_RATE_PER_ADDRESS: '100000000',
    ...(postgres !== null && { DATABASE_URL: postgres.url, WORKERS: '2', LUMOAUTH_MASTER_KEY: '5'.repeat(64) }),
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
process.once('exit', () => child.kill('SIGKILL'))
let output = ''
const port = await new Promise<string>((done, fail) => {
  child.stdout.on('data', (chunk: Buffer) => {
    if (output.length > 100_000) return
    output += chunk.toString()
    const found = /"port":(\d+)/.exec(output)?.[1]
    if (found !== undefined) done(found)
  })
  child.once('exit', code => fail(new Error(`the service ended with ${code}: ${output}`)))
})

const c = chanceOf(Number(values.seed))
const client = clientOf(`http://127.0.0.1:${port}`, ADMIN_KEY)
const work = await workOn(client, c, `o${values.seed}`)
const total = work.reduce((sum, { weight }) => sum + weight, 0)
const done = new Map<string, { count: number; failed: number; last: string }>()

async function one(): Promise<void> {
  let at = c.below(total)
  const picked = work.find(({ weight }) => {
    at -= weight
    return at < 0
  })
  if (picked === undefined) return
  const seen = done.get(picked.name) ?? { count: 0, failed: 0, last: '' }
  done.set(picked.name, seen)
  seen.count += 1
  const fault = await (async () => picked.run())().then(
    ({ status, text }) => (status < 300 ? null : `${status} ${text.slice(0, 200)}`),
    (error: unknown) => String(error),
  )
  if (fault === null) return
  seen.failed += 1
  seen.last = fault
}

const until = Date.now() + minutes * 60_000
let told = Date.now()
const open = new Set<Promise<void>>()
while (Date.now() < until) {
  for (let n = 0; n < perSecond / 10 && open.size < 50; n += 1) {
    const running = one().finally(() => open.delete(running))
    open.add(running)
  }
  await sleep(100)
  if (Date.now() - told < 60_000) continue
  told = Date.now()
  const figures = await client.send('GET', '/metrics').catch(() => null)
  say(toldOf(readSamples(), figures?.text ?? '', values.postgres ? null : data))
}
await Promise.all(open)
const all = readSamples()
const verdict = summary(all, [...done])
say(verdict.text)
client.close()
const gone = once(child, 'exit')
child.kill('SIGTERM')
await gone
if (postgres?.kind === 'running') await postgres.stop()
rmSync(scratch, { recursive: true, force: true })
process.exitCode = verdict.steady ? 0 : 1

function readSamples(): readonly Sample[] {
  if (!existsSync(samples)) return []
  return readFileSync(samples, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Sample)
}
