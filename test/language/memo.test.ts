import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileText, createCompileMemo } from '../../src/language/compile.ts'
import { DEFINITIONS, testVocabulary } from './vocabulary.ts'

const vocabulary = testVocabulary()

const LINES = [
  ...DEFINITIONS.trim().split('\n'),
  '',
  '# a heading',
  'Users can view documents shared with their team.',
  'They can edit them on weekdays.',
  'They cannot delete them.',
  'Users can view documents.  Agents can view documents.',
  '[readers] Users can read documents.',
  '[readers] Users can print documents.',
  '  - users may sign documents   # for now',
  'Users can view documents',
  '  on weekdays',
  'Gremlins can fly kites.',
  'Interns are users whose department is "x".',
  'Interns cannot view documents.',
  'Night hours are 9pm to 5am.',
  'Night hours are 10pm to 5am.',
  'Nobody can view documents during night hours.',
  'Users can view documents "never closed.',
]

const edit = fc.record({
  at: fc.nat(40),
  kind: fc.constantFrom('insert', 'insert', 'remove', 'replace', 'shift'),
  line: fc.constantFrom(...LINES),
})

function edited(lines: readonly string[], { at, kind, line }: { at: number; kind: string; line: string }) {
  const place = lines.length === 0 ? 0 : at % lines.length
  switch (kind) {
    case 'insert':
      return lines.toSpliced(place, 0, line)
    case 'remove':
      return lines.toSpliced(place, 1)
    case 'replace':
      return lines.toSpliced(place, 1, line)
    default:
      return [...lines.slice(place), ...lines.slice(0, place)]
  }
}

test('compiling with what is remembered of earlier texts is compiling', () => {
  fc.assert(
    fc.property(fc.subarray(LINES), fc.array(edit, { minLength: 1, maxLength: 12 }), (start, edits) => {
      const memo = createCompileMemo()
      let lines: readonly string[] = start
      for (const one of edits) {
        lines = edited(lines, one)
        const text = lines.join('\n')
        assert.deepEqual(compileText(text, vocabulary, { memo }), compileText(text, vocabulary), text)
      }
    }),
    { numRuns: 250 },
  )
})

test('a rule that an edit leaves alone stays the same object, also in one long paragraph', () => {
  const memo = createCompileMemo()
  const text = (edition: number) =>
    Array.from({ length: 60 }, (_, i) => `User:u${i === 30 ? 1_000 + edition : i} can view documents.`).join('\n')
  const before = compileText(text(1), vocabulary, { memo }).rules
  const after = compileText(text(2), vocabulary, { memo }).rules
  assert.equal(after.length, 60)
  const changed = after.flatMap(({ rule }, i) => (rule === before[i]?.rule ? [] : [i]))
  assert.deepEqual(changed, [30])
})

test('a changed definition changes the rules that use it', () => {
  const memo = createCompileMemo()
  const read = (hours: string) =>
    compileText(`Night hours are ${hours}.\nNobody can view documents during night hours.`, vocabulary, { memo })
  const [one, other] = [read('9pm to 5am'), read('10pm to 5am')]
  assert.notDeepEqual(one.rules[0]?.rule, other.rules[0]?.rule)
  assert.deepEqual(read('9pm to 5am'), one)
})
