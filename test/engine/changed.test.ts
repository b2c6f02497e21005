import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concerns } from '../../src/engine/candidates.ts'
import { changedRules } from '../../src/engine/changed.ts'
import { compilePolicies, createRuleMemo, type SourceRule } from '../../src/engine/compile.ts'
import { compileText } from '../../src/language/compile.ts'
import { testVocabulary } from '../language/vocabulary.ts'

const TEXT =
  'Users can view documents.\nUsers can edit documents.\nAnyone can view folders.\nUser:ann can view document:1.'
const [view, edit, folders, ann] = compileText(TEXT, testVocabulary()).rules as readonly SourceRule[] as [
  SourceRule,
  SourceRule,
  SourceRule,
  SourceRule,
]

type Concern = readonly [action: string, type: string, id: string | null]

const ALL: readonly Concern[] = [
  ['view', 'document', '1'],
  ['view', 'document', '2'],
  ['view', 'document', null],
  ['edit', 'document', '1'],
  ['view', 'folder', '1'],
  ['view', 'other', null],
]

/** Rules before and after, and what the change concerns; null: it may be anything. */
const CASES: readonly (readonly [
  name: string,
  before: readonly SourceRule[],
  after: readonly SourceRule[],
  concerned: readonly Concern[] | null,
])[] = [
  ['nothing', [view, edit], [view, edit], []],
  ['one more', [view], [view, edit], [['edit', 'document', '1']]],
  ['one less, before others', [edit, view, folders], [view, folders], [['edit', 'document', '1']]],
  [
    'one for another',
    [view, edit],
    [view, folders],
    [
      ['edit', 'document', '1'],
      ['view', 'folder', '1'],
    ],
  ],
  [
    'one that names a resource',
    [view],
    [view, ann],
    [
      ['view', 'document', '1'],
      ['view', 'document', null],
    ],
  ],
  ['places', [view, edit], [edit, view], null],
  ['one said twice', [view, edit], [view, view, edit], null],
  ['one that was said twice', [view, view, edit], [view, edit], null],
  ['all', [], [view, edit, folders], ALL.filter(([, type]) => type !== 'other')],
]

for (const [name, before, after, concerned] of CASES) {
  test(`what a change of rules concerns: ${name}`, () => {
    const memo = createRuleMemo()
    const options = { org: 'org', zone: 'UTC', version: 1 }
    const changed = changedRules(compilePolicies(before, options, memo), compilePolicies(after, options, memo))
    if (changed === null) return assert.equal(concerned, null)
    const found = ALL.filter(([action, type, id]) => concerns(changed, { action, resource: { type, id } }))
    assert.deepEqual(found, concerned)
  })
}

test('sets of two zones, orgs or memos have nothing in common', () => {
  const memo = createRuleMemo()
  const options = { org: 'org', zone: 'UTC', version: 1 }
  const one = compilePolicies([view], options, memo)
  assert.equal(changedRules(one, compilePolicies([view], { ...options, zone: 'Asia/Tokyo' }, memo)), null)
  assert.equal(changedRules(one, compilePolicies([view], { ...options, org: 'other' }, memo)), null)
  const changed = changedRules(one, compilePolicies([view], options))
  assert.ok(changed !== null && concerns(changed, { action: 'view', resource: { type: 'document', id: '1' } }))
})
