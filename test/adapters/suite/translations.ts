import assert from 'node:assert/strict'
import { type Case, refusedWith, translationRow } from './bench.ts'

export const translationCases: readonly Case[] = [
  [
    'a translation is read back as it was written, newest first, a page at a time',
    async ({ store, org }) => {
      const slug = await org()
      const failed = { ...translationRow('c', 2), outcome: 'failed', failure: 'llm_timeout', answer: null } as const
      const rows = [translationRow('a', 1), { ...translationRow('b', 2), draft: 'draft_1' }, failed]
      for (const row of rows) await store.recordTranslation(slug, row)
      const newest = rows.toReversed()
      assert.deepEqual(await store.translations(slug, null, 10), newest)
      assert.deepEqual(await store.translations(slug, null, 2), newest.slice(0, 2))
      assert.deepEqual(await store.translations(slug, 'b', 10), newest.slice(2))
      assert.deepEqual(await store.translations(slug, 'nowhere', 10), [])
      assert.deepEqual(await store.translation(slug, 'b'), rows[1])
      assert.equal(await store.translation(slug, 'z'), null)
      assert.equal(await store.translation(slug, '\0'), null)
      assert.equal(await store.revision(slug), 0)
    },
  ],
  [
    'a translation is written once, and only to an org there is',
    async ({ store, org }) => {
      const slug = await org()
      await store.recordTranslation(slug, translationRow('a', 1))
      await assert.rejects(store.recordTranslation(slug, { ...translationRow('a', 1), text: 'other' }))
      assert.deepEqual(await store.translation(slug, 'a'), translationRow('a', 1))
      await refusedWith('org_not_found', store.recordTranslation('no-such-org', translationRow('a', 1)))
    },
  ],
]
