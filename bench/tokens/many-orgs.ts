import { readConfig } from '../../src/config.ts'
import { createAgent } from '../../src/pdp/agents.ts'
import type { OrgState } from '../../src/pdp/org.ts'
import { startServer } from '../../src/server.ts'
import { median, quantile } from '../stats.ts'
import type { OrgsMeasured } from './orgs.ts'
import type { OrgsPlan } from './plan.ts'
import { post } from './servers.ts'

/**
 * Makes orgs with an agent and its secret each, asks some of them for tokens, and tells its parent what that cost. There is
 * room in memory for those that are asked and no more, so that all others are dropped as they would be.
 */
const { orgs, visited, asked } = JSON.parse(process.argv[2] ?? '') as OrgsPlan
/** What the service reckons an org of this kind to take, and some. */
const RECKONED = 62_000
const room = Math.ceil(((asked + 3) * RECKONED) / 2 ** 20)
const settings = { PORT: '0', DATA_DIR: 'memory', LOG_LEVEL: 'silent', GRAPH_MEMORY_MB: String(room) }
const running = await startServer(readConfig(settings))
const { service } = running
const port = Number(new URL(running.url).port)

/** Bytes of live objects, and of what lies beside the heap; the embedded database is another thread's. */
async function held(): Promise<number> {
  await new Promise(resolve => setTimeout(resolve, 1_000))
  for (let n = 0; n < 3; n += 1) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const nameOf = (n: number): string => `org-${n}`

interface Member {
  readonly slug: string
  readonly id: string
  readonly secret: string
}

/** Loads every org it makes: to write is to know what is there. */
async function make(n: number): Promise<Member> {
  const slug = nameOf(n)
  await service.createOrg({ slug, name: `Org ${n}`, zone: 'UTC' })
  const state: OrgState = await service.orgs.get(slug)
  const { agent, shown } = await createAgent(service, state, { name: 'Bot', capabilities: ['read:documents'] }, 'bench')
  return { slug, id: agent.id, secret: shown.clientSecret ?? '' }
}

async function token({ slug, id, secret }: Member): Promise<number> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
    scope: 'read:documents',
  })
  const started = process.hrtime.bigint()
  await post(port, `/orgs/${slug}/api/v1/oauth/token`, body.toString())
  return Number(process.hrtime.bigint() - started)
}

const told = (times: readonly number[]) => ({ p50: median(times), p99: quantile(times, 0.99) })

/** As many that no process has in memory: their rows, written as the service would. */
async function makeRows(from: number, to: number): Promise<number> {
  const state = await service.orgs.get(nameOf(0))
  const [agent] = state.registry.agents.values()
  if (agent === undefined) throw new Error('the first org has no agent')
  const entries = [agent, ...state.registry.credentialsOf('agent', agent.id)]
  const changes = entries.map(entry => ({ kind: 'registered', entry, by: 'bench' }) as const)
  const started = process.hrtime.bigint()
  for (let n = from; n < to; n += 1) {
    await service.store.createOrg({ slug: nameOf(n), name: `Org ${n}`, zone: 'UTC' })
    await service.store.write(nameOf(n), changes, { onConflict: 'error', onMissing: 'error' })
  }
  return Number(process.hrtime.bigint() - started) / (to - from)
}

/** Makes orgs of these numbers, and answers how long one takes. */
async function makeAll(from: number, to: number): Promise<number> {
  const started = process.hrtime.bigint()
  for (let n = from; n < to; n += 1) members.push(await make(n))
  return Number(process.hrtime.bigint() - started) / (to - from)
}

async function askAll(): Promise<readonly number[]> {
  const times: number[] = []
  for (const member of members.slice(0, asked)) times.push(await token(member))
  return times
}

const members: Member[] = []
await makeAll(0, 5)
const nothing = await held()
await makeAll(5, asked)
const full = await held()
const made = await makeAll(asked, visited)
const seen = await held()
const written = await makeRows(visited, orgs)
const many = await held()
const first = await askAll()
const next = await askAll()
// Others push them out again.
for (const { slug } of members.slice(-asked - 5)) await service.orgs.get(slug)
const after = await held()
const again = await askAll()
const measured: OrgsMeasured = {
  orgs,
  visited,
  asked,
  loaded: (full - nothing) / (asked - 5),
  idle: (seen - full) / (visited - asked),
  rows: (many - seen) / (orgs - visited),
  written,
  dropped: (after - many) / asked,
  made,
  first: told(first),
  next: told(next),
  again: told(again),
}
process.send?.(measured)
