import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileText } from '../../src/language/compile.ts'
import { diffPolicies, renderDiff } from '../../src/pdp/diff.ts'
import { emptyVocabulary } from '../../src/policy/vocabulary.ts'

const DEFINITIONS = 'Documents are resources.\nA document has a status of draft or public.\nA user has a role as text.'

function compiled(text: string) {
  const read = compileText(`${DEFINITIONS}\n${text}`, emptyVocabulary({ types: [] }, 'UTC'))
  assert.deepEqual(read.diagnostics, [])
  return read
}

const diff = (before: string, after: string) => diffPolicies(compiled(before), compiled(after))

const CASES: readonly {
  readonly name: string
  readonly before: string
  readonly after: string
  readonly changes: readonly string[]
  readonly reads: string
}[] = [
  {
    name: 'nothing',
    before: 'Users can view documents.',
    after: 'Users can view documents.',
    changes: [],
    reads: 'no difference\n',
  },
  {
    name: 'another order, remarks and spaces',
    before: 'Users can view documents.\nUsers can edit documents.',
    after: '# Who edits\nUsers can  edit documents.\n\n\nUsers can view documents.',
    changes: [],
    reads: 'no difference\n',
  },
  {
    name: 'a rule more and a rule less',
    before: 'Users can view documents.\nUsers can edit documents.',
    after: 'Users can view documents.\nUsers can sign documents.',
    changes: ['rule removed', 'rule added'],
    reads: '- Users can edit documents\n+ Users can sign documents\n',
  },
  {
    name: 'other words for the same',
    before: 'Users can view public documents.',
    after: 'Users may view documents whose status is public.',
    changes: ['rule reworded'],
    reads:
      '= Users can view public documents\n  now, with the same meaning: Users may view documents whose status is public\n',
  },
  {
    name: 'hours that end later, and a rule that uses them',
    before: 'Office hours are 9am to 5pm on weekdays.\nUsers can view documents during office hours.',
    after: 'Office hours are 9am to 6pm on weekdays.\nUsers can view documents during office hours.',
    changes: ['definition changed', 'rule redefined'],
    reads:
      '- Office hours are 9am to 5pm on weekdays\n+ Office hours are 9am to 6pm on weekdays\n' +
      '= Users can view documents during office hours\n  means something else now: a definition it uses changed\n',
  },
  {
    name: 'the same rule once more',
    before: 'Users can view documents.',
    after: 'Users can view documents.\nUsers can view documents.',
    changes: ['rule added'],
    reads: '+ Users can view documents\n',
  },
]

for (const { name, before, after, changes, reads } of CASES) {
  test(`between two policies: ${name}`, () => {
    const found = diff(before, after)
    assert.deepEqual(
      found.map(c => `${c.of} ${c.kind}`),
      changes,
    )
    assert.equal(renderDiff(found), reads)
  })
}

test('what is added on the way there is removed on the way back', () => {
  const rule = fc
    .tuple(fc.constantFrom('Users', 'Agents', 'Anyone'), fc.constantFrom('view', 'edit', 'sign', 'print'))
    .map(([who, what]) => `${who} can ${what} documents.`)
  const text = fc.array(rule, { maxLength: 6 }).map(lines => lines.join('\n'))
  fc.assert(
    fc.property(text, text, (a, b) => {
      const there = diff(a, b)
      const back = diff(b, a)
      const texts = (changes: typeof there, kind: string) =>
        changes
          .filter(c => c.kind === kind)
          .map(c => (c.after ?? c.before).text)
          .sort()
      assert.deepEqual(texts(there, 'added'), texts(back, 'removed'))
      assert.deepEqual(texts(there, 'removed'), texts(back, 'added'))
      const count = (of: string) => of.split('\n').filter(line => line !== '').length
      assert.equal(count(b) - count(a), texts(there, 'added').length - texts(there, 'removed').length)
    }),
    { numRuns: 200 },
  )
})
