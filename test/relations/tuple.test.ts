import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTuple, printUser, type TupleProblem, validateTuple } from '../../src/relations/tuple.ts'
import { dsl, modelOf } from './harness.ts'

const model = modelOf(
  `${dsl('type team', 'define member: [user, team#member]', 'type doc', 'define parent: [doc]', 'define viewer: [user, user:* with c, team#member with c]', 'define owner: [user with c]', 'define reader: viewer', 'define same: [doc#same, user, user with d]')}
condition c(x: int, y: string) {
  x < 3
}
condition d(x: int) {
  x < 3
}
`,
)

type Row = readonly [
  object: string,
  relation: string,
  user: string,
  code: TupleProblem['code'] | null,
  condition?: string,
]

const rows: readonly Row[] = [
  ['doc:1', 'viewer', 'user:ann', null],
  ['doc:1', 'viewer', 'user:a|b@c*+/', null],
  ['doc:1@2', 'viewer', 'user:é\u00a0x', null],
  ['doc:1', 'viewer', 'user:ann', 'not_accepted', 'c'],
  ['doc:1', 'viewer', 'user:*', 'not_accepted'],
  ['doc:1', 'viewer', 'user:*', null, 'c'],
  ['doc:1', 'viewer', 'user:*', 'not_accepted', 'd'],
  ['doc:1', 'viewer', 'team:t#member', null, 'c'],
  ['doc:1', 'viewer', 'team:t#member', 'not_accepted'],
  ['doc:1', 'viewer', 'team:t', 'not_accepted'],
  ['doc:1', 'owner', 'user:ann', 'not_accepted'],
  ['doc:1', 'owner', 'user:ann', null, 'c'],
  ['doc:1', 'reader', 'user:ann', 'not_accepted'],
  ['doc:1', 'same', 'doc:1#same', 'implicit'],
  ['doc:1', 'same', 'doc:2#same', null],
  ['doc:*', 'viewer', 'user:ann', 'malformed'],
  ['doc:', 'viewer', 'user:ann', 'malformed'],
  [':1', 'viewer', 'user:ann', 'malformed'],
  ['doc:1:2', 'viewer', 'user:ann', 'malformed'],
  ['doc:1#x', 'viewer', 'user:ann', 'malformed'],
  ['doc:1 2', 'viewer', 'user:ann', 'malformed'],
  ['doc:1\u0000', 'viewer', 'user:ann', 'malformed'],
  ['doc:1\u0085', 'viewer', 'user:ann', 'malformed'],
  ['doc:\ud800', 'viewer', 'user:ann', 'malformed'],
  ['doc:1', 'vie wer', 'user:ann', 'malformed'],
  ['doc:1', '', 'user:ann', 'malformed'],
  ['doc:1', 'viewer', '*', 'malformed'],
  ['doc:1', 'viewer', 'ann', 'malformed'],
  ['doc:1', 'viewer', 'user:ann\n', 'malformed'],
  ['doc:1', 'viewer', 'team:*#member', 'malformed'],
  ['doc:1', 'viewer', 'team:a#b#c', 'malformed'],
  ['doc:1', 'viewer', 'team:a#', 'malformed'],
  ['car:1', 'viewer', 'user:ann', 'type_not_found'],
  ['doc:1', 'viewer', 'car:1', 'type_not_found'],
  ['doc:1', 'driver', 'user:ann', 'relation_not_found'],
  ['doc:1', 'viewer', 'team:a#driver', 'relation_not_found'],
  [`doc:${'x'.repeat(252)}`, 'viewer', 'user:ann', null],
  [`doc:${'x'.repeat(253)}`, 'viewer', 'user:ann', 'too_long'],
  ['doc:1', 'viewer', `user:${'x'.repeat(507)}`, null],
  ['doc:1', 'viewer', `user:${'x'.repeat(508)}`, 'too_long'],
  ['doc:1', 'viewer', `user:${'é'.repeat(254)}`, 'too_long'],
  ['doc:1', 'v'.repeat(51), 'user:ann', 'too_long'],
]

for (const [object, relation, user, code, condition] of rows) {
  const text = `${object.slice(0, 40)} ${relation.slice(0, 40)} ${user.slice(0, 40)}${condition ? ` with ${condition}` : ''}`
  test(`${JSON.stringify(text)} is ${code ?? 'taken'}`, () => {
    const tuple = {
      object,
      relation,
      user,
      condition: condition === undefined ? null : { name: condition, context: {} },
    }
    assert.equal(validateTuple(model, tuple)?.code ?? null, code)
    const parsed = parseTuple(tuple)
    if (code === 'malformed') assert.equal(parsed, null)
    else if (parsed !== null) assert.equal(printUser(parsed.user), user)
  })
}

test('a stored context holds only parameters of its condition, and is not too large', () => {
  const withContext = (context: Record<string, string>) =>
    validateTuple(model, { object: 'doc:1', relation: 'owner', user: 'user:ann', condition: { name: 'c', context } })
  assert.equal(withContext({ y: 'fine' }), null)
  assert.match(withContext({ z: 'x' })?.message ?? '', /`z` is not a parameter of `c`/)
  assert.equal(withContext({ y: 'a\u0000' })?.code, 'malformed')
  assert.equal(withContext({ y: 'x'.repeat(33_000) })?.code, 'too_long')
})

test('a message says what would be taken', () => {
  const problem = validateTuple(model, { object: 'doc:1', relation: 'viewer', user: 'team:t', condition: null })
  assert.equal(
    problem?.message,
    '`doc#viewer` does not take `team:t`, it takes [user, user:* with c, team#member with c]',
  )
})
