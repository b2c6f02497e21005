import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { freeSlug, slugFrom } from '../../src/agents/slug.ts'

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

const CASES: readonly (readonly [name: string, slug: string])[] = [
  ['Research Assistant Bot', 'research-assistant-bot'],
  ['  --x-- ', 'x'],
  ['Füße & Größe', 'fu-e-gro-e'],
  ['Ångström', 'angstrom'],
  ['日本', 'agent'],
  ['', 'agent'],
  [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
]

for (const [name, slug] of CASES) {
  test(`\`${name}\` is \`${slug}\``, () => assert.equal(slugFrom(name, 'agent'), slug))
}

test('every name has a slug, and one that is free', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 120 }), (name, count) => {
      const taken = new Set<string>()
      for (let n = 0; n <= count; n += 1) {
        const slug = freeSlug(slugFrom(name, 'agent'), s => taken.has(s))
        assert.match(slug, SLUG)
        assert.equal(taken.has(slug), false)
        taken.add(slug)
      }
    }),
    { seed: 7, numRuns: 50 },
  )
})
