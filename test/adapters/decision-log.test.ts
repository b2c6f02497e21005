import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createDecisionLog } from '../../src/adapters/decision-log.ts'
import { textOf } from '../../src/adapters/sql/decision-batch.ts'
import { rowsIn } from '../../src/adapters/sql/decision-rows.ts'
import { type DecisionRow, type Store, StoreError } from '../../src/facts/store.ts'

const row = (n: number): DecisionRow => ({
  id: `d${n}`,
  at: n,
  effect: 'allow',
  subject: 'user:a',
  action: 'x',
  resource: 'd:1',
  record: {},
})

const away = () => new StoreError('unavailable', 'away')

/** Keeps what is appended, as a store does; `fail` answers the error of the next call, or null. */
function keeper(fail: (rows: readonly DecisionRow[], call: number) => Error | null = () => null) {
  const kept: string[] = []
  const sizes: number[] = []
  let running = 0
  let calls = 0
  const store: Pick<Store, 'appendDecisions'> = {
    async appendDecisions(org, batches) {
      const rows = batches.flatMap(batch => rowsIn(textOf(batch)))
      running += 1
      assert.equal(running, 1, 'one write at a time')
      await sleep(1)
      running -= 1
      calls += 1
      const error = fail(rows, calls)
      if (error !== null) throw error
      sizes.push(...batches.map(({ count }) => count))
      for (const { id } of rows) if (!kept.includes(`${org}/${id}`)) kept.push(`${org}/${id}`)
    },
  }
  return { store, kept, sizes }
}

const expected = (count: number): string[] => Array.from({ length: count }, (_, n) => `a/d${n}`)

