import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Change, LoggedChange } from '../../src/facts/store.ts'
import { createFeed, FeedEnded, type FeedItem, type FeedPorts } from '../../src/pdp/revocations/feed.ts'
import { createReader } from '../../src/pdp/revocations/reader.ts'
import { DEAF, nodeOn } from '../support/nodes.ts'
import { openTestStore } from '../support/store.ts'

const died = (jti: string): Change => ({
  kind: 'registered',
  entry: { kind: 'revocation', id: `rev_${jti}`, of: { kind: 'token', jti }, at: 1, until: 9e15, reason: '' },
  by: 'key:test',
})

const keysOf = (items: readonly FeedItem[]): string[] =>
  items.flatMap(i => (i.kind === 'told' && i.told.told === 'dead' ? [i.told.dead.key] : []))

test('a reader who takes nothing is cut off, and what waited for it is let go', async () => {
  const reader = createReader<number>(3)
  for (const n of [1, 2, 3]) reader.give(n)
  assert.deepEqual(await reader.take(new AbortController().signal), [1, 2, 3])
  for (const n of [4, 5, 6, 7]) reader.give(n)
  assert.equal(reader.ended, 'too_slow')
  assert.equal(await reader.take(new AbortController().signal), null)
})

/** A changelog that grows, and is away when told to be. */
function logOf(count: number) {
  const log: LoggedChange[] = []
  const grow = (jti: string): void => void log.push({ revision: log.length + 1, at: 1, change: died(jti) })
  for (let i = 1; i <= count; i += 1) grow(`j${i}`)
  const woken = new Set<() => void>()
  const state = { away: false, asked: 0 }
  const ports = {
    store: {
      revision: async () => log.length,
      changes: async (_org: string, after: number, limit: number) => {
        state.asked += 1
        if (state.away) throw new Error('away')
        return log.slice(after, after + limit)
      },
    },
    orgs: {
      follow: (_org: string, wake: () => void) => {
        woken.add(wake)
        return () => woken.delete(wake)
      },
    },
    clock: Date.now,
  } as unknown as FeedPorts
  return {
    ports,
    grow,
    state,
    wake: () => {
      for (const one of [...woken]) one()
    },
    woken,
  }
}

async function first(items: AsyncGenerator<readonly FeedItem[]>, is: (item: FeedItem) => boolean): Promise<FeedItem[]> {
  const all: FeedItem[] = []
  for (;;) {
    const { done, value } = await items.next()
    assert.ok(done !== true)
    all.push(...value)
    if (value.some(is)) return all
  }
}

test('ten thousand at once reach who reads, in order, by few questions for however many readers', async () => {
  const { ports, grow, state, wake, woken } = logOf(10)
  const feed = createFeed(ports)
  const stop = new AbortController()
  const readers = Array.from({ length: 20 }, () => feed.follow('acme', null, stop.signal))
  await Promise.all(readers.map(r => first(r, i => i.kind === 'beat')))
  state.asked = 0
  for (let i = 0; i < 10_000; i += 1) grow(`b${i}`)
  wake()
  const heard = await Promise.all(readers.map(r => first(r, i => i.seq === 10_010)))
  const want = Array.from({ length: 10_000 }, (_, i) => `b${i}`)
  for (const items of heard) assert.deepEqual(keysOf(items), want)
  assert.ok(state.asked < 30, `${state.asked} questions`)
  stop.abort()
  for (const r of readers) await r.next()
  assert.equal(woken.size, 0, 'nothing is followed for nobody')
})

test('one who reads nothing through a burst is cut off and resumes, or is told to begin anew', async () => {
  const { ports, grow, wake } = logOf(0)
  const feed = createFeed(ports)
  const stop = new AbortController()
  const slow = feed.follow('acme', null, stop.signal)
  await first(slow, i => i.kind === 'beat')
  const fast = feed.follow('acme', null, stop.signal)
  await first(fast, i => i.kind === 'beat')
  for (let i = 0; i < 30_000; i += 1) grow(`b${i}`)
  wake()
  await first(fast, i => i.seq === 30_000)
  await assert.rejects(async () => {
    for (;;) await slow.next()
  }, FeedEnded)
  assert.deepEqual((await feed.follow('acme', 9_000, stop.signal).next()).value, [{ kind: 'reset', seq: 30_000 }])
  const back = feed.follow('acme', 29_990, stop.signal)
  assert.equal(keysOf(await first(back, i => i.seq === 30_000)).length, 10)
  stop.abort()
})

test('where the database cannot be asked there is no heartbeat; then all of it comes', async () => {
  const { ports, grow, state, wake } = logOf(3)
  const feed = createFeed(ports)
  const stop = new AbortController()
  const reader = feed.follow('acme', null, stop.signal)
  await first(reader, i => i.kind === 'beat')
  state.away = true
  grow('late')
  wake()
  const next = reader.next()
  const silence = await Promise.race([next, new Promise(resolve => setTimeout(resolve, 1_500, 'silence'))])
  assert.equal(silence, 'silence')
  state.away = false
  assert.deepEqual(keysOf((await next).value ?? []), ['late'])
  stop.abort()
})

test('a changelog that lost its beginning is a reset', async () => {
  const { ports } = logOf(10)
  const cut = { ...ports, store: { ...ports.store, changes: async () => [{ revision: 9, at: 1, change: died('x') }] } }
  const reader = createFeed(cut as FeedPorts).follow('acme', 2, new AbortController().signal)
  assert.equal((await reader.next()).value?.[0]?.kind, 'reset')
  await reader.return(undefined)
})

describe('over a real store, when every message between nodes is lost', () => {
  const stop = new AbortController()
  let close = async (): Promise<void> => {}
  after(() => close())
  test('the beat of each second finds it', async () => {
    const store = await openTestStore()
    close = () => store.close()
    await store.createOrg({ slug: 'acme', name: 'Acme', zone: 'UTC' })
    const [one, two] = [nodeOn(store, undefined, DEAF), nodeOn(store, undefined, DEAF)]
    const reader = createFeed(two).follow('acme', null, stop.signal)
    await first(reader, i => i.kind === 'beat')
    await one.write(await one.orgs.get('acme'), [died('unheard')])
    assert.ok(keysOf(await first(reader, i => i.kind === 'told')).includes('unheard'))
    stop.abort()
    await reader.next()
  })
})
