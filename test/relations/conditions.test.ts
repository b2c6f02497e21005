import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../src/policy/json.ts'
import { compileCondition, evaluateCondition } from '../../src/relations/conditions.ts'
import { parseModel } from '../../src/relations/model.ts'
import type { ConditionDef, Model } from '../../src/relations/schema.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'

interface Case {
  readonly expression: string
  readonly context?: JsonObject
  readonly answer: 'met' | 'unmet' | 'error' | 'refused'
}

interface Cases {
  readonly parameters: Readonly<Record<string, string>>
  readonly context: JsonObject
  readonly cases: readonly Case[]
}

const file = new URL('../cases/relations/conditions.json', import.meta.url)
const { parameters, context, cases } = JSON.parse(readFileSync(file, 'utf8')) as Cases

const defOf = (expression: string): ConditionDef => {
  const used = Object.entries(parameters).filter(([name]) => new RegExp(`\\b${name}\\b`).test(expression))
  const some = used.length === 0 ? [['f', 'bool'] as const] : used
  return { name: 'cc', parameters: some.map(([name, type]) => ({ name, type })), expression }
}

const modelWith = (...defs: readonly ConditionDef[]): Model => ({
  types: new Map(),
  conditions: new Map(defs.map(d => [d.name, d])),
})

function answerOf({ expression, context: more }: Case): Case['answer'] {
  const def = defOf(expression)
  if (!compileCondition(def).ok) return 'refused'
  const { kind } = evaluateCondition(modelWith(def), 'cc', {}, { ...context, ...more })
  return kind === 'met' || kind === 'unmet' ? kind : 'error'
}

test('a condition comes to what the server says', () => {
  const wrong = cases.map(c => ({ ...c, ours: answerOf(c) })).filter(c => c.ours !== c.answer)
  assert.deepEqual(wrong, [])
  assert.ok(cases.length > 350)
})

const openfga = await startOpenfga()

