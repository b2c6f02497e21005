import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { sendTo } from '../support/app.ts'

const ROOT = resolve(import.meta.dirname, '../..')

interface Child {
  readonly process: ChildProcess
  readonly url: string
  readonly output: () => string
}

/** The service as a user starts it, in a process of its own. */
function start(dataDir: string, env: Readonly<Record<string, string>> = {}): Promise<Child> {
  const child = spawn(process.execPath, [join(ROOT, 'src/cli/main.ts'), 'serve'], {
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  return new Promise((done, fail) => {
    const hear = (chunk: Buffer): void => {
      output += chunk.toString()
      const port = /"port":(\d+)/.exec(output)?.[1]
      if (port !== undefined && /Admin key: .*\n/.test(output))
        done({ process: child, url: `http://127.0.0.1:${port}`, output: () => output })
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('exit', code => fail(new Error(`the service ended with ${code}: ${output}`)))
  })
}

const ended = (child: Child): Promise<number | null> =>
  new Promise(done => {
    if (child.process.exitCode !== null || child.process.signalCode !== null) done(child.process.exitCode)
    else child.process.on('exit', code => done(code))
  })

test('killed at any moment, it starts again with everything it acknowledged', async t => {
  const dataDir = mkdtempSync(join(tmpdir(), 'lumoauth-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  let child = await start(dataDir)
  t.after(() => child.process.kill('SIGKILL'))
  const key = readFileSync(join(dataDir, 'admin-key'), 'utf8').trim()
  assert.equal(statSync(join(dataDir, 'admin-key')).mode & 0o077, 0)
  assert.ok(child.output().includes(key), 'shown when it is made')

  const tuples = '/orgs/acme-corp/api/v1/admin/tuples'
  const ask = async (user: string) => {
    const body = {
      subject: { type: 'user', id: user },
      action: { name: 'edit' },
      resource: { type: 'document', id: 'roadmap' },
      context: { time: '2026-03-04T10:00:00+01:00', ip: '10.0.0.1' },
    }
    const got = await sendTo(child.url, 'POST', '/orgs/acme-corp/access/v1/evaluation', { key, body })
    return got.json.decision
  }

  const acknowledged: string[] = []
  for (let round = 0; round < 3; round += 1) {
    const user = `u${round}`
    const writes = [{ object: 'team:eng', relation: 'member', user: `user:${user}` }]
    const written = await sendTo(child.url, 'POST', tuples, { key, body: { writes } })
    assert.equal(written.status, 200, written.text)
    acknowledged.push(user)
    const unacknowledged = sendTo(child.url, 'POST', tuples, {
      key,
      body: { writes: [{ object: 'team:eng', relation: 'member', user: `user:maybe${round}` }] },
    })
    child.process.kill('SIGKILL')
    await Promise.allSettled([unacknowledged, ended(child)])
    child = await start(dataDir)
    assert.ok(!child.output().includes(key), 'not shown again')
    assert.equal(await ask('alice'), true)
    assert.equal(await ask('dora'), false)
    for (const name of acknowledged) assert.equal(await ask(name), true, name)
  }

  const decided = await sendTo(child.url, 'POST', '/orgs/acme-corp/access/v1/evaluation', {
    key,
    body: {
      subject: { type: 'user', id: 'alice' },
      action: { name: 'view' },
      resource: { type: 'document', id: 'roadmap' },
    },
  })
  child.process.kill('SIGTERM')
  assert.equal(await ended(child), 0, child.output())
  child = await start(dataDir)
  const logged = await sendTo(child.url, 'GET', `/orgs/acme-corp/api/v1/decisions/${decided.json.context.id}`, { key })
  assert.equal(logged.status, 200, 'a decision made just before a graceful end is in the log')
  child.process.kill('SIGTERM')
  await ended(child)
})

test('a wrong setting stops the start with one line that names it and shows no secret', async () => {
  const wrong: readonly (readonly [name: string, value: string])[] = [
    ['PORT', 'eighty'],
    ['PORT', '70000'],
    ['PUBLIC_URL', 'ftp://x'],
    ['DATABASE_URL', 'mysql://user:hunter2-secret@x/y'],
    ['REDIS_URL', 'nonsense'],
    ['LUMOAUTH_ADMIN_KEY', 'short-secret'],
    ['RELATION_HOPS', '0'],
    ['RELATION_HOPS', '201'],
    ['LOG_LEVEL', 'loud'],
  ]
  for (const [name, value] of wrong) {
    const failure = await start('memory', { [name]: value }).then(
      child => {
        child.process.kill('SIGKILL')
        return 'it started'
      },
      (error: Error) => error.message,
    )
    assert.match(failure, /ended with 1/, name)
    assert.match(failure, new RegExp(name))
    assert.equal(failure.trim().split('\n').length, 1, failure)
    assert.doesNotMatch(failure, /hunter2-secret|short-secret/)
  }
})
