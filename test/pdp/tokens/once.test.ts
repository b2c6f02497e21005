import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Store, StoreError } from '../../../src/facts/store.ts'
import type { UsedIds } from '../../../src/facts/used-ids.ts'
import { createOnce, type Once } from '../../../src/pdp/tokens/once.ts'
import { openTestStore } from '../../support/store.ts'

const MINUTE = 60_000
const NOON = 1_900_000_000_000

/** A node over a store that may be killed: from then on nothing of it reaches the store. */
interface Node {
  readonly once: Once
  kill(): void
}

/** `lag`: seconds an id says it was issued before it is taken. `which`: of those sent so far. */
type Step =
  | { readonly kind: 'take'; readonly lag: number; readonly life: number; readonly timed: boolean }
  | { readonly kind: 'replay'; readonly which: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'kill'; readonly settles: boolean }
  | { readonly kind: 'stop' }

const away = () => new StoreError('unavailable', 'the node was killed', {})

function nodeOn(store: UsedIds, clock: () => number, alone = true): Node {
  let killed = false
  const gate = <T>(call: () => Promise<T>): Promise<T> => (killed ? Promise.reject(away()) : call())
  const gated: UsedIds = {
    takeOnce: (org, ids, now) => gate(() => store.takeOnce(org, ids, now)),
    usedHorizon: () => gate(() => store.usedHorizon()),
    saveUsedHorizon: horizon => gate(() => store.saveUsedHorizon(horizon)),
  }
  return {
    once: createOnce(gated, clock, alone),
    kill() {
      killed = true
    },
  }
}

