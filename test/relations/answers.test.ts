import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Truth } from '../../src/policy/question.ts'
import { skipWithout, startOpenfga } from '../support/services.ts'
import { check, dsl, entity, graphOf, modelOf, tupleOf, userOf } from './harness.ts'
import { type Asking, peerOf, type Verdict } from './openfga.ts'

const openfga = await startOpenfga()
after(() => (openfga.kind === 'running' ? openfga.stop() : undefined))

/** What the server says of the same. */
async function theirs(model: string, tuples: readonly string[], question: string): Promise<string> {
  if (openfga.kind !== 'running') return 'not asked'
  const [object = '', relation = '', user = ''] = question.split(' ')
  const of = userOf(user)
  if (of.kind === 'some' || of.kind === 'holder') assert.fail(user)
  const one: Asking = { object: entity(object), relation, user: of, context: {}, contextual: [] }
  const peer = await peerOf(openfga.url, modelOf(model), tuples.map(tupleOf))
  const said: Verdict = (await peer?.check([one]))?.[0] ?? { error: 'the model is refused' }
  return typeof said === 'object' ? 'error' : said
}

const low = '\ncondition low(x: int) {\n  x < 3\n}\n'

/** Which answer wins, by the truth of the two sides; the other way round where it may be put so. */
const WINS: Readonly<Record<'or' | 'and' | 'but not', Readonly<Record<string, Truth>>>> = {
  or: { tt: 'yes', tf: 'yes', te: 'yes', ff: 'no', fe: 'unknown', ee: 'unknown' },
  and: { tt: 'yes', tf: 'no', te: 'unknown', ff: 'no', fe: 'no', ee: 'unknown' },
  'but not': {
    ...{ tt: 'no', tf: 'yes', te: 'unknown', ft: 'no', ff: 'no' },
    ...{ fe: 'no', et: 'no', ef: 'unknown', ee: 'unknown' },
  },
}

for (const [operator, rows] of Object.entries(WINS)) {
  for (const [sides, truth] of Object.entries(rows)) {
    for (const [a, b] of operator === 'but not' ? [[...sides]] : [[...sides], [...sides].reverse()]) {
      test(`${a} ${operator} ${b} is ${truth}`, { skip: skipWithout(openfga) }, async () => {
        const model =
          dsl(
            'type doc',
            'define t: [user]',
            'define f: [user]',
            'define e: [user with low]',
            'define t2: [user]',
            'define f2: [user]',
            'define e2: [user with low]',
            `define answer: ${a} ${operator} ${b}2`,
          ) + low
        const tuples = ['t', 't2'].map(r => `doc:1 ${r} user:ann`)
        tuples.push('doc:1 e user:ann with low', 'doc:1 e2 user:ann with low')
        for (const stored of [tuples, [...tuples].reverse()]) {
          const found = check(graphOf(model, ...stored), 'doc:1 answer user:ann', { context: {} })
          assert.equal(found.truth, truth)
          if (truth === 'unknown') assert.equal(found.why, 'condition `low` lacks `x` in the context')
        }
        const said = await theirs(model, tuples, 'doc:1 answer user:ann')
        assert.equal(said, truth === 'unknown' ? 'error' : truth)
      })
    }
  }
}

test('every error is told, in one order, whichever branch meets it first', () => {
  const both = '\ncondition low(x: int) {\n  x < 3\n}\ncondition high(y: int) {\n  y > 3\n}\n'
  for (const rewrite of ['a or b', 'b or a', 'a and b', 'b and a']) {
    const model =
      dsl('type doc', 'define a: [user with low]', 'define b: [user with high]', `define c: ${rewrite}`) + both
    const graph = graphOf(model, 'doc:1 a user:ann with low', 'doc:1 b user:ann with high')
    const { why } = check(graph, 'doc:1 c user:ann', { context: {} })
    assert.equal(why, 'condition `high` lacks `y` in the context; condition `low` lacks `x` in the context')
  }
})

