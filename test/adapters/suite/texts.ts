import assert from 'node:assert/strict'
import type { Change } from '../../../src/facts/store.ts'
import { type Case, ERROR, policy, tuple, writes } from './bench.ts'

const STRANGE = [
  `quotes ' " \` $1 $$ \\ %s`,
  '日本語 — مرحبا — 👩‍👩‍👧‍👦 — é vs e\u0301',
  'line\nbreak\ttab\u0001\u001f\u007f\u2028',
  '{"json":"inside"}, {curly,array}',
  '\uffff\ufeff',
  '\\u0000 is six characters',
  ' ',
  `${'long-'.repeat(20_000)}end`,
]

const BAD = ['nul \0 inside', 'half \ud800 pair', '\udc00']

const everywhere = (text: string): readonly Change[] => [
  {
    kind: 'tuples',
    writes: [{ ...tuple(`d:${text}`, text, `user:${text}`), condition: { name: text, context: { [text]: text } } }],
    deletes: [],
  },
  {
    kind: 'attributes',
    entity: { type: 'user', id: text },
    set: { [text]: { [text]: [text] } },
    unset: [`not ${text}`],
  },
  { ...policy(1, text), author: text, note: text } as Change,
  { kind: 'org', name: text, zone: text },
]

export const textCases: readonly Case[] = [
  [
    'any text comes back byte for byte, of any length',
    async ({ store, org }) => {
      for (const text of STRANGE) {
        const slug = await org()
        await store.write(slug, everywhere(text), ERROR)
        const seen = await store.snapshot(slug)
        assert.equal(seen.org.name, text)
        assert.deepEqual(seen.tuples[0], {
          ...tuple(`d:${text}`, text, `user:${text}`),
          condition: { name: text, context: { [text]: text } },
        })
        assert.deepEqual(seen.attributes, [
          { entity: { type: 'user', id: text }, name: text, value: { [text]: [text] } },
        ])
        assert.deepEqual([seen.policy?.text, seen.policy?.author, seen.policy?.note], [text, text, text])
        assert.deepEqual(
          (await store.changes(slug, 0, 10)).map(({ change }) => change),
          everywhere(text),
        )
      }
    },
  ],
  [
    'names are compared byte for byte (CVE-2026-55170)',
    async ({ store, org }) => {
      const slug = await org()
      const alike = ['é', 'e\u0301', 'É', 'e', 'E', 'e ']
      await store.write(slug, [writes(...alike.map(id => tuple(`d:${id}`, 'r', 'user:a')))], ERROR)
      assert.equal((await store.snapshot(slug)).tuples.length, alike.length)
      const near = [tuple('d:a', 'bc', 'user:d'), tuple('d:ab', 'c', 'user:d'), tuple('d', 'a:b', 'c')]
      await store.write(slug, [writes(...near.slice(0, 2))], ERROR)
      assert.equal((await store.snapshot(slug)).tuples.length, alike.length + 2)
    },
  ],
  [
    'text that cannot be stored is refused, and nothing of the write remains',
    async ({ store, org }) => {
      const slug = await org()
      for (const bad of BAD) {
        for (const change of everywhere(bad)) {
          await assert.rejects(store.write(slug, [writes(tuple('d:1', 'r', 'user:a')), change], ERROR), TypeError)
        }
        await assert.rejects(store.createOrg({ slug: bad, name: 'x', zone: 'UTC' }), TypeError)
        await assert.rejects(store.createOrg({ slug: 'x', name: bad, zone: 'UTC' }), TypeError)
        await assert.rejects(
          store.saveDraft(slug, { id: 'd', text: bad, author: 'a', updatedAt: 1, baseVersion: null }),
          TypeError,
        )
        assert.equal(await store.draft(slug, bad), null)
        assert.equal(await store.model(slug, bad), null)
        assert.equal(await store.deleteDraft(slug, bad), false)
      }
      await assert.rejects(store.write(slug, [writes(tuple('no-colon', 'r', 'user:a'))], ERROR), TypeError)
      const long = Array.from({ length: 400 }, (_, n) => `${n}-${Math.sin(n)}`).join('')
      await assert.rejects(
        store.saveDraft(slug, { id: long, text: '', author: 'a', updatedAt: 1, baseVersion: null }),
        TypeError,
      )
      const { revision, tuples, attributes } = await store.snapshot(slug)
      assert.deepEqual({ revision, tuples, attributes }, { revision: 0, tuples: [], attributes: [] })
    },
  ],
]
