import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileText, MAX_DIAGNOSTICS, MAX_TEXT } from '../../src/language/compile.ts'
import { renderDiagnostics } from '../../src/language/diagnostics.ts'
import { printStatement } from '../../src/policy/print.ts'
import { emptyVocabulary } from '../../src/policy/vocabulary.ts'
import { golden } from './golden.ts'
import { DEFINITIONS, MODEL, testVocabulary } from './vocabulary.ts'

const vocabulary = testVocabulary()
const rulesOf = (text: string): readonly string[] =>
  compileText(text, vocabulary).rules.map(r => printStatement(r.rule))

test('definitions hold wherever they stand in the text', () => {
  const text =
    'Interns cannot view memos.\nMemos are papers. Papers are resources.\nInterns are senior users.\nA user has a rank of junior or senior.'
  const { rules, definitions, diagnostics } = compileText(text, emptyVocabulary(MODEL, 'UTC'))
  assert.deepEqual(diagnostics, [])
  assert.equal(definitions.length, 4)
  assert.deepEqual(
    rules.map(r => printStatement(r.rule)),
    ['Interns cannot view papers.'],
  )
})

test('definitions print as what they define', () => {
  const first = compileText(DEFINITIONS, emptyVocabulary(MODEL, 'Europe/Berlin'))
  const printed = first.definitions.map(d => printStatement(d.definition)).join('\n')
  const second = compileText(printed, emptyVocabulary(MODEL, 'Europe/Berlin'))
  assert.deepEqual(second.diagnostics, [])
  assert.deepEqual(
    second.definitions.map(d => d.definition),
    first.definitions.map(d => d.definition),
  )
  assert.deepEqual(second.vocabulary, first.vocabulary)
})

const SPLITS: readonly (readonly [string, number])[] = [
  ['', 0],
  ['# a remark\n## A heading\n\n', 0],
  ['Users can view documents. Agents can view documents.', 2],
  ['Users can view documents.\r\nAgents can view documents.\r\n', 2],
  ['Users can view documents # and so on. And more\nAgents can view documents', 2],
  ['Users can view documents\n  on weekdays,\n  from 10.0.0.0/8.\nAgents can view documents', 2],
  ['  Users can view documents\n  Agents can view documents', 2],
  ['Users can view documents whose name is "a. b # c". Agents can view documents', 2],
  [
    'user:alice@acme.com can view document:1. alice@acme.com can view document:a.b from 10.0.0.0/8. Agents can view documents.',
    3,
  ],
  ['Users can release payments over $1.5m. Users can view documents whose owner_count is over 1.5.', 2],
  ['* Users can view documents\n* Agents can view documents', 2],
]

test('a text is cut where sentences end', () => {
  for (const [text, count] of SPLITS) {
    const { rules, diagnostics } = compileText(text, vocabulary)
    assert.deepEqual(diagnostics, [], text)
    assert.equal(rules.length, count, text)
  }
})

test('a rule knows where it stands, and its id does not depend on how it is put', () => {
  const text =
    '# first\nOnly   approvers in the finance org\n  can release payments over $10k. Agents can view documents.'
  const [first, second] = compileText(text, vocabulary, { file: 'a.policy' }).rules
  assert.equal(first?.text, 'Only approvers in the finance org can release payments over $10k')
  assert.deepEqual(first?.span, { start: 8, end: 76, line: 2, column: 1 })
  assert.equal(second?.span.line, 3)
  assert.match(first?.id ?? '', /^rule_[0-9a-f]{12}$/)
  const [same] = compileText(
    'only approvers of org:finance can release payments whose amount is over 10,000 USD',
    vocabulary,
  ).rules
  assert.equal(same?.id, first?.id)
  assert.notEqual(second?.id, first?.id)
})

test('every problem is reported, in the order of the text', () => {
  const text =
    'Users can view blorps.\nUsers can view documents.\nThe moon is 10.0.0.0/33.\nUsers can.\nDocs are folders.'
  const { diagnostics, rules } = compileText(text, vocabulary)
  assert.deepEqual(
    diagnostics.map(d => [d.span.line, d.code]),
    [
      [1, 'unknown_type'],
      [3, 'wrong_value'],
      [4, 'syntax'],
      [5, 'conflicting_definition'],
    ],
  )
  assert.equal(rules.length, 1)
})

