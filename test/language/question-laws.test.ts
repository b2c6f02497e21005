import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileQuestion } from '../../src/language/question.ts'
import { parseDecimal } from '../../src/lib/decimal.ts'
import type { Ask, AskedResource, Sought, Stated } from '../../src/policy/ask.ts'
import type { ResourcePhrase, SubjectPhrase } from '../../src/policy/ast.ts'
import { COUNTRIES } from '../../src/policy/countries.ts'
import type { Entity } from '../../src/policy/entity.ts'
import { printAsk } from '../../src/policy/print-question.ts'
import { ASKER, NOW, questionVocabulary, ZONE } from './question-vocabulary.ts'

const vocabulary = questionVocabulary()
const compile = (text: string) => compileQuestion(text, vocabulary, { asker: ASKER, now: NOW, zone: ZONE })

const id = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/),
  fc.constantFrom('alice@acme.com', 'a.b/c', 'Q3 Plan', 'x"y', 'ends.', "o'neil", '2026', 'ünï', 'what?', 'a\\b'),
)
const entity = (...types: readonly string[]): fc.Arbitrary<Entity> =>
  fc.tuple(fc.constantFrom(...types), id).map(([type, i]) => ({ type, id: i }))
const actor = entity('user', 'agent', 'service')
const unique = fc.uniqueArray(actor, { minLength: 1, maxLength: 3, selector: e => `${e.type}:${e.id}` })
const action = fc.constantFrom(
  ...[
    'view',
    'edit',
    'read',
    'release',
    'summarize',
    'canRead',
    'reads',
    'editing',
    'can',
    'to',
    'why',
    'a b',
    'tomorrow',
  ],
  ...['search-web', 's3.get', 'do', 'allowed', 'on', 'Sunday', 'next', 'permission', 'list', 'check', 'show', 'ok'],
)

function stated(name: string, type: Stated['type'], value: fc.Arbitrary<Stated['value']>): fc.Arbitrary<Stated> {
  return value.map(v => ({ name, type, op: type?.kind === 'list' ? 'contains' : 'eq', value: v }))
}

const decimal = fc
  .tuple(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 12n }), fc.integer({ min: 0, max: 3 }))
  .map(([units, scale]) => parseDecimal(`${units}e-${scale}`))
  .filter(value => value !== null)
const text = fc.oneof(fc.string({ maxLength: 10, unit: 'grapheme' }), fc.constantFrom('a "b"', 'x?', 'on Sunday', ''))

/** Values of every attribute that a type of the vocabulary has. */
const given = (type: string): readonly fc.Arbitrary<Stated>[] =>
  (vocabulary.attributes.get(type) ?? []).flatMap(({ name, type: holds }): fc.Arbitrary<Stated>[] => {
    switch (holds.kind) {
      case 'money':
        return [
          stated(
            name,
            holds,
            decimal.map(amount => ({ kind: 'money', amount, currency: holds.currency })),
          ),
        ]
      case 'number':
        return [
          stated(
            name,
            holds,
            decimal.map(number => ({ kind: 'number', number })),
          ),
        ]
      case 'choice':
        return [
          stated(
            name,
            holds,
            fc.constantFrom(...holds.of).map(t => ({ kind: 'text', text: t })),
          ),
        ]
      case 'flag':
        return [
          stated(
            name,
            holds,
            fc.boolean().map(flag => ({ kind: 'flag', flag })),
          ),
        ]
      case 'text':
      case 'list':
        return [
          stated(
            name,
            holds,
            text.map(t => ({ kind: 'text', text: t })),
          ),
        ]
      case 'date':
        return [
          stated(
            name,
            holds,
            fc.constantFrom('2026-03-04', '2030-12-31').map(date => ({ kind: 'date', date })),
          ),
        ]
      default:
        return []
    }
  })

const general: fc.Arbitrary<AskedResource> = fc
  .constantFrom('document', 'payment', 'report', 'salary', 'data', 'folder')
  .chain(type => {
    const all = given(type)
    const some =
      all.length === 0
        ? fc.constant([])
        : fc.subarray([...all], { maxLength: Math.min(3, all.length) }).chain(of => fc.tuple(...of))
    return some.map(values => ({ type, id: null, stated: values }))
  })
