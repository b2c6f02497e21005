import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Change, OpenSnapshot, Store, StoredTuple } from '../../src/facts/store.ts'
import { PdpError } from '../../src/pdp/errors.ts'
import { createOrgs, type Orgs } from '../../src/pdp/orgs.ts'
import { DEAF, shipped } from '../support/nodes.ts'
import { openTestStore } from '../support/store.ts'

const MODEL = `model
  schema 1.1
type user
type document
  relations
    define viewer: [user]
`
const ERROR = { onConflict: 'error' } as const

const view = (n: number): StoredTuple => ({
  object: `document:${n}`,
  relation: 'viewer',
  user: `user:${n}`,
  condition: null,
})
const writing = (from: number, to: number): Change => ({
  kind: 'tuples',
  writes: Array.from({ length: to - from }, (_, i) => view(from + i)),
  deletes: [],
})

/** The store, with a gate before each page of tuples after the first, and a count of pages that were not yet taken in. */
function gated(store: Store) {
  const gate = { open: Promise.resolve(), release: () => {}, pages: 0, rows: 0, mostAhead: 0 }
  const paged = (open: OpenSnapshot): OpenSnapshot => ({
    ...open,
    async *tuples() {
      for await (const page of open.tuples()) {
        if (gate.pages > 0) await gate.open
        gate.pages += 1
        gate.rows += page.length
        gate.mostAhead = Math.max(gate.mostAhead, page.length)
        yield page
      }
    },
  })
  const slow: Store = { ...store, readSnapshot: (org, read) => store.readSnapshot(org, open => read(paged(open))) }
  const shut = (): void => {
    gate.pages = 0
    gate.open = new Promise(resolve => {
      gate.release = resolve
    })
  }
  return { slow, gate, shut }
}

const until = async (met: () => boolean): Promise<void> => {
  while (!met()) await nextTurn()
}

