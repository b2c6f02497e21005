import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ModelProblem, outlineOf, parseModel } from '../../src/relations/model.ts'
import { dsl, modelOf } from './harness.ts'

const problemsOf = (text: string): readonly ModelProblem[] => {
  const parsed = parseModel(text)
  assert.equal(parsed.ok, false, 'the model was accepted')
  return parsed.ok ? [] : parsed.problems
}

const refused: readonly { name: string; text: string; at: readonly [number, number]; says: RegExp }[] = [
  { name: 'nothing', text: '', at: [1, 1], says: /mismatched input/ },
  { name: 'no model header', text: 'garbage', at: [1, 1], says: /mismatched input `garbage`/ },
  { name: 'an unfinished or', text: dsl('type doc', 'define a: [user] or'), at: [6, 24], says: /mismatched input/ },
  {
    name: 'an unknown type',
    text: dsl('type doc', 'define a: [robot]'),
    at: [6, 16],
    says: /`robot` is not a valid type/,
  },
  { name: 'an unknown relation', text: dsl('type doc', 'define a: nope'), at: [6, 15], says: /`nope` does not exist/ },
  { name: 'no way in', text: dsl('type doc', 'define a: [doc#a]'), at: [6, 12], says: /`a`/ },
  {
    name: 'a circle of computed relations',
    text: dsl('type doc', 'define a: [user] or b', 'define b: [user] or a'),
    at: [6, 12],
    says: /computed from itself/,
  },
  {
    name: 'from a rewritten relation',
    text: dsl('type doc', 'define p: [doc] or q', 'define q: [doc]', 'define a: [user] or a from p'),
    at: [8, 32],
    says: /direct/,
  },
  {
    name: 'from a wildcard',
    text: dsl('type doc', 'define p: [doc:*]', 'define a: [user] or a from p'),
    at: [7, 32],
    says: /direct|plain/,
  },
  {
    name: 'from a set',
    text: dsl('type doc', 'define p: [doc#a]', 'define a: [user] or a from p'),
    at: [7, 32],
    says: /direct|plain/,
  },
  {
    name: 'from a type without it',
    text: dsl('type doc', 'define p: [user]', 'define a: [user] or a from p'),
    at: [7, 25],
    says: /./,
  },
  { name: 'an undefined condition', text: dsl('type doc', 'define a: [user with c]'), at: [6, 26], says: /c/ },
  { name: 'a reserved name', text: dsl('type doc', 'define __proto__: [user]'), at: [6, 12], says: /reserved/ },
  {
    name: 'deep parentheses',
    text: dsl('type doc', `define a: ${'('.repeat(5000)}`),
    at: [6, 47],
    says: /32 parentheses/,
  },
  {
    name: 'mixed operators',
    text: dsl('type doc', 'define b: [user]', 'define a: [user] or b and b'),
    at: [7, 26],
    says: /./,
  },
]

for (const { name, text, at, says } of refused) {
  test(`a model is refused for ${name}`, () => {
    const [first] = problemsOf(text)
    assert.match(first?.message ?? '', says)
    assert.deepEqual([first?.line, first?.column], at, first?.message)
  })
}

test('all problems are told, in order, and at most 100', () => {
  const found = problemsOf(dsl('type doc', 'define a: nope', 'define b: [robot]', 'define c: zip'))
  assert.deepEqual(
    found.map(p => p.line),
    [6, 7, 8],
  )
  const many = Array.from({ length: 200 }, (_, i) => `define r${i}: nope${i}`)
  assert.equal(problemsOf(dsl('type doc', ...many)).length, 100)
})

test('a model has limits', () => {
  const types = (count: number): string => dsl(...Array.from({ length: count }, (_, i) => `type t${i}`))
  assert.equal(parseModel(types(99)).ok, true)
  assert.match(problemsOf(types(100))[0]?.message ?? '', /at most 100, this one has 101/)
  assert.match(problemsOf(`${types(1)}\n${'# x\n'.repeat(70_000)}`)[0]?.message ?? '', /at most 262144 bytes/)
})

test('a tangled model is read in bounded time', () => {
  const tangle = (inner: string): string =>
    dsl(
      ...Array.from({ length: 16 }, (_, i) => [
        `type t${i}`,
        `define m: [${Array.from({ length: 16 }, (_, j) => `t${j}#m`).join(', ')}${i === 0 ? inner : ''}]`,
      ]).flat(),
    )
  const start = performance.now()
  assert.equal(parseModel(tangle(', user')).ok, true)
  assert.match(problemsOf(tangle(''))[0]?.message ?? '', /nobody can ever hold `m`/)
  assert.ok(performance.now() - start < 5000)
})

test('a condition on a followed relation is accepted', () => {
  const text = `${dsl('type folder', 'define viewer: [user]', 'type doc', 'define parent: [folder with c]', 'define viewer: viewer from parent')}
condition c(x: int) {
  x < 3
}
`
  const parsed = parseModel(text)
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.model.conditions.get('c'), {
    name: 'c',
    parameters: [{ name: 'x', type: 'int' }],
    expression: 'x < 3',
  })
})

test('holders follow every rewrite', () => {
  const model = modelOf(
    dsl(
      'type bot',
      'type team',
      'define member: [user, bot, team#member]',
      'type doc',
      'define shared: [team]',
      'define owner: [user]',
      'define viewer: [user:*] or member from shared',
      'define both: owner and viewer',
      'define rest: viewer but not owner',
      'define set: [team#member]',
    ),
  )
  const doc = outlineOf(model).types.find(t => t.name === 'doc')
  const holders = Object.fromEntries(doc?.relations.map(r => [r.name, r.holders.join(' ')]) ?? [])
  assert.deepEqual(holders, {
    shared: 'team',
    owner: 'user',
    viewer: 'user bot',
    both: 'user',
    rest: 'user bot',
    set: 'user bot',
  })
  const viewer = doc?.relations.find(r => r.name === 'viewer')
  assert.deepEqual(viewer?.assignable, [{ type: 'user', relation: null, wildcard: true }])
})

const MODELS = join(import.meta.dirname, '../../models')
for (const file of readdirSync(MODELS).filter(f => f.endsWith('.fga'))) {
  test(`models/${file} is a model`, () => {
    const parsed = parseModel(readFileSync(join(MODELS, file), 'utf8'))
    assert.deepEqual(parsed.ok ? [] : parsed.problems, [])
  })
}

test('any text is read or refused', () => {
  const sound = readFileSync(join(MODELS, 'documents.fga'), 'utf8')
  const pieces = fc.constantFrom(
    '#',
    '[',
    ']',
    '(',
    ')',
    ' or ',
    ' and ',
    ' but not ',
    ' from ',
    ':',
    '*',
    '\n',
    ' with ',
    'type ',
    'define ',
    '\u0000',
    'é',
    '{',
    '}',
    'condition c(x: int) {\n',
    'extend ',
    'module m\n',
    '',
  )
  const edit = fc.tuple(fc.nat(sound.length), fc.nat(12), pieces)
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), edits => {
      const text = edits.reduce((all, [at, drop, put]) => all.slice(0, at) + put + all.slice(at + drop), sound)
      const parsed = parseModel(text)
      if (parsed.ok) return
      assert.ok(parsed.problems.length > 0, text)
      for (const p of parsed.problems) assert.ok(p.line > 0 && p.column > 0 && p.message !== '', text)
    }),
    { numRuns: 1000, seed: 20260721 },
  )
})