const named = entity('document', 'payment', 'tool', 'org').map((e): AskedResource => ({ ...e, stated: [] }))
const thing = fc.oneof(named, general)
const key = (r: AskedResource): string => `${r.type}:${r.id}`
const things = fc.uniqueArray(thing, { minLength: 1, maxLength: 3, selector: key })

const among: fc.Arbitrary<SubjectPhrase> = fc.oneof(
  fc.constant<SubjectPhrase>({ kind: 'anyone' }),
  fc.constantFrom('user', 'agent', 'service').map((type): SubjectPhrase => ({ kind: 'type', type, where: null })),
  entity('team').map((e): SubjectPhrase => ({ kind: 'role', relation: 'member', on: { kind: 'entity', entity: e } })),
)
const among2: fc.Arbitrary<ResourcePhrase> = fc.oneof(
  fc.constant<ResourcePhrase>({ kind: 'anything' }),
  fc.constantFrom('document', 'payment', 'salary').map((type): ResourcePhrase => ({ kind: 'type', type, where: null })),
  entity('team').map(
    (e): ResourcePhrase => ({
      kind: 'type',
      type: 'document',
      where: {
        kind: 'related',
        object: { kind: 'resource' },
        relation: 'shared_with',
        user: { kind: 'entity', entity: e },
      },
    }),
  ),
)

/** Summer and winter, and both sides of the hour that Berlin's clocks show twice. */
const at = fc.option(
  fc.oneof(
    fc.integer({ min: 0, max: 60 * 24 * 365 * 40 }).map(minutes => Date.UTC(1990, 0, 1) + minutes * 60_000),
    fc.integer({ min: -90, max: 90 }).map(minutes => Date.parse('2026-10-25T01:00:00Z') + minutes * 60_000),
  ),
)
const channel = fc
  .constantFrom('mobile', 'web')
  .map((t): Stated => ({ name: 'channel', type: null, op: 'eq', value: { kind: 'text', text: t } }))

const shared = fc.record({
  ip: fc.option(fc.constantFrom('10.1.2.3', '2001:db8::1', '::1')),
  country: fc.option(fc.constantFrom(...COUNTRIES)),
  call: fc.oneof(
    fc.constant([]),
    channel.map(c => [c]),
  ),
  at,
})

const asks: fc.Arbitrary<Ask> = fc
  .record({
    shared,
    who: fc.oneof(
      unique.map(subjects => ({ subjects, actors: [] as readonly Entity[] })),
      fc
        .tuple(actor, fc.array(actor, { minLength: 1, maxLength: 3 }))
        .map(([s, actors]) => ({ subjects: [s], actors })),
    ),
    actions: fc.uniqueArray(action, { minLength: 1, maxLength: 3 }),
    resources: things,
    join: fc.constantFrom('all' as const, 'any' as const),
    explain: fc.boolean(),
    hole: fc.constantFrom(null, null, 'subject', 'resource', 'action'),
    among,
    among2,
    anyResource: fc.boolean(),
  })
  .map(
    ({ shared: rest, who, actions, resources, join, explain, hole, among: whom, among2: what, anyResource }): Ask => {
      const parts = {
        subjects: hole === 'subject' ? [] : who.subjects,
        actors: hole === 'subject' ? [] : who.actors,
        actions: hole === 'action' ? [] : actions,
        resources: hole === 'resource' || (hole === 'action' && anyResource) ? [] : resources,
      }
      const many = [parts.subjects, parts.actions, parts.resources].some(list => list.length > 1)
      const base = { ...parts, join: many ? join : ('all' as const), ...rest }
      if (hole === null) return { kind: 'requests', ...base, explain }
      return { kind: 'search', ...base, sought: soughtOf(hole, whom, what) }
    },
  )

function soughtOf(hole: 'subject' | 'resource' | 'action', whom: SubjectPhrase, what: ResourcePhrase): Sought {
  if (hole === 'action') return { kind: 'action' }
  if (hole === 'resource') {
    const all = [...new Set([...compiledTypes()])].sort()
    return { kind: 'resource', types: what.kind === 'type' ? [what.type] : all, among: what }
  }
  const members = ['user', 'agent']
  const types = whom.kind === 'type' ? [whom.type] : whom.kind === 'role' ? members : ['user', 'agent', 'service']
  return { kind: 'subject', types, among: whom }
}