describe('ids that count once', () => {
  let store: Store
  let now = NOON
  const clock = () => now
  /** A time of its own for each test, far from those before. */
  const later = () => {
    now += 60 * MINUTE
  }
  before(async () => {
    store = await openTestStore()
    await store.createOrg({ slug: 'a', name: 'A', zone: 'UTC' })
    await store.createOrg({ slug: 'b', name: 'B', zone: 'UTC' })
  })
  after(() => store.close())

  const fresh = ({ once }: Node, id: string, org = 'a') =>
    once.take(org, id, now + 4 * MINUTE, Math.floor(now / 1000) * 1000)

  test('a start waits until what is issued is beyond doubt', async () => {
    const first = nodeOn(store, Date.now)
    const issued = (): number => Math.floor(Date.now() / 1000) * 1000
    assert.equal(await first.once.take('a', 'w0', Date.now() + MINUTE, issued()), true)
    first.kill()
    const second = nodeOn(store, Date.now)
    await second.once.ready()
    assert.equal(await second.once.take('a', 'w1', Date.now() + MINUTE, issued()), true)
    await second.once.close()
  })

  test('only the first take of a node waits, and each id is taken once in each org', async () => {
    later()
    const node = nodeOn(store, clock)
    const first = fresh(node, 'x')
    assert.ok(first instanceof Promise)
    assert.equal(await first, true)
    assert.equal(fresh(node, 'x'), false)
    assert.equal(fresh(node, 'y'), true)
    assert.equal(fresh(node, 'y'), false)
    assert.equal(fresh(node, 'y', 'b'), true)
    await node.once.close()
  })

  test('of many who come with one id at once, one passes, whichever way it goes', async () => {
    later()
    const node = nodeOn(store, clock)
    const ways: readonly (readonly [id: string, issuedAt: number | null])[] = [
      ['before the horizon was written', now],
      ['after it', now],
      ['without a time', null],
      ['of long ago', now - 4 * MINUTE],
      ['of tomorrow, nearly', now + MINUTE],
      ['in the next second', now + 1_000],
    ]
    for (const [id, issuedAt] of ways) {
      const all = await Promise.all(
        Array.from({ length: 50 }, () => node.once.take('a', id, now + 5 * MINUTE, issuedAt)),
      )
      assert.equal(all.filter(Boolean).length, 1, id)
    }
    assert.equal(await node.once.take('a', 'of too far ahead', now + 5 * MINUTE, now + MINUTE + 1), false)
    await node.once.close()
  })

  test('a clean stop keeps all, and doubts nothing', async () => {
    later()
    const first = nodeOn(store, clock)
    assert.equal(await fresh(first, 'clean'), true)
    assert.equal(await fresh(first, 'clean too'), true)
    const unsent = Math.floor(now / 1000) * 1000
    await first.once.close()
    await assert.rejects(async () => fresh(first, 'after the end'), { code: 'unavailable' })
    const second = nodeOn(store, clock)
    await second.once.ready()
    assert.equal(await fresh(second, 'clean'), false)
    assert.equal(await fresh(second, 'clean too'), false)
    assert.equal(await second.once.take('a', 'unsent', now + MINUTE, unsent), true)
    await second.once.close()
  })

  test('after a kill nothing counts again, what may have been noted is refused, and what is fresh is not', async () => {
    later()
    const first = nodeOn(store, clock)
    assert.equal(await fresh(first, 'k0'), true)
    for (const id of ['k1', 'k2', 'k3']) assert.equal(fresh(first, id), true)
    const [issued, until] = [Math.floor(now / 1000) * 1000, now + 4 * MINUTE]
    first.kill()
    now += 3_000
    const second = nodeOn(store, clock)
    await second.once.ready()
    for (const id of ['k0', 'k1', 'k2', 'k3', 'unsent']) {
      assert.equal(await second.once.take('a', id, until, issued), false, id)
    }
    assert.equal(await fresh(second, 'k4'), true)
    assert.equal(await fresh(second, 'k4'), false)
    assert.equal(await second.once.take('a', 'without a time', until), true)
    // A stop, clean this time, forgets no doubt of before.
    await second.once.close()
    const third = nodeOn(store, clock)
    assert.equal(await third.once.take('a', 'k2', until, issued), false)
    // What lives past all that can have been noted then is new, however old it says it is.
    now += 3 * MINUTE
    assert.equal(await third.once.take('a', 'old', now + 4 * MINUTE, issued), true)
    assert.equal(await third.once.take('a', 'old', now + 4 * MINUTE, issued), false)
    await third.once.close()
  })

  test('while the store is away nothing new is taken, and what was noted is written when it is back', async () => {
    later()
    let isAway = false
    const gate = <T>(call: () => Promise<T>): Promise<T> => (isAway ? Promise.reject(away()) : call())
    const once = createOnce(
      {
        takeOnce: (...args) => gate(() => store.takeOnce(...args)),
        usedHorizon: () => gate(() => store.usedHorizon()),
        saveUsedHorizon: horizon => gate(() => store.saveUsedHorizon(horizon)),
      },
      clock,
      true,
    )
    const node: Node = { once, kill() {} }
    assert.equal(await fresh(node, 's0'), true)
    isAway = true
    assert.equal(fresh(node, 's1'), true, 'the horizon still lies ahead')
    now += 5_000
    await assert.rejects(async () => fresh(node, 's2'), { code: 'unavailable' })
    await assert.rejects(async () => once.take('a', 's3', now + MINUTE, null), { code: 'unavailable' })
    isAway = false
    assert.equal(await fresh(node, 's2'), true, 'who was refused may try again')
    assert.equal(await once.take('a', 's3', now + MINUTE, null), true)
    await once.close()
    const [again] = await store.takeOnce('a', [{ id: 's1', until: now + 4 * MINUTE }], now)
    assert.equal(again, false)
  })

  test('where there may be other nodes, each id waits for the database', async () => {
    later()
    const nodes = [nodeOn(store, clock, false), nodeOn(store, clock, false)]
    const taken = nodes.flatMap(node => ['m1', 'm2', 'm1'].map(id => fresh(node, id)))
    assert.equal((await Promise.all(taken)).filter(Boolean).length, 2)
    assert.deepEqual((await store.usedHorizon()).upTo < now, true)
  })

  test('memory is bounded, and what it forgot the database knows', async () => {
    later()
    const node = nodeOn(store, clock)
    assert.equal(await fresh(node, 'f0'), true)
    const [issued, until] = [Math.floor(now / 1000) * 1000, now + 5 * MINUTE]
    let inMemory = 0
    for (let n = 0; n < 130_000; n += 1) {
      // A thousand a second: none is owed to the database for long.
      if (n % 1_000 === 0) {
        now += 1_000
        await node.once.take('b', `flush ${n}`, until)
      }
      const taken = fresh(node, `filler ${n}`, 'b')
      if (typeof taken === 'boolean') inMemory += 1
      assert.equal(await taken, true)
    }
    assert.ok(inMemory > 100_000, `${inMemory} in memory`)
    const again = node.once.take('a', 'f0', now + MINUTE, issued)
    assert.ok(again instanceof Promise, 'forgotten')
    assert.equal(await again, false)
    await node.once.close()
  })

  /** Noted when the horizon lies behind, and living longer than all that is doubted for it. */
  const LATE_NOTE: Step[] = [
    { kind: 'take', lag: 0, life: 360, timed: true },
    { kind: 'pass', ms: 4_000 },
    { kind: 'take', lag: 10, life: 360, timed: true },
    { kind: 'kill', settles: false },
    { kind: 'replay', which: 1 },
  ]

  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('take' as const),
        lag: fc.oneof(fc.constant(0), fc.integer({ min: -40, max: 400 })),
        life: fc.oneof(fc.constant(360), fc.integer({ min: 5, max: 360 })),
        timed: fc.boolean(),
      }),
    },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('replay' as const), which: fc.nat() }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('pass' as const),
        ms: fc.oneof(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1, max: 200_000 })),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), settles: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const) }) },
  )

  test('law: over kills, stops and pauses nothing passes twice, and what is signed when it is sent passes', async () => {
    let runs = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async steps => {
        later()
        runs += 1
        const sent: {
          readonly id: string
          readonly issuedAt: number | null
          readonly until: number
          passed: number
        }[] = []
        let node = nodeOn(store, clock)
        let startedAt = now
        const put = async (one: (typeof sent)[number]): Promise<boolean> => {
          const isFirst = await node.once.take('a', one.id, one.until, one.issuedAt)
          if (isFirst) one.passed += 1
          assert.ok(one.passed <= 1, `${one.id} passed twice`)
          return isFirst
        }
        for (const [n, one] of steps.entries()) {
          switch (one.kind) {
            case 'take': {
              const issuedAt = one.timed ? Math.floor(now / 1000) * 1000 - one.lag * 1000 : null
              const until = now + one.life * 1000
              sent.push({ id: `law ${runs} ${n}`, issuedAt, until, passed: 0 })
              const isFirst = await put(sent.at(-1) as (typeof sent)[number])
              const isFresh = issuedAt === null || issuedAt > startedAt
              if (isFresh) assert.ok(isFirst, 'a fresh one is refused')
              break
            }
            case 'replay': {
              const known = sent[one.which % Math.max(1, sent.length)]
              if (known !== undefined && known.until > now) await put(known)
              break
            }
            case 'pass':
              now += one.ms
              break
            case 'kill':
              // With the writes that were under way, or without them.
              if (one.settles) await new Promise(setImmediate)
              node.kill()
              now += 3_000
              startedAt = now
              node = nodeOn(store, clock)
              break
            case 'stop':
              await node.once.close()
              startedAt = now
              node = nodeOn(store, clock)
              break
          }
        }
        await node.once.close()
      }),
      { numRuns: 150, seed: 7, examples: [[LATE_NOTE]] },
    )
  })
})
