import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { migrate, openDatabase, openStore } from '../../src/adapters/store.ts'
import { dataDirectory } from '../support/store.ts'
import { storeSuite } from './store-suite.ts'
import { ERROR, policy } from './suite/bench.ts'

const home = mkdtempSync(join(tmpdir(), 'lumoauth-directory-'))
after(() => rmSync(home, { recursive: true, force: true }))
const kept = { kind: 'directory', path: await dataDirectory() } as const
const at = (name: string) => ({ kind: 'directory', path: join(home, name) }) as const

storeSuite('pglite in a directory', async () => openDatabase({ kind: 'directory', path: await dataDirectory() }))

/** A process that writes one tuple after another and says so after each acknowledgement. */
function writer(path: string): { readonly child: ChildProcess; readonly lines: AsyncIterableIterator<string> } {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'writer.ts'), path], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.stdout === null) throw new Error('no output')
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

const killed = async (child: ChildProcess): Promise<void> => {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

describe('a data directory', () => {
  test('keeps its state from one opening to the next', async () => {
    const target = kept
    const first = await openStore(target)
    await first.createOrg({ slug: 'a', name: 'A', zone: 'UTC' })
    await first.write('a', [policy(1)], ERROR)
    await first.close()
    assert.equal(await migrate(target), 0)
    const second = await openStore(target)
    assert.equal((await second.snapshot('a')).policy?.text, 'text of 1')
    await second.close()
    await assert.rejects(second.ping(), { code: 'unavailable' })
    await second.close()
  })

  test('belongs to one process at a time, and is free again when that one is killed', async () => {
    const target = kept
    const mine = await openStore(target)
    await assert.rejects(openStore(target), { name: 'OpenError', code: 'directory_locked' })
    await mine.close()
    const { child, lines } = writer(target.path)
    await lines.next()
    await assert.rejects(openStore(target), { name: 'OpenError', code: 'directory_locked', message: /another process/ })
    await killed(child)
    await (await openStore(target)).close()
  })

  test('is private to its owner, and not tripped up by a process killed while making the database', async () => {
    const target = at('unfinished')
    const { child } = writer(target.path)
    await sleep(1500)
    await killed(child)
    const store = await openStore(target)
    await store.createOrg({ slug: 'a', name: 'A', zone: 'UTC' })
    await store.close()
    assert.equal(statSync(target.path).mode & 0o777, 0o700)
  })

  test('that cannot be made stops the start with a line that says so', async () => {
    writeFileSync(join(home, 'file'), '')
    await assert.rejects(openStore(at('file/data')), {
      name: 'OpenError',
      code: 'bad_target',
    })
  })

  test('holds every acknowledged write after kill -9, at any moment', async t => {
    const target = at('unfinished')
    let acknowledged = 0
    for (const [round, time] of [40, 150, 3, 400, 90].entries()) {
      const { child, lines } = writer(target.path)
      const until = Date.now() + 20_000
      let killing: Promise<void> | null = null
      for await (const line of lines) {
        acknowledged = Math.max(acknowledged, Number(line))
        killing ??= sleep(time).then(() => killed(child))
        assert.ok(Date.now() < until)
      }
      await killing
      const store = await openStore(target)
      const { revision, tuples } = await store.snapshot('kill')
      const kept = new Set(tuples.map(({ object }) => object))
      for (let n = 1; n <= acknowledged; n += 1) assert.ok(kept.has(`d:${n}`), `round ${round} lost write ${n}`)
      assert.equal(revision, tuples.length)
      assert.deepEqual(
        (await store.changes('kill', 0, 100_000)).map(entry => entry.revision),
        Array.from({ length: revision }, (_, n) => n + 1),
      )
      await store.close()
      acknowledged = revision
    }
    assert.ok(acknowledged >= 5)
    t.diagnostic(`${acknowledged} writes survived five kills`)
  })
})