/** The types that `what can … edit` looks among. */
function compiledTypes(): readonly string[] {
  const { question } = compile('What can Alice edit?')
  return question?.kind === 'search' && question.sought.kind === 'resource' ? question.sought.types : []
}

test('what is printed reads back as the same question', () => {
  fc.assert(
    fc.property(asks, ask => {
      const printed = printAsk(ask, ZONE)
      const { question, diagnostics, canonical } = compile(printed)
      assert.deepEqual(diagnostics, [], printed)
      assert.deepEqual(question, ask, printed)
      assert.equal(canonical, printed)
    }),
    { numRuns: Number(process.env.RUNS ?? 1500), seed: Number(process.env.SEED ?? 20_260_304) },
  )
})

const CASES = resolve(import.meta.dirname, '../cases/language')
const texts = ['questions', 'questions-wrong'].flatMap(name =>
  (JSON.parse(readFileSync(resolve(CASES, `${name}.json`), 'utf8')) as { question: string }[]).map(c => c.question),
)
const words = [...new Set(texts.flatMap(t => t.split(/(\s+|(?=[?,:.]))/)))].filter(w => w !== '')

const mutated = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(
      fc.tuple(
        fc.constantFrom('drop', 'double', 'swap', 'insert', 'letter', 'cut', 'join'),
        fc.nat({ max: 60 }),
        fc.constantFrom(...words, '"', '(', ')', '\u0000', '😀', 'and', 'or', ',', 'not'),
      ),
      { minLength: 1, maxLength: 2 },
    ),
  )
  .map(([source, edits]) => {
    let parts = source.split(' ')
    for (const [kind, n, word] of edits) {
      const i = n % Math.max(1, parts.length)
      if (kind === 'drop') parts.splice(i, 1)
      else if (kind === 'double') parts.splice(i, 0, ...parts.slice(i, i + 3))
      else if (kind === 'swap') parts = [...parts.slice(i), ...parts.slice(0, i)]
      else if (kind === 'insert') parts.splice(i, 0, word)
      else if (kind === 'letter') parts[i] = `${(parts[i] ?? '').slice(1)}${word.slice(0, 1)}`
      else if (kind === 'cut') parts = parts.slice(0, i + 1)
      else parts = [...parts, ...words.slice(n, n + 4)]
    }
    return parts.join(' ')
  })

test('mutated questions are read or refused, and what is read reads back', () => {
  let read = 0
  fc.assert(
    fc.property(mutated, source => {
      const { question, canonical, diagnostics } = compile(source)
      assert.equal(
        question === null,
        diagnostics.some(d => d.severity === 'error'),
        source,
      )
      if (question === null) return
      read += 1
      assert.deepEqual(compile(canonical).question, question, `${source} → ${canonical}`)
    }),
    { numRuns: Number(process.env.MUTANTS ?? 10_000), seed: Number(process.env.SEED ?? 20_260_304) },
  )
  assert.ok(read > 300, String(read))
})

test('a long or tangled question is refused before it costs anything', () => {
  const tails = [
    ' and document:1',
    ' of the team',
    ' for Alice',
    ' on Sunday',
    ' "x"',
    ' in the org',
    ' can',
    ' shared with them',
  ]
  for (const tail of tails) {
    for (const head of ['Can Alice edit document:1', 'Who can', 'Which documents', 'Can users edit documents']) {
      for (const times of [10, 40, 140, 2000]) {
        const { question, diagnostics } = compile(`${head}${tail.repeat(times)}?`)
        assert.ok(question !== null || diagnostics.length > 0)
      }
    }
  }
  for (const word of ['can', 'Alice', 'a', 'the', 'document:1', 'of', ',']) {
    const { question, diagnostics } = compile(`Can ${`${word} `.repeat(100)}?`)
    assert.ok(question !== null || diagnostics.length > 0)
  }
})