/** Questions whose answers two resolvers of one server differ in: shape, ours, and that of the deployed one. */
const SHAPES: readonly {
  readonly name: string
  readonly model: string
  readonly tuples: readonly string[]
  readonly asks: readonly (readonly [question: string, truth: Truth])[]
}[] = [
  {
    name: 'shape 1: `member from home`, where rooms have no `member`',
    model: dsl(
      ...['type team', 'define member: [user]', 'type room', 'define open: [user]', 'type doc'],
      ...['define home: [team, room]', 'define reader: member from home'],
    ),
    tuples: [
      'doc:1 home room:a',
      'room:a open user:ann',
      'doc:2 home room:a',
      'doc:2 home team:t',
      'team:t member user:ann',
    ],
    asks: [
      ['doc:1 reader user:ann', 'no'],
      ['doc:2 reader user:ann', 'yes'],
    ],
  },
  {
    name: 'shape 2: recursion through a gate',
    model: dsl('type team', 'define barred: [user]', 'define member: [user, team#member] but not barred'),
    tuples: [
      'team:a member team:b#member',
      'team:b member user:ann',
      'team:b member user:bob',
      'team:a barred user:bob',
      'team:b member user:cat',
      'team:b barred user:cat',
    ],
    asks: [
      ['team:a member user:ann', 'yes'],
      ['team:a member user:bob', 'no'],
      ['team:a member user:cat', 'no'],
    ],
  },
  {
    name: 'shape 3: a set and everyone, asked where a `but not` is reached',
    model: dsl(
      ...['type team', 'define member: [user]', 'type doc', 'define barred: [user, team#member]'],
      ...['define viewer: [user, user:*, team#member] but not barred'],
    ),
    tuples: [
      'doc:1 viewer team:a#member',
      'doc:1 viewer team:b#member',
      'doc:1 barred team:b#member',
      'team:a member user:ann',
      'doc:1 barred user:ann',
      'doc:1 viewer user:*',
    ],
    asks: [
      ['doc:1 viewer team:a#member', 'yes'],
      ['doc:1 viewer team:b#member', 'no'],
      ['doc:1 viewer user:*', 'yes'],
      ['doc:1 viewer user:ann', 'no'],
    ],
  },
  {
    name: 'shape 4: an alias is followed',
    model: dsl(
      'type hall',
      'define visitor: [user]',
      'define guest: visitor',
      'type doc',
      'define viewer: [hall#guest]',
    ),
    tuples: ['doc:1 viewer hall:a#guest'],
    asks: [
      ['doc:1 viewer hall:a#guest', 'yes'],
      ['doc:1 viewer hall:a#visitor', 'yes'],
      ['doc:1 viewer hall:b#visitor', 'no'],
    ],
  },
  {
    name: 'shape 5: a set holds itself, by any name',
    model: dsl(
      'type doc',
      'define parent: [doc]',
      'define viewer: [user, doc#viewer]',
      'define reader: viewer',
      'define above: viewer from parent',
    ),
    tuples: ['doc:1 parent doc:2'],
    asks: [
      ['doc:1 viewer doc:1#viewer', 'yes'],
      ['doc:1 reader doc:1#viewer', 'yes'],
      ['doc:1 above doc:2#viewer', 'yes'],
      ['doc:1 viewer doc:2#viewer', 'no'],
    ],
  },
  {
    name: 'everyone: of one type, no sets, and asked as such',
    model: dsl(
      'type bot',
      'type team',
      'define member: [user]',
      'type doc',
      'define viewer: [user, user:*, bot, team#member]',
      'define bots: [bot:*]',
    ),
    tuples: ['doc:1 viewer user:*', 'doc:2 viewer user:ann', 'doc:2 viewer user:bob', 'doc:1 bots bot:*'],
    asks: [
      ['doc:1 viewer user:zoe', 'yes'],
      ['doc:1 viewer user:*', 'yes'],
      ['doc:2 viewer user:*', 'no'],
      ['doc:1 viewer team:x#member', 'no'],
      ['doc:1 viewer bot:x', 'no'],
      ['doc:1 bots user:ann', 'no'],
      ['doc:1 bots team:x#member', 'no'],
    ],
  },
  {
    name: 'what is stored for a condition comes before what is asked, and one that fails hides none that holds',
    model:
      dsl('type team', 'define member: [user]', 'type doc', 'define viewer: [user with low, team#member with low]') +
      low,
    tuples: [
      'doc:1 viewer user:ann with low {"x":9}',
      'doc:1 viewer user:bob with low {"x":1}',
      'doc:1 viewer team:a#member with low {"x":"2"}',
      'team:a member user:cat',
      'doc:2 viewer user:ann with low',
    ],
    asks: [
      ['doc:1 viewer user:ann', 'no'],
      ['doc:1 viewer user:bob', 'yes'],
      ['doc:1 viewer user:cat', 'yes'],
      ['doc:2 viewer user:ann', 'unknown'],
    ],
  },
]

for (const { name, model, tuples, asks } of SHAPES) {
  test(name, { skip: skipWithout(openfga) }, async () => {
    for (const [question, truth] of asks) {
      for (const stored of [tuples, [...tuples].reverse()]) {
        assert.equal(check(graphOf(model, ...stored), question, { context: {} }).truth, truth, question)
      }
      const said = await theirs(model, tuples, question)
      assert.equal(said, truth === 'unknown' ? 'error' : truth, `the server, of ${question}`)
    }
  })
}