describe('decision log', () => {
  test('writes everything in order, in batches, once', async () => {
    const { store, kept, sizes } = keeper()
    const log = createDecisionLog(store, { maxBatch: 10 })
    for (let n = 0; n < 95; n += 1) log.append('a', row(n))
    assert.equal(log.pending, 95)
    assert.deepEqual(kept, [], 'nothing is written while the decision is made')
    await log.flush()
    assert.equal(log.pending, 0)
    assert.deepEqual(kept, expected(95))
    assert.equal(Math.max(...sizes), 10)
    assert.equal(await log.close(), 0)
  })

  test('a row waits for company, but not for long', async () => {
    const { store, kept, sizes } = keeper()
    const log = createDecisionLog(store, { intervalMs: 5 })
    log.append('a', row(0))
    log.append('a', row(1))
    await sleep(60)
    assert.deepEqual([kept, sizes], [expected(2), [2]])
    await log.close()
  })

  test('a batch of long rows is closed before it is too long to be read back', async () => {
    const { store, kept, sizes } = keeper()
    const log = createDecisionLog(store)
    const text = 'x'.repeat(5_000_000)
    for (let n = 0; n < 5; n += 1) log.append('a', { ...row(n), record: { text: `${n}${text}` } })
    await log.flush()
    assert.deepEqual([kept, sizes], [expected(5), [2, 2, 1]])
    await log.close()
  })

  test('keeps rows and their order while the store is away', async () => {
    const { store, kept } = keeper((_, call) => (call % 3 === 0 ? null : away()))
    const log = createDecisionLog(store, { maxBatch: 4 })
    for (let n = 0; n < 12; n += 1) log.append('a', row(n))
    await log.flush()
    assert.deepEqual(kept, expected(12))
    await log.close()
  })

  test('more rows than are added at once are in order, whoever writes and waits meanwhile', async () => {
    const { store, kept } = keeper()
    const log = createDecisionLog(store, { maxBatch: 300, intervalMs: 1 })
    const waits: Promise<void>[] = []
    for (let n = 0; n < 1_500; n += 1) {
      log.append('a', row(n))
      if (n % 400 === 399) waits.push(log.flush().then(() => assert.deepEqual(kept.slice(0, n + 1), expected(n + 1))))
      if (n % 350 === 349) await sleep(2)
    }
    assert.ok(log.pending > 0)
    await Promise.all(waits)
    await log.flush()
    assert.deepEqual([kept, log.pending], [expected(1_500), 0])
    await log.close()
  })

  test('what came while a batch was written goes together, however much it is', async () => {
    const calls: number[] = []
    const { store, kept, sizes } = keeper(rows => {
      calls.push(rows.length)
      return null
    })
    const log = createDecisionLog(store, { maxBatch: 10 })
    for (let n = 0; n < 10; n += 1) log.append('a', row(n))
    await new Promise(resolve => setImmediate(resolve))
    for (let n = 10; n < 105; n += 1) log.append('a', row(n))
    await log.flush()
    assert.deepEqual(kept, expected(105))
    assert.equal(Math.max(...sizes), 10, 'a batch is no larger')
    assert.deepEqual(calls, [10, 80, 15])
    await log.close()
  })

  test('what is refused together is tried alone: all but the bad row is kept', async () => {
    const lost: string[] = []
    const { store, kept } = keeper(rows => (rows.some(({ id }) => id === 'd17') ? new TypeError('poison') : null))
    const log = createDecisionLog(store, { maxBatch: 5, onLost: (_, error) => lost.push((error as Error).message) })
    for (let n = 0; n < 30; n += 1) log.append('a', row(n))
    await log.flush()
    assert.deepEqual(lost, ['poison'])
    assert.deepEqual(kept, expected(30).toSpliced(17, 1))
    await log.close()
  })

  test('a row that cannot be written down is told of, and counts no longer', async () => {
    const lost: string[] = []
    const { store, kept } = keeper()
    const log = createDecisionLog(store, { onLost: (org, error) => lost.push(`${org}: ${(error as Error).name}`) })
    const unspeakable = { n: 1n } as unknown as DecisionRow['record']
    for (let n = 0; n < 4; n += 1) log.append('a', n === 2 ? { ...row(n), record: unspeakable } : row(n))
    await log.flush()
    assert.deepEqual([lost, kept, log.pending], [['a: TypeError'], ['a/d0', 'a/d1', 'a/d3'], 0])
    await log.close()
  })

  test('rows of several orgs reach their orgs, each in order', async () => {
    const { store, kept } = keeper()
    const log = createDecisionLog(store, { maxBatch: 7 })
    for (let n = 0; n < 30; n += 1) log.append(n % 3 === 0 ? 'b' : 'a', row(n))
    await log.close()
    const of = (org: string): string[] => kept.filter(id => id.startsWith(org))
    assert.deepEqual(
      of('b'),
      Array.from({ length: 10 }, (_, n) => `b/d${3 * n}`),
    )
    assert.equal(of('a').length, 20)
  })

  test('is full at its mark, and not when it has drained', async () => {
    const { store } = keeper()
    const log = createDecisionLog(store, { maxBatch: 100, maxQueue: 5 })
    for (let n = 0; n < 5; n += 1) {
      assert.equal(log.full(), false)
      log.append('a', row(n))
    }
    assert.equal(log.full(), true)
    await log.flush()
    assert.equal(log.full(), false)
    await log.close()
  })

  test('a row that cannot be made or is refused for good is told of, and holds up no other', async () => {
    const lost: string[] = []
    const { store, kept } = keeper(rows => (rows.some(({ id }) => id === 'd3') ? new TypeError('poison') : null))
    const log = createDecisionLog(store, { onLost: (org, error) => lost.push(`${org}: ${(error as Error).message}`) })
    for (let n = 0; n < 6; n += 1) {
      if (n === 1) log.lost('a', new Error('no row'))
      else log.append('a', row(n))
    }
    await log.flush()
    assert.deepEqual(lost, ['a: no row', 'a: poison'])
    assert.deepEqual(kept, ['a/d0', 'a/d2', 'a/d4', 'a/d5'])
    await log.close()
  })

  test('close gives up after its bound and says how many rows remain; what comes later is told of', async () => {
    let lost = 0
    const { store } = keeper(() => away())
    const log = createDecisionLog(store, { closeMs: 100, onLost: () => (lost += 1) })
    for (let n = 0; n < 3; n += 1) log.append('a', row(n))
    const start = Date.now()
    assert.equal(await log.close(), 3)
    assert.ok(Date.now() - start < 2_000)
    log.append('a', row(9))
    assert.equal(lost, 1)
  })

  test('appending never throws, and flushes wait for what came before them only', async () => {
    const { store, kept } = keeper()
    const log = createDecisionLog(store, { maxBatch: 2 })
    await log.flush()
    const flushes: Promise<number>[] = []
    for (let n = 0; n < 20; n += 1) {
      log.append('a', row(n))
      flushes.push(log.flush().then(() => kept.length))
    }
    for (const [n, seen] of (await Promise.all(flushes)).entries()) assert.ok(seen > n)
    await log.close()
  })
})
