import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilityNames, spellingsOf } from '../../src/policy/capability.ts'

const DOCUMENTS = [
  'read:documents',
  'documents.read',
  'documents:read',
  'read:document',
  'document.read',
  'document:read',
]

const ROWS: readonly [scope: string, spellings: readonly string[]][] = [
  ['read:documents', DOCUMENTS],
  ['read:document', DOCUMENTS],
  ['document.read', DOCUMENTS],
  ['documents.read', DOCUMENTS],
  ['read:policies', ['read:policies', 'policies.read', 'policies:read', 'read:policy', 'policy.read', 'policy:read']],
  ['tool:search_web', ['tool:search_web']],
  ['mcp:financial', ['mcp:financial']],
  ['read', ['read']],
  ['a:b:c', ['a:b:c']],
  ['a.b.c', ['a.b.c']],
  ['a.b:c', ['a.b:c']],
  ['https://example.com/read', ['https://example.com/read']],
  ['', ['']],
]

for (const [scope, spellings] of ROWS) {
  test(`\`${scope}\` is written in ${spellings.length} ways`, () => {
    assert.deepEqual(spellingsOf(scope).toSorted(), spellings.toSorted())
  })
}

test('obtaining a scope is covered by that scope and by nothing wider', () => {
  const names = capabilityNames('obtain', { type: 'scope', id: 'read:documents' })
  assert.deepEqual(names.toSorted(), spellingsOf('read:documents').toSorted())
  for (const wider of ['obtain', 'read', 'obtain:scope', 'obtain:scopes', 'scope.obtain']) {
    assert.equal(names.includes(wider), false, wider)
  }
  assert.deepEqual(capabilityNames('obtain', { type: 'scope', id: null }), [])
})
