import assert from 'node:assert/strict'
import { StoreError } from '../../../src/facts/store.ts'
import { type Case, ERROR, policy, refusedWith } from './bench.ts'

export const policyCases: readonly Case[] = [
  [
    'versions count from 1, and a version out of turn is refused',
    async ({ store, org }) => {
      const slug = await org()
      for (const wrong of [0, 2, -1]) await refusedWith('version_conflict', store.write(slug, [policy(wrong)], ERROR))
      for (const next of [1, 2, 3]) await store.write(slug, [policy(next)], ERROR)
      for (const wrong of [3, 5]) {
        await assert.rejects(store.write(slug, [policy(wrong)], ERROR), (error: unknown) => {
          assert.ok(error instanceof StoreError)
          assert.deepEqual([error.code, error.detail], ['version_conflict', { latest: 3 }])
          return true
        })
      }
      const list = async (before: number | null, limit: number): Promise<number[]> =>
        (await store.versions(slug, before, limit)).map(({ version }) => version)
      assert.deepEqual(await list(null, 2), [3, 2])
      assert.deepEqual(await list(2, 10), [1])
      const { publishedAt, ...second } = (await store.version(slug, 2)) ?? assert.fail()
      assert.deepEqual(second, { version: 2, text: 'text of 2', author: 'alice', note: 'note of 2' })
      assert.ok(publishedAt > 1_700_000_000_000)
      for (const unknown of [4, 0, 1.5, 1e300]) assert.equal(await store.version(slug, unknown), null)
    },
  ],
  [
    'of those who publish at the same time exactly one wins',
    async ({ store, org }) => {
      const slug = await org()
      for (const version of [1, 2, 3]) {
        const tries = await Promise.allSettled(
          Array.from({ length: 8 }, (_, n) => store.write(slug, [policy(version, `by ${n}`)], ERROR)),
        )
        const won = tries.flatMap((result, n) => (result.status === 'fulfilled' ? [n] : []))
        assert.equal(won.length, 1)
        for (const lost of tries) if (lost.status === 'rejected') assert.equal(lost.reason.code, 'version_conflict')
        assert.equal((await store.version(slug, version))?.text, `by ${won[0]}`)
      }
      assert.equal(await store.revision(slug), 3)
    },
  ],
  [
    'a draft is saved, replaced, listed last touched first, and deleted',
    async ({ store, org }) => {
      const slug = await org()
      const draft = (id: string, updatedAt: number, text = id) => ({
        id,
        text,
        author: 'bob',
        updatedAt,
        baseVersion: updatedAt > 1 ? 7 : null,
      })
      await store.saveDraft(slug, draft('a', 1))
      await store.saveDraft(slug, draft('b', 2))
      await store.saveDraft(slug, draft('a', 3, 'again'))
      assert.deepEqual(await store.draft(slug, 'a'), draft('a', 3, 'again'))
      assert.deepEqual(await store.drafts(slug, 10), [draft('a', 3, 'again'), draft('b', 2)])
      assert.deepEqual(await store.drafts(slug, 1), [draft('a', 3, 'again')])
      assert.equal(await store.deleteDraft(slug, 'a'), true)
      assert.equal(await store.deleteDraft(slug, 'a'), false)
      assert.equal(await store.draft(slug, 'a'), null)
      assert.equal(await store.revision(slug), 0)
    },
  ],
]
