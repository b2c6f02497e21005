import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Attempted, Delivery, NewDelivery } from '../../../src/facts/deliveries.ts'
import type { Bench, Case } from './bench.ts'

const LEASE = 60_000
const made = (seq: number): NewDelivery => ({
  id: `dlv_${seq}`,
  seq,
  event: `evt_${seq}`,
  type: 'test.done',
  body: `{"n":${seq}}`,
})
const attempted = (id: string, attempts: number, state: Delivery['state'], at = 10): Attempted => ({
  id,
  state,
  attempts,
  nextAt: at + 5,
  attempt: { at, ms: 3, status: state === 'delivered' ? 200 : 500, error: state === 'delivered' ? null : 'no' },
})

/** An org with one outlet, of a kind nobody else has, held by `node`. */
async function held({ store, org }: Bench, node: string) {
  const slug = await org()
  const id = `${slug.replaceAll('-', '')}:a`
  const kinds = [id.slice(0, id.indexOf(':'))]
  await store.openOutlet(slug, id, 7)
  assert.deepEqual(await store.claimOutlets(node, kinds, LEASE, 10), [{ org: slug, id }])
  return { slug, id, kinds }
}

export const deliveryCases: readonly Case[] = [
  [
    'an outlet is held by one node, and by another when the lease has ended or was given back',
    async bench => {
      const { store } = bench
      const { slug, id, kinds } = await held(bench, 'one')
      assert.deepEqual(await store.claimOutlets('two', kinds, LEASE, 10), [])
      assert.equal(await store.look(slug, id, 'two', 10), null)
      await store.openOutlet(slug, id, 99)
      assert.equal((await store.look(slug, id, 'one', 10))?.outlet.cursor, 7)
      await store.releaseOutlets('one')
      assert.deepEqual(await store.claimOutlets('two', kinds, 1, 10), [{ org: slug, id }])
      await sleep(20)
      assert.deepEqual(await store.claimOutlets('three', kinds, LEASE, 10), [{ org: slug, id }])
      assert.deepEqual(await store.renewOutlets('two', LEASE), [])
      assert.deepEqual(await store.renewOutlets('three', LEASE), [{ org: slug, id }])
      assert.deepEqual(await store.claimOutlets('four', ['other'], LEASE, 10), [])
    },
  ],
  [
    'a cursor moves with what it passes, from where it is, for who holds it',
    async bench => {
      const { store } = bench
      const { slug, id } = await held(bench, 'mover')
      const enqueue = (node: string, from: number, to: number) => store.enqueue(slug, id, node, from, to, [made(to)], 1)
      assert.equal(await enqueue('other', 7, 8), false)
      assert.equal(await enqueue('mover', 6, 8), false)
      assert.equal(await enqueue('mover', 7, 9), true)
      assert.equal(await enqueue('mover', 7, 9), false)
      assert.equal(await enqueue('mover', 9, 10), true)
      const seen = await store.look(slug, id, 'mover', 10)
      assert.equal(seen?.outlet.cursor, 10)
      assert.deepEqual(
        seen?.waiting.map(one => one.seq),
        [9, 10],
      )
      assert.deepEqual(seen?.waiting[0], {
        ...made(9),
        state: 'waiting',
        attempts: 0,
        nextAt: 1,
        createdAt: 1,
        endedAt: null,
        tried: [],
      })
      assert.equal((await store.look(slug, id, 'mover', 1))?.waiting.length, 1)
    },
  ],
  [
    'attempts count once each, and failures in a row are counted',
    async bench => {
      const { store } = bench
      const { slug, id } = await held(bench, 'trier')
      await store.enqueue(slug, id, 'trier', 7, 9, [made(8), made(9)], 1)
      assert.equal(await store.attempted(slug, id, [attempted('dlv_8', 1, 'waiting')]), 0)
      assert.equal(await store.attempted(slug, id, [attempted('dlv_8', 1, 'waiting')]), 0)
      assert.equal((await store.delivery(slug, id, 'dlv_8'))?.tried.length, 1)
      assert.equal(await store.attempted(slug, id, [attempted('dlv_8', 2, 'dead')]), 1)
      assert.equal(await store.attempted(slug, id, [attempted('dlv_8', 3, 'dead')]), 1)
      const dead = await store.delivery(slug, id, 'dlv_8')
      assert.equal(dead?.state, 'dead')
      assert.equal(dead?.endedAt, 10)
      assert.deepEqual(
        dead?.tried.map(one => one.status),
        [500, 500],
      )
      assert.equal(await store.attempted(slug, id, [attempted('dlv_9', 1, 'delivered', 20)]), 0)
      assert.deepEqual(await store.outlets(slug), [{ id, cursor: 9, failures: 0, lastAt: 20 }])
      assert.equal(await store.delivery(slug, id, 'dlv_\0'), null)
      assert.equal(await store.delivery(slug, 'another', 'dlv_8'), null)
    },
  ],
  [
    'what has ended is listed, replayed, forgotten, and only that',
    async bench => {
      const { store } = bench
      const { slug, id } = await held(bench, 'player')
      const four = [1, 2, 3, 4].map(made)
      await store.enqueue(slug, id, 'player', 7, 8, four, 5)
      await store.attempted(slug, id, [attempted('dlv_1', 1, 'delivered'), attempted('dlv_2', 1, 'dead')])
      await store.attempted(slug, id, [attempted('dlv_3', 1, 'dead')])
      const list = async (state: Delivery['state'] | null) => {
        const { total, page } = await store.deliveries(slug, id, { state, limit: 10, offset: 0 })
        return [total, page.map(one => one.seq)]
      }
      assert.deepEqual(await list(null), [4, [4, 3, 2, 1]])
      assert.deepEqual(await list('dead'), [2, [3, 2]])
      assert.deepEqual((await store.deliveries(slug, id, { state: null, limit: 1, offset: 1 })).page[0]?.seq, 3)
      const since = (from: number, state: 'dead' | null, most = 10) =>
        store.replay(slug, id, { kind: 'since', from, state, most }, 50)
      assert.equal(await store.replay(slug, id, { kind: 'one', delivery: 'dlv_4' }, 50), 0)
      assert.equal(await store.replay(slug, id, { kind: 'one', delivery: 'dlv_\0' }, 50), 0)
      assert.equal(await since(6, null), 0)
      assert.equal(await since(5, 'dead', 1), 1)
      assert.deepEqual(await list('dead'), [1, [3]])
      assert.equal(await store.replay(slug, id, { kind: 'one', delivery: 'dlv_1' }, 50), 1)
      const again = await store.delivery(slug, id, 'dlv_1')
      assert.deepEqual(
        [again?.state, again?.attempts, again?.nextAt, again?.endedAt, again?.tried.length],
        ['waiting', 0, 50, null, 1],
      )
      assert.equal(await store.sweepDeliveries(slug, id, 10), false)
      assert.deepEqual(await list('dead'), [1, [3]])
      assert.equal(await store.sweepDeliveries(slug, id, 11), false)
      assert.deepEqual(await list(null), [3, [4, 2, 1]])
      await store.skip(slug, id, 40, 60)
      assert.deepEqual(await list('dead'), [3, [4, 2, 1]])
      assert.equal((await store.outlets(slug))[0]?.cursor, 40)
      await store.closeOutlet(slug, id)
      assert.deepEqual(await list(null), [0, []])
      assert.equal(await store.look(slug, id, 'player', 10), null)
    },
  ],
  [
    'an org sees its own outlets and deliveries only',
    async bench => {
      const { store } = bench
      const { slug, id } = await held(bench, 'apart')
      await store.enqueue(slug, id, 'apart', 7, 8, [made(8)], 1)
      const other = await bench.org()
      assert.deepEqual(await store.outlets(other), [])
      assert.equal(await store.delivery(other, id, 'dlv_8'), null)
      assert.equal(await store.look(other, id, 'apart', 10), null)
      await store.closeOutlet(other, id)
      assert.equal((await store.outlets(slug)).length, 1)
      await assert.rejects(store.openOutlet('nobody', 'x:1', 0), { code: 'org_not_found' })
    },
  ],
]