test('limits hold: text, sentence, words, problems', () => {
  const codes = (text: string): readonly string[] => compileText(text, vocabulary).diagnostics.map(d => d.code)
  assert.deepEqual(codes('a'.repeat(MAX_TEXT + 1)), ['too_long'])
  assert.deepEqual(codes(`Users can view documents ${'x'.repeat(1000)}`), ['too_long'])
  assert.deepEqual(codes(`Users can view ${'a, '.repeat(151)}`), ['too_long'])
  const many = codes('Users can view blorps.\n'.repeat(10_000))
  assert.equal(many.length, MAX_DIAGNOSTICS + 1)
  assert.equal(many[MAX_DIAGNOSTICS], 'too_many')
})

const HARD: readonly string[] = [
  'Users can view blorps over $5',
  `Users can view documents if ${'either on weekdays or '.repeat(30)}`,
  `Users can view documents ${'if (on weekdays '.repeat(35)}`,
  `${'a, '.repeat(70)}can view b`,
  `Users can view ${'documents and folders shared with their team and '.repeat(14)}docs`,
  `Users can view documents if on weekdays${' and on weekdays or on weekends'.repeat(18)}`,
  `Users can view documents${' unless on weekdays, from the corporate network'.repeat(18)}`,
  `Users can view documents with ${'any team with '.repeat(40)}them`,
]

test('ten thousand bad sentences are refused in bounded time', () => {
  for (const [i, bad] of HARD.entries()) {
    const start = performance.now()
    const { diagnostics } = compileText(`${bad}\n`.repeat(i === 0 ? 10_000 : 500).slice(0, MAX_TEXT), vocabulary)
    assert.equal(diagnostics.length, MAX_DIAGNOSTICS + 1, bad)
    assert.ok(performance.now() - start < 15_000, bad)
  }
})

test('no text makes it throw, and every problem lies within the text', () => {
  const good = golden<{ sentence: string; canonical: string }>('sentences', given => given).flatMap(([c]) => [
    c.sentence,
    c.canonical,
  ])
  const words = [...new Set(good.flatMap(text => text.split(' ')))]
  const mutated = fc
    .tuple(
      fc.constantFrom(...good),
      fc.nat(40),
      fc.constantFrom('drop', 'swap', 'insert', 'cut', 'char'),
      fc.constantFrom(...words, '(', ')', ',', '"', "'s", '§', '.'),
    )
    .map(([text, at, how, word]) => {
      const list = text.split(' ')
      const i = at % list.length
      if (how === 'drop') list.splice(i, 1)
      else if (how === 'swap') list.splice(i, 2, ...list.slice(i, i + 2).reverse())
      else if (how === 'insert') list.splice(i, 0, word)
      else if (how === 'cut') list.length = i
      else return text.slice(0, at) + word + text.slice(at)
      return list.join(' ')
    })
  const texts = fc.oneof(
    { weight: 8, arbitrary: mutated },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
  )
  fc.assert(
    fc.property(texts, text => {
      const { rules, definitions, diagnostics } = compileText(text, vocabulary)
      for (const { span } of diagnostics)
        assert.ok(span.start >= 0 && span.start <= span.end && span.end <= text.length + 1, text)
      renderDiagnostics(diagnostics, text)
      if (diagnostics.some(d => d.severity === 'error')) return
      const again = [...rules.map(r => r.rule), ...definitions.map(d => d.definition)]
      for (const statement of again) {
        const back = compileText(printStatement(statement), vocabulary)
        assert.deepEqual(
          [...back.rules.map(r => r.rule), ...back.definitions.map(d => d.definition)],
          [statement],
          text,
        )
      }
    }),
    { numRuns: Number(process.env.RUNS ?? 3000), seed: Number(process.env.SEED ?? 20_260_102) },
  )
})

test('a word in capitals is a name only where it could be nothing else', () => {
  assert.deepEqual(rulesOf('Alice can view documents'), ['user:alice can view documents.'])
  assert.deepEqual(rulesOf('Agents can view documents'), ['Agents can view documents.'])
  for (const text of [
    'Interns can view documents',
    'Staff can view documents',
    'interns can view documents',
    'The Alice can view documents',
  ]) {
    assert.deepEqual(
      compileText(text, vocabulary).diagnostics.map(d => d.code),
      ['unknown_type'],
      text,
    )
  }
})

test('a bare role is one on all that its sentence is about', () => {
  for (const text of ['Managers can view documents and edit articles', 'Managers can edit articles']) {
    assert.deepEqual(
      compileText(text, vocabulary).diagnostics.map(d => d.code),
      ['unknown_relation'],
      text,
    )
  }
})
