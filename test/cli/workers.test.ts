import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { joinScrapes } from '../../src/cli/scrapes.ts'
import { sendTo } from '../support/app.ts'
import { newDatabase } from '../support/database.ts'
import { type Running, skipWithout, startPostgres } from '../support/services.ts'
import { cli, type Served, serve } from './harness.ts'

const postgres = await startPostgres()
after(() => (postgres as Partial<Running>).stop?.())

const KEY = 'of-the-workers-0123456789abcdef0123456789'
const COUNT = 3

/** Processes that a process has made, the database's and other helpers' not among them. */
function childrenOf(pid: number): readonly number[] {
  try {
    return execFileSync('ps', ['--ppid', String(pid), '-o', 'pid='])
      .toString()
      .trim()
      .split(/\s+/)
      .map(Number)
  } catch {
    return []
  }
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(100)) if (await holds()) return
  assert.fail(`never came: ${what}`)
}

describe('several workers over one database', { skip: skipWithout(postgres) }, () => {
  let served: Served
  const headers = { connection: 'close' }
  const send = (method: string, path: string, body?: unknown, more: Readonly<Record<string, string>> = {}) =>
    sendTo(served.url, method, path, {
      key: KEY,
      headers: { ...headers, ...more },
      ...(body !== undefined && { body }),
    })
  const ask = (id: string, token: string) => {
    const body = {
      ...{ subject: { type: 'user', id }, action: { name: 'view' }, resource: { type: 'document', id: '1' } },
      context: {},
    }
    return send('POST', '/orgs/many/access/v1/evaluation', body, { 'x-consistency-token': token })
  }

  before(async () => {
    const url = await newDatabase((postgres as Running).url)
    served = await serve({ DATABASE_URL: url, WORKERS: String(COUNT), LUMOAUTH_ADMIN_KEY: KEY })
    const model = 'model\n  schema 1.1\ntype user\ntype document\n  relations\n    define viewer: [user]'
    const made = [
      await send('POST', '/api/v1/admin/organizations', { slug: 'many', name: 'Many', zone: 'UTC' }),
      await send('PUT', '/orgs/many/api/v1/admin/model', { dsl: model }),
      await send('POST', '/orgs/many/api/v1/admin/policies', { text: 'Viewers of a document can view it.' }),
    ]
    for (const { status, text } of made) assert.ok(status < 300, text)
  })

  test('every one of them sees a write from the revision that the write returned', async () => {
    for (let round = 0; round < 10; round += 1) {
      const tuple = { object: 'document:1', relation: 'viewer', user: `user:u${round}` }
      const wrote = await send('POST', '/orgs/many/api/v1/admin/tuples', { writes: [tuple] })
      const token = String(wrote.json.data.revision)
      const asked = await Promise.all(Array.from({ length: 12 }, () => ask(`u${round}`, token)))
      for (const { json } of asked) assert.equal(json.decision, true)
      const gone = await send('POST', '/orgs/many/api/v1/admin/tuples', { deletes: [tuple] })
      const after = String(gone.json.data.revision)
      const again = await Promise.all(Array.from({ length: 12 }, () => ask(`u${round}`, after)))
      for (const { json } of again) assert.equal(json.decision, false)
    }
  })

  test('metrics are those of all, whoever is asked', async () => {
    const { text } = await send('GET', '/metrics')
    const up = text.split('\n').filter(line => line.startsWith('process_start_time_seconds{'))
    assert.equal(new Set(up.map(line => /worker="(\d+)"/.exec(line)?.[1])).size, COUNT)
    const checks = text.split('\n').filter(line => /^lumoauth_decisions_total\{.*effect="allow"/.test(line))
    const sum = checks.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)
    assert.equal(sum, 120)
  })

  test('one that is killed is replaced, and the others go on', async () => {
    const [victim = 0, ...others] = childrenOf(served.pid)
    assert.equal(others.length, COUNT - 1)
    process.kill(victim, 'SIGKILL')
    await until(
      async () => childrenOf(served.pid).length === COUNT && !childrenOf(served.pid).includes(victim),
      'another',
    )
    await until(async () => (await send('GET', '/readyz')).status === 200, 'readiness')
  })

  test('a hang-up renews them all, and no request fails meanwhile', async () => {
    const old = new Set(childrenOf(served.pid))
    let going = true
    const statuses = new Set<number>()
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (going) statuses.add((await ask('nobody', '1')).status)
      }),
    )
    process.kill(served.pid, 'SIGHUP')
    await until(() => {
      const now = childrenOf(served.pid)
      return now.length === COUNT && now.every(pid => !old.has(pid))
    }, 'three new ones')
    going = false
    await load
    assert.deepEqual([...statuses], [200])
  })

  test('all end when the first does', async () => {
    const pids = childrenOf(served.pid)
    assert.equal(await served.end('SIGTERM'), 0)
    for (const pid of pids) assert.throws(() => process.kill(pid, 0))
  })
})

test('an embedded database has one worker', async () => {
  const { code, err } = await cli(['serve'], { env: { WORKERS: '2', DATA_DIR: 'memory', PORT: '0' } })
  assert.equal(code, 1)
  assert.match(err, /WORKERS: expected 1, as several need a DATABASE_URL/)
})

test('a number that is none is refused', async () => {
  const { code, err } = await cli(['serve'], { env: { WORKERS: 'many', DATA_DIR: 'memory', PORT: '0' } })
  assert.equal(code, 1)
  assert.match(err, /WORKERS: expected `auto`, or a whole number, 1 to 256/)
})

test('figures of several are joined, family by family', () => {
  const one = '# HELP a What a is\n# TYPE a counter\na{x="{ y"} 1\n\n# TYPE b gauge\nb 2\n'
  const two = '# HELP a What a is\n# TYPE a counter\na{x="z"} 3\n\n# TYPE b gauge\nb{} 4\n'
  assert.equal(
    joinScrapes([
      ['1', one],
      ['2', two],
    ]),
    '# HELP a What a is\n# TYPE a counter\na{worker="1",x="{ y"} 1\na{worker="2",x="z"} 3\n\n# TYPE b gauge\nb{worker="1"} 2\nb{worker="2"} 4\n',
  )
})