test('and the server says it', { skip: skipWithout(openfga) }, async () => {
  if (openfga.kind !== 'running') return
  const post = async (path: string, body: unknown) => {
    const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
    const response = await fetch(openfga.url + path, init)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const { id } = (await post('/stores', { name: 'conditions' })).body
  const typed = (type: string): object => {
    const [, outer = type, inner] = /^(\w+)<(\w+)>$/.exec(type) ?? []
    const name = `TYPE_NAME_${outer.toUpperCase()}`
    return inner === undefined ? { type_name: name } : { type_name: name, generic_types: [typed(inner)] }
  }
  const key = { object: 'doc:1', relation: 'viewer', user: 'user:a' }
  const wrong: unknown[] = []
  for (const one of cases) {
    const def = defOf(one.expression)
    const condition = {
      name: 'cc',
      expression: one.expression,
      parameters: Object.fromEntries(def.parameters.map(p => [p.name, typed(p.type)])),
    }
    const doc = {
      type: 'doc',
      relations: { viewer: { this: {} } },
      metadata: { relations: { viewer: { directly_related_user_types: [{ type: 'user', condition: 'cc' }] } } },
    }
    const model = { schema_version: '1.1', type_definitions: [{ type: 'user' }, doc], conditions: { cc: condition } }
    const written = await post(`/stores/${id}/authorization-models`, model)
    if (written.status >= 300) {
      if (one.answer !== 'refused') wrong.push({ one, body: written.body })
      continue
    }
    const checked = await post(`/stores/${id}/check`, {
      authorization_model_id: written.body.authorization_model_id,
      tuple_key: key,
      context: { ...context, ...one.context },
      contextual_tuples: { tuple_keys: [{ ...key, condition: { name: 'cc' } }] },
    })
    const answer = checked.status !== 200 ? 'error' : checked.body.allowed ? 'met' : 'unmet'
    if (answer !== one.answer) wrong.push({ one, body: checked.body })
  }
  await openfga.stop()
  assert.deepEqual(wrong, [])
})

const office: ConditionDef = {
  name: 'office',
  parameters: [
    { name: 'at', type: 'timestamp' },
    { name: 'from', type: 'timestamp' },
    { name: 'long', type: 'duration' },
  ],
  expression: 'at < from + long',
}

test('what is stored overrides the request, and every parameter that lacks is named', () => {
  const model = modelWith({ ...office, name: 'o', expression: 'true' }, office)
  assert.deepEqual(evaluateCondition(model, 'office', {}, { at: '2026-01-01T00:00:00Z' }), {
    kind: 'missing',
    parameters: ['from', 'long'],
    why: 'condition `office` lacks `from`, `long` in the context',
  })
  assert.equal(evaluateCondition(model, 'o', {}, {}).kind, 'missing')
  const stored = { from: '2026-01-01T00:00:00Z', long: '1h' }
  const request = { at: '2026-01-01T00:30:00Z', long: '1s' }
  assert.deepEqual(evaluateCondition(model, 'office', stored, request), { kind: 'met' })
  assert.deepEqual(evaluateCondition(model, 'office', request, stored), { kind: 'unmet' })
  assert.equal(evaluateCondition(model, 'nobody', {}, {}).kind, 'failed')
  assert.equal(
    evaluateCondition(model, 'office', stored, Object.create({ at: '2026-01-01T00:30:00Z' })).kind,
    'missing',
  )
})

test('a model whose condition cannot be evaluated is refused where the condition stands', () => {
  const text = (expression: string): string =>
    `model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define viewer: [user with soon]\ncondition soon(at: timestamp) {\n  ${expression}\n}\n`
  assert.equal(parseModel(text('at < timestamp("2026-01-01T00:00:00Z")')).ok, true)
  const problems = (expression: string) => {
    const parsed = parseModel(text(expression))
    return parsed.ok ? [] : parsed.problems
  }
  assert.deepEqual(problems('at + 1 == at'), [
    { line: 7, column: 11, message: 'condition `soon` cannot be evaluated: `+` does not take (`timestamp`, `int`)' },
  ])
  assert.match(problems('now < at')[0]?.message ?? '', /`now` is not a parameter/)
  assert.match(problems('at.getHours()')[0]?.message ?? '', /must give a bool, not `int`/)
  assert.match(problems('at <')[0]?.message ?? '', /cannot be evaluated/)
})

test('no expression and no context brings the evaluation down', () => {
  const words = [
    'a',
    's',
    'l',
    'm',
    'w',
    '1',
    '"x"',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '.',
    ',',
    ':',
    '?',
    '+',
    '-',
    '<',
    '==',
  ]
  const more = [
    '&&',
    '||',
    '!',
    'in',
    '.exists(x,',
    '.map(x,',
    'has(',
    'int(',
    '.size()',
    'x',
    '1u',
    'null',
    'at',
    'ip',
  ]
  const expression = fc.array(fc.constantFrom(...words, ...more), { maxLength: 14 }).map(parts => parts.join(' '))
  fc.assert(
    fc.property(
      expression,
      fc.dictionary(fc.constantFrom('a', 's', 'l', 'm', 'w', 'at', 'ip'), fc.jsonValue()),
      (e, json) => {
        const def = defOf(e)
        const outcome = evaluateCondition(modelWith(def), 'cc', {}, json as JsonObject)
        assert.ok(['met', 'unmet', 'missing', 'failed'].includes(outcome.kind))
      },
    ),
    { numRuns: 2000 },
  )
})

test('deep nesting and endless loops end in an error', () => {
  const deep = defOf(`${'('.repeat(5000)}true${')'.repeat(5000)}`)
  assert.equal(compileCondition(deep).ok, false)
  const long = defOf('n.all(x, n.all(y, n.all(z, x + y + z >= 0)))')
  const many = { n: Array.from({ length: 10_000 }, (_, i) => i) }
  assert.match(JSON.stringify(evaluateCondition(modelWith(long), 'cc', {}, many)), /costs more than 100/)
})
