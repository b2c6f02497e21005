import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { capabilityNames, namedBy, nounsOf } from '../../src/policy/capability.ts'
import { emptyVocabulary } from '../../src/policy/vocabulary.ts'

const types = ['document', 'billing', 'policy', 'report', 'order', 'app', 'app.v2', 'data'].map(name => ({
  name,
  relations: [],
}))
const vocabulary = {
  ...emptyVocabulary({ types }, 'UTC'),
  types: new Set(['salary']),
  synonyms: new Map([
    ['doc', 'document'],
    ['ghost', 'nothing_of_the_kind'],
    ['report', 'document'],
  ]),
}
const nouns = nounsOf(vocabulary, ['org_policy'])

/** String → action, type and, where it is one thing, its id. */
const NAMED: readonly (readonly [string, readonly [string, string, string?] | null])[] = [
  ['document.read', ['read', 'document']],
  ['documents.read', ['read', 'document']],
  ['read:document', ['read', 'document']],
  ['read:documents', ['read', 'document']],
  ['documents:read', ['read', 'document']],
  ['document:read', ['read', 'document']],
  ['docs.read', ['read', 'document']],
  ['read:docs', ['read', 'document']],
  ['billing:view_invoices', ['view_invoices', 'billing']],
  ['policies.view', ['view', 'policy']],
  ['salaries.view', ['view', 'salary']],
  ['org_policy.read', ['read', 'org_policy']],
  ['data.delete', ['delete', 'data']],
  ['delete:data', ['delete', 'data']],
  ['tool:search_web', ['use', 'tool', 'search_web']],
  ['mcp:urn:mcp:financial-data', ['use', 'mcp', 'urn:mcp:financial-data']],
  ['order:reports', ['order', 'report']],
  ['reports.order', ['order', 'report']],
  ['app.v2.deploy', ['deploy', 'app.v2']],
  ['app.v1.deploy', ['v1.deploy', 'app']],
  ['document.comment.add', ['comment.add', 'document']],
  ['read', null],
  ['document', null],
  ['payments.release', null],
  ['ledger:post', null],
  ['ghosts.read', null],
  ['Document.read', null],
  ['read:document:1', null],
  ['document.', null],
  ['.read', null],
  [':', null],
  ['read:', null],
  [':documents', null],
  ['__proto__.read', null],
  ['constructor:read', null],
  ['', null],
]

describe('what a permission names', () => {
  for (const [text, expected] of NAMED) {
    test(`\`${text}\` names ${expected === null ? 'nothing known' : expected.join(' ')}`, () => {
      const named = namedBy(text, nouns)
      assert.deepEqual(
        named === null ? null : [named.action, named.type, named.id],
        expected && [...expected, null].slice(0, 3),
      )
    })
  }

  test('every string that covers an action on a type names it', () => {
    const word = fc.stringMatching(/^[a-z][a-z_]{0,8}$/)
    fc.assert(
      fc.property(word, fc.constantFrom('document', 'billing', 'policy', 'data', 'salary'), (action, type) => {
        fc.pre(nouns.get(action) === undefined && action !== 'tool' && action !== 'mcp')
        for (const name of capabilityNames(action, { type, id: null })) {
          if (name !== action) assert.deepEqual(namedBy(name, nouns), { action, type, id: null }, name)
        }
      }),
      { seed: 20260304, numRuns: 500 },
    )
  })
})
