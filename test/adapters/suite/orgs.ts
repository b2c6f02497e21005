import assert from 'node:assert/strict'
import type { KeyRecord } from '../../../src/facts/store.ts'
import { type Case, ERROR, refusedWith } from './bench.ts'

const key = (id: string, org: string | null): KeyRecord => ({
  id,
  org,
  name: 'ci',
  role: 'editor',
  hash: 'ab'.repeat(32),
  createdAt: 1_700_000_000_123,
  revokedAt: null,
})

export const orgCases: readonly Case[] = [
  [
    'an org is made once and found again',
    async ({ store }) => {
      const org = { slug: "o'brien-東京", name: 'Ærø "quoted" \\ %', zone: 'Asia/Tokyo' }
      assert.deepEqual(await store.createOrg(org), org)
      assert.deepEqual(await store.org(org.slug), org)
      await refusedWith('org_exists', store.createOrg({ ...org, name: 'another' }))
      assert.equal(await store.org('nobody'), null)
      assert.equal(await store.revision(org.slug), 0)
    },
  ],
  [
    'orgs come in pages, in byte order',
    async ({ store }) => {
      const slugs = ['page-a', 'page-B', 'page-Z', 'page-ä', 'page-z']
      for (const slug of slugs) await store.createOrg({ slug, name: slug, zone: 'UTC' })
      const seen: string[] = []
      for (let after: string | null = null; ; ) {
        const page: readonly { slug: string }[] = await store.orgs(after, 2)
        assert.ok(page.length <= 2)
        seen.push(...page.map(org => org.slug))
        const last = page.at(-1)
        if (last === undefined) break
        after = last.slug
      }
      assert.deepEqual(
        seen.filter(slug => slug.startsWith('page-')),
        ['page-B', 'page-Z', 'page-a', 'page-z', 'page-ä'],
      )
      assert.equal(new Set(seen).size, seen.length)
    },
  ],
  [
    'an org can be renamed and moved to another zone, and keeps its slug',
    async ({ store, org }) => {
      const slug = await org()
      assert.equal(await store.write(slug, [{ kind: 'org', name: 'New', zone: 'UTC' }], ERROR), 1)
      assert.deepEqual(await store.org(slug), { slug, name: 'New', zone: 'UTC' })
    },
  ],
  [
    'a key of the instance is found by its id, and made once',
    async ({ store, org }) => {
      const made = key(`instance-${await org()}`, null)
      await store.createInstanceKey(made)
      assert.deepEqual(await store.findKey(made.id), made)
      await refusedWith('key_exists', store.createInstanceKey(made))
      assert.equal(await store.findKey('no-such-key'), null)
    },
  ],
  [
    'a key of an org is found without naming the org, changed, revoked, and stays revoked',
    async ({ store, org }) => {
      const slug = await org()
      const made = key(`key-of-${slug}`, slug)
      await store.write(slug, [{ kind: 'key', key: made }], ERROR)
      assert.deepEqual(await store.findKey(made.id), made)
      await store.write(slug, [{ kind: 'key', key: { ...made, role: 'viewer', revokedAt: 5 } }], ERROR)
      await store.write(slug, [{ kind: 'key', key: { ...made, name: 'again', revokedAt: null } }], ERROR)
      const now = { ...made, name: 'again', revokedAt: 5 }
      assert.deepEqual(await store.findKey(made.id), now)
      assert.deepEqual((await store.snapshot(slug)).keys, [now])
      assert.deepEqual((await store.changes(slug, 2, 10)).at(0)?.change, { kind: 'key', key: now })
    },
  ],
  [
    'an id of a key belongs to one org and one secret',
    async ({ store, org }) => {
      const [one, two] = [await org(), await org()]
      const made = key(`key-of-${one}`, one)
      await store.write(one, [{ kind: 'key', key: made }], ERROR)
      const taken: readonly [string, KeyRecord][] = [
        [one, { ...made, hash: 'cd'.repeat(32) }],
        [two, { ...made, org: two }],
      ]
      for (const [slug, record] of taken) {
        await refusedWith('key_exists', store.write(slug, [{ kind: 'key', key: record }], ERROR))
      }
      await refusedWith('key_exists', store.createInstanceKey({ ...made, org: null }))
      await assert.rejects(store.write(two, [{ kind: 'key', key: made }], ERROR), TypeError)
      assert.deepEqual(await store.findKey(made.id), made)
    },
  ],
  [
    'an unknown org is said to be unknown',
    async ({ store }) => {
      for (const slug of ['nowhere', '', 'a\0b', '\ud800']) {
        await refusedWith('org_not_found', store.write(slug, [{ kind: 'org', name: 'x', zone: 'UTC' }], ERROR))
        await refusedWith('org_not_found', store.write(slug, [], ERROR))
        await refusedWith('org_not_found', store.changes(slug, 0, 10))
        await refusedWith('org_not_found', store.revision(slug))
        await refusedWith('org_not_found', store.snapshot(slug))
        await refusedWith(
          'org_not_found',
          store.saveDraft(slug, { id: 'd', text: '', author: 'a', updatedAt: 1, baseVersion: null }),
        )
      }
      assert.equal(await store.org('a\0b'), null)
      assert.equal(await store.findKey('a\0b'), null)
    },
  ],
]