describe('orgs in memory', () => {
  let store: Store
  before(async () => {
    store = await openTestStore()
  })
  after(() => store.close())

  let made = 0
  const newOrg = async (tuples: number): Promise<string> => {
    made += 1
    const slug = `org-${made}`
    await store.createOrg({ slug, name: slug, zone: 'UTC' })
    await store.write(slug, [{ kind: 'model', id: 'm', dsl: MODEL }], ERROR)
    for (let from = 0; from < tuples; from += 5_000) {
      await store.write(slug, [writing(from, Math.min(tuples, from + 5_000))], ERROR)
    }
    return slug
  }
  const orgsOn = (on: Store, budget: number | null = null, waitMs: number | null = null): Orgs =>
    createOrgs(on, DEAF, shipped, Date.now, { budget, waitMs })
  const failure = async (work: Promise<unknown> | unknown): Promise<PdpError> => {
    try {
      await work
    } catch (error) {
      assert.ok(error instanceof PdpError, String(error))
      return error
    }
    return assert.fail('expected a failure')
  }

  test('tuples come page by page, go straight to the graph, and others have their turn between', async () => {
    const slug = await newOrg(12_000)
    const { slow, gate } = gated(store)
    let turns = 0
    const orgs = orgsOn(slow)
    const loading = orgs.get(slug)
    const counting = setInterval(() => {
      turns += 1
    }, 0)
    const state = await loading
    clearInterval(counting)
    assert.equal(state.graph?.size, 12_000)
    assert.equal(gate.rows, 12_000)
    assert.ok(gate.pages >= 3 && gate.mostAhead <= 5_000, JSON.stringify(gate))
    assert.ok(turns >= 3)
  })

  test('a request waits for an org that loads, so long; then it is told how far it is', async () => {
    const slug = await newOrg(12_000)
    const { slow, gate, shut } = gated(store)
    shut()
    const orgs = orgsOn(slow, null, 50)
    const first = failure(orgs.get(slug))
    await until(() => [...orgs.loading()].some(l => l.progress.tuples >= 5_000))
    assert.equal((await first).code, 'org_loading')
    const error = await failure(orgs.get(slug))
    assert.equal(error.code, 'org_loading')
    assert.equal(error.detail.of, 12_000)
    assert.ok(Number(error.detail.tuples) >= 5_000 && Number(error.detail.tuples) < 12_000)
    // It goes on meanwhile, and nobody begins it again.
    gate.release()
    await until(() => orgs.peek(slug) !== undefined)
    assert.equal((await orgs.get(slug)).graph?.size, 12_000)
    assert.equal(orgs.figures.loads, 1)
  })

  test('an org that arrives while somebody is about to load it is loaded once', async () => {
    const slug = await newOrg(10)
    let other: unknown = null
    let isAsked = false
    let release = (): void => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const orgs: Orgs = orgsOn({
      ...store,
      async changedSince(since) {
        if (isAsked) return store.changedSince(since)
        isAsked = true
        other = orgs.get(slug)
        await gate
        return store.changedSince(since)
      },
    })
    const late = orgs.get(slug)
    const state = await other
    await store.write(slug, [writing(10, 11)], ERROR)
    release()
    assert.equal(await late, state)
    assert.equal(orgs.figures.loads, 1)
  })

  test('what is committed while an org loads is there before it answers', async () => {
    const slug = await newOrg(6_000)
    const { slow, gate, shut } = gated(store)
    shut()
    const orgs = orgsOn(slow)
    const loading = orgs.get(slug)
    await until(() => gate.pages === 1)
    // The database has one connection, which the snapshot holds: this is committed as soon as it is read.
    const written = store.write(slug, [writing(6_000, 6_010)], ERROR)
    gate.release()
    const revision = await written
    await orgs.heard(slug, revision)
    const state = await loading
    assert.ok(state.revision >= revision)
    assert.ok(state.graph?.has(view(6_009)))
  })

  test('the org that was not asked for longest leaves; asked again, it is as new as the database', async () => {
    const [a, b, c] = [await newOrg(2_000), await newOrg(2_000), await newOrg(2_000)]
    const one = orgsOn(store)
    await one.get(a)
    const budget = Math.ceil(one.figures.bytes * 2.5)
    const orgs = orgsOn(store, budget)
    const old = await orgs.get(a)
    await orgs.get(b)
    await orgs.get(a)
    await orgs.get(c)
    assert.deepEqual([orgs.peek(a) === old, orgs.peek(b), orgs.peek(c) !== undefined], [true, undefined, true])
    await orgs.get(b)
    assert.ok(orgs.peek(a) === undefined)
    await store.write(a, [writing(2_000, 2_001)], ERROR)
    const again = await orgs.catchUp(a, 3)
    assert.ok(again !== old)
    assert.ok(again.graph?.has(view(2_000)))
    const { loads, reloads, dropped, bytes } = orgs.figures
    assert.deepEqual({ loads, reloads, dropped }, { loads: 5, reloads: 2, dropped: 3 })
    assert.ok(bytes <= budget)
  })

  test('an org that a request holds stays', async () => {
    const [a, b] = [await newOrg(2_000), await newOrg(2_000)]
    const first = orgsOn(store)
    await first.get(a)
    const orgs = orgsOn(store, Math.ceil(first.figures.bytes * 1.5))
    const held = await orgs.get(a)
    held.held += 1
    await orgs.get(b)
    assert.ok(orgs.peek(a) === held)
    held.held -= 1
    orgs.tidy()
    assert.ok(orgs.peek(a) === undefined)
    assert.ok(orgs.peek(b) !== undefined)
  })

  test('an org that does not fit is refused with what to do, and the others go on answering', async () => {
    const [small, big] = [await newOrg(10), await newOrg(20_000)]
    const orgs = orgsOn(store, 900_000)
    const state = await orgs.get(small)
    const error = await failure(orgs.get(big))
    assert.equal(error.code, 'org_too_large')
    assert.match(error.message, /GRAPH_MEMORY_MB.*OpenFGA.*`lumoauth relations move`/)
    assert.ok(orgs.get(small) === state)
    assert.equal((await failure(orgs.get(big))).code, 'org_too_large')
    assert.equal(orgs.figures.refused, 1)
  })

  test('an org that was found not to fit while it was read does not push others out twice', async () => {
    const [small, big] = [await newOrg(10), await newOrg(10_000)]
    let now = 0
    const orgs = createOrgs(store, DEAF, shipped, () => now, { budget: 800_000, waitMs: null })
    await orgs.get(small)
    assert.equal((await failure(orgs.get(big))).code, 'org_too_large')
    await orgs.get(small)
    now += 60_000
    assert.equal((await failure(orgs.get(big))).code, 'org_too_large')
    assert.equal(orgs.figures.refused, 2)
    assert.ok(orgs.peek(small) !== undefined)
  })

  test('an org that grows out of the budget is refused from then on', async () => {
    const slug = await newOrg(10)
    const orgs = orgsOn(store, 400_000)
    await orgs.get(slug)
    const revision = await store.write(slug, [writing(10, 5_000)], ERROR)
    await orgs.heard(slug, revision)
    assert.ok(orgs.peek(slug) === undefined)
    assert.equal((await failure(orgs.get(slug))).code, 'org_too_large')
  })

  test('listeners hear every change once and in order, over a time out of memory too', async () => {
    const [a, b] = [await newOrg(2_000), await newOrg(2_000)]
    const first = orgsOn(store)
    await first.get(a)
    const orgs = orgsOn(store, Math.ceil(first.figures.bytes * 1.5))
    const told: number[] = []
    orgs.onChange((slug, { revision }) => {
      if (slug === a) told.push(revision)
    })
    await orgs.get(a)
    await orgs.heard(a, await store.write(a, [writing(2_000, 2_001)], ERROR))
    await orgs.get(b)
    assert.ok(orgs.peek(a) === undefined)
    for (let n = 2_001; n < 2_004; n += 1) await orgs.heard(a, await store.write(a, [writing(n, n + 1)], ERROR))
    assert.deepEqual(told, [3])
    await orgs.get(a)
    await orgs.heard(a, await store.write(a, [writing(2_004, 2_005)], ERROR))
    assert.deepEqual(told, [3, 4, 5, 6, 7])
  })

  test('followers are woken by news of an org that is not in memory', async () => {
    const slug = await newOrg(1)
    const orgs = orgsOn(store)
    let woken = 0
    const end = orgs.follow(slug, () => {
      woken += 1
    })
    await orgs.poll()
    await store.write(slug, [writing(1, 2)], ERROR)
    await orgs.poll()
    assert.ok(woken > 0)
    assert.ok(orgs.peek(slug) === undefined)
    end()
    const before = woken
    await orgs.heard(slug, 99)
    assert.equal(woken, before)
  })

  test('looking for changes is one question, however many orgs are in memory', async () => {
    const slugs: string[] = []
    for (let n = 0; n < 20; n += 1) slugs.push(await newOrg(1))
    let calls = 0
    const counting = new Proxy(store, {
      get(target, name, receiver) {
        const value: unknown = Reflect.get(target, name, receiver)
        if (typeof value !== 'function') return value
        return (...args: readonly unknown[]) => {
          calls += 1
          return Reflect.apply(value, target, args)
        }
      },
    })
    const orgs = orgsOn(counting)
    for (const slug of slugs) await orgs.get(slug)
    await orgs.poll()
    calls = 0
    await orgs.poll()
    assert.equal(calls, 1)
    const [changed = ''] = slugs
    await store.write(changed, [writing(1, 2)], ERROR)
    calls = 0
    await orgs.poll()
    assert.equal(calls, 2)
    assert.ok(orgs.peek(changed)?.graph?.has(view(1)))
  })

  test('a revision that does not exist is waited for by nobody', async () => {
    const slug = await newOrg(1)
    const orgs = orgsOn(store)
    const loading = orgs.get(slug)
    await orgs.heard(slug, 999_999)
    assert.equal((await loading).revision, 2)
    assert.equal((await orgs.catchUp(slug, 999_999)).revision, 2)
    await store.write(slug, [writing(1, 2)], ERROR)
    assert.equal((await orgs.catchUp(slug, 3)).revision, 3)
  })

  test('an org that does not exist is no org, now and later', async () => {
    const orgs = orgsOn(store)
    assert.equal((await failure(orgs.get('nobody'))).code, 'org_not_found')
    assert.equal([...orgs.loading()].length, 0)
    await store.createOrg({ slug: 'nobody', name: 'n', zone: 'UTC' })
    assert.equal((await orgs.get('nobody')).revision, 0)
  })
})
