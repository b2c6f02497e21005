import assert from 'node:assert/strict'
import type { Registered } from '../../../src/facts/registry.ts'
import { agentNamed, secretOf, serviceNamed, userNamed } from '../../support/registered.ts'
import { type Case, ERROR, refusedWith } from './bench.ts'

const by = 'key:admin'
const put = (entry: Registered, replaces?: number | null) =>
  ({ kind: 'registered', entry, by, ...(replaces !== undefined && { replaces }) }) as const

export const registeredCases: readonly Case[] = [
  [
    'what is registered is read back, in the log and in the snapshot, each by kind and id',
    async ({ store, org }) => {
      const slug = await org()
      const bot = agentNamed('bot', { capabilities: ['read:documents'], metadata: { deep: { n: 1.5, z: null } } })
      const entries = [
        bot,
        serviceNamed('bot'),
        userNamed('agt_bot', { email: 'a@acme.com' }),
        secretOf(bot, 'c', 'ab'),
      ]
      assert.equal(
        await store.write(
          slug,
          entries.map(entry => put(entry)),
          ERROR,
        ),
        4,
      )
      const { registered } = await store.snapshot(slug)
      const sorted = (all: readonly Registered[] = []) => [...all].sort((a, b) => (a.kind < b.kind ? -1 : 1))
      assert.deepEqual(sorted(registered), sorted(entries))
      const [first] = await store.changes(slug, 0, 1)
      assert.deepEqual(first?.change, put(bot))
    },
  ],
  [
    'a write says which version it replaces, and is refused once that is not the one there',
    async ({ store, org }) => {
      const slug = await org()
      const one = agentNamed('bot')
      const two = { ...one, name: 'second', version: 2 }
      await store.write(slug, [put(one, null)], ERROR)
      await refusedWith('stale_version', store.write(slug, [put(one, null)], ERROR))
      await store.write(slug, [put(two, 1)], ERROR)
      await refusedWith('stale_version', store.write(slug, [put({ ...two, name: 'third' }, 1)], ERROR))
      assert.deepEqual((await store.snapshot(slug)).registered, [two])
    },
  ],
  [
    'a slug is given once within a kind, and the whole write is refused with it',
    async ({ store, org }) => {
      const slug = await org()
      await store.write(slug, [put(agentNamed('bot')), put(serviceNamed('bot'))], ERROR)
      const thief = agentNamed('bot', { id: 'agt_other' })
      await refusedWith('slug_taken', store.write(slug, [put(userNamed('u')), put(thief)], ERROR))
      assert.equal((await store.snapshot(slug)).registered?.length, 2)
      assert.equal(await store.revision(slug), 2)
    },
  ],
  [
    'what is removed is gone, and removing it again changes nothing',
    async ({ store, org }) => {
      const slug = await org()
      const gone = { kind: 'unregistered', of: 'user', id: 'u', by } as const
      await store.write(slug, [put(userNamed('u'))], ERROR)
      assert.equal(await store.write(slug, [gone], ERROR), 2)
      assert.equal(await store.write(slug, [gone], ERROR), 2)
      assert.deepEqual((await store.snapshot(slug)).registered, [])
    },
  ],
  [
    'orgs know nothing of what others have registered',
    async ({ store, org }) => {
      const [a, b] = [await org(), await org()]
      await store.write(a, [put(agentNamed('bot'))], ERROR)
      await store.write(b, [put(agentNamed('bot', { id: 'agt_b' }))], ERROR)
      assert.deepEqual(
        (await store.snapshot(b)).registered?.map(e => e.id),
        ['agt_b'],
      )
    },
  ],
  [
    'an id that counts once is taken once, in one org, until it has ended',
    async ({ store, org }) => {
      const [a, b] = [await org(), await org()]
      const once = (of: string, ...ids: string[]) =>
        store.takeOnce(
          of,
          ids.map(id => ({ id, until: 1_000 })),
          500,
        )
      assert.deepEqual(await once(a, 'x', 'y', 'x'), [true, true, false])
      assert.deepEqual(await once(a, 'x', 'z'), [false, true])
      assert.deepEqual(await once(b, 'x'), [true])
      assert.deepEqual(await store.takeOnce(a, [{ id: 'late', until: 1_000 }], 1_001), [false])
      assert.deepEqual(await store.takeOnce(a, [{ id: 'x', until: 3_000 }], 2_000), [true])
    },
  ],
  [
    'where the only node stands with ids that count once is kept',
    async ({ store }) => {
      assert.deepEqual(await store.usedHorizon(), { upTo: 0, doubted: 0, isClean: true })
      const moved = { upTo: 1_796_000_002_999, doubted: 1_796_000_000_999, isClean: false }
      await store.saveUsedHorizon(moved)
      assert.deepEqual(await store.usedHorizon(), moved)
      await store.saveUsedHorizon({ upTo: 0, doubted: 0, isClean: true })
    },
  ],
  [
    'of many who take the same id at once, one gets it',
    async ({ store, org }) => {
      const slug = await org()
      const all = await Promise.all(
        Array.from({ length: 20 }, () => store.takeOnce(slug, [{ id: 'same', until: 9_000 }], 1)),
      )
      assert.equal(all.flat().filter(Boolean).length, 1)
    },
  ],
]
