import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type org
  relations
    define approver: [user]
type document
  relations
    define owner: [user]
type payment
`

const POLICY = `# Payments
A payment has an amount in USD and a status of draft or paid.
Users can read documents owned by them.
Only approvers can release payments over $10.50.
`

describe('authoring', () => {
  let app: App
  before(async () => {
    app = await startApp()
    await makeOrg(app, 'initech', MODEL, POLICY)
  })
  after(() => app.close())

  const at = (path: string) => `/orgs/initech/api/v1/admin/policies${path}`

  test('the AST that check answers fits the published schema, and prints as the canonical sentence', async () => {
    const schema = (await app.send('GET', '/schemas/policy-ast.json', { key: null })).json
    const fits = new Ajv2020({ strict: false }).compile(schema)
    const checked = await app.send('POST', at('/check'), { body: { text: POLICY } })
    const { sentences } = checked.json.data
    assert.equal(sentences.length, 3)
    for (const { ast } of sentences) assert.ok(fits(ast), JSON.stringify(ast))
    assert.ok(!fits({ ...sentences[1].ast, effect: 'allow' }))
    const ast = sentences.map((s: { ast: object }) => s.ast)
    const printed = await app.send('POST', at('/print'), { body: { ast } })
    assert.equal(printed.status, 200, printed.text)
    assert.deepEqual(
      printed.json.data,
      sentences.map((s: { canonical: string }) => ({ text: s.canonical, same: true, diagnostics: [], read_as: null })),
    )
  })

  test('a text is put into its canonical form, as JSON and as text', async () => {
    const text = '# Reading\nusers may read documents   owned by them\nGremlins can.\n'
    const got = await app.send('POST', at('/format'), { body: { text } })
    const formatted = '# Reading\nUsers can read documents owned by them.\nGremlins can.\n'
    assert.deepEqual([got.json.data.text, got.json.data.changed], [formatted, true], got.text)
    assert.equal(got.json.data.diagnostics[0].span.line, 3)
    const plain = { 'content-type': 'text/plain', accept: 'text/plain' }
    assert.equal((await app.send('POST', at('/format'), { raw: text, headers: plain })).text, formatted)
  })

  test('an AST that its sentence does not lead back to is told apart', async () => {
    const ghost = { kind: 'type', type: 'ghost', where: null }
    const rule = {
      kind: 'rule',
      effect: 'permit',
      subject: ghost,
      actions: ['haunt'],
      resource: { kind: 'anything' },
      condition: null,
      approver: null,
    }
    const untyped = {
      ...rule,
      subject: { kind: 'anyone' },
      resource: {
        kind: 'type',
        type: 'payment',
        where: {
          kind: 'compare',
          left: { kind: 'attribute', of: 'resource', name: 'amount', type: null },
          op: 'gt',
          right: { kind: 'money', amount: '7', currency: 'USD' },
        },
      },
    }
    const got = await app.send('POST', at('/print'), { body: { ast: [rule, untyped] } })
    assert.equal(got.status, 200, got.text)
    const [first, second] = got.json.data
    assert.equal(first.same, false)
    assert.ok(first.diagnostics.length > 0, got.text)
    assert.equal(second.same, false)
    assert.match(second.read_as, /payments/)
  })

  const bad: readonly [string, unknown][] = [
    ['none', []],
    ['a node of an unknown kind', [{ kind: 'spell' }]],
    ['a number that is no text', [{ kind: 'synonym', word: 'docs', means: 7 }]],
    ['a member there is none of', [{ kind: 'type', type: 'document', colour: 'red' }]],
    ['nesting without end', [{ kind: 'group', name: 'a', type: 'user', where: nested(40) }]],
  ]
  for (const [what, ast] of bad) {
    test(`an AST with ${what} is a clear 400`, async () => {
      const got = await app.send('POST', at('/print'), { body: { ast } })
      assert.equal(got.status, 400, got.text)
      assert.ok(got.json.message.length > 10)
    })
  }

  const draft = 'Users can read documents owned by them, on weekdays.\nOnly approvers can pay payments.'
  const given = { tuples: ['document:1#owner@user:ann', 'org:initech#approver@user:bob'] }
  const askRead = { name: 'owners read', subject: 'user:ann', action: 'read', resource: 'document:1' }

  test('a draft is tested on given facts alone: answers, traces and coverage', async () => {
    const tests = [
      { ...askRead, at: '2026-03-04 10:00', expect: 'allow', because: 'owned by them' },
      { ...askRead, name: 'not on Sundays', at: '2026-03-08T10:00:00Z', expect: 'allow' },
      { ...askRead, name: 'when', expect: 'allow' },
      { name: 'pay', subjects: ['user:ann', 'user:bob'], action: 'pay', resource: 'payment:1', expect: 'deny' },
    ]
    const got = await app.send('POST', at('/test'), { body: { text: draft, given, tests } })
    assert.equal(got.status, 200, got.text)
    const { results, passed, failed, coverage } = got.json.data
    assert.deepEqual([passed, failed], [2, 3])
    assert.deepEqual(
      results.map((r: { effect: string }) => r.effect).filter((_: string, i: number) => i !== 2),
      ['allow', 'deny', 'deny', 'allow'],
    )
    assert.equal(results[0].trace, null)
    assert.deepEqual(results[1].problems, ['expected allow, got deny'])
    assert.match(JSON.stringify(results[1].trace), /weekdays[^}]*"truth":"no"/)
    assert.equal(results[4].name, 'pay (user:bob pay payment:1)')
    assert.equal(coverage.rules_covered, 2)
    const [read, pay] = coverage.by_rule
    assert.deepEqual([read.span.line, pay.span.line], [1, 2])
    const onWeekdays = read.clauses.find((c: { text: string }) => /weekdays/.test(c.text))
    assert.ok(onWeekdays.held >= 1 && onWeekdays.failed >= 1, JSON.stringify(read))
    assert.deepEqual(
      pay.clauses.map((c: { held: number; failed: number }) => [c.held, c.failed]),
      [
        [1, 1],
        [1, 1],
      ],
    )
    assert.equal(coverage.percent, 83)
  })

  test('what is tested decides nothing, and tests see nothing that is stored', async () => {
    await app.send('POST', '/orgs/initech/api/v1/admin/tuples', {
      body: { writes: [{ object: 'document:1', relation: 'owner', user: 'user:zoe' }] },
    })
    const tests = [{ ...askRead, subject: 'user:zoe', at: '2026-03-04 10:00', expect: 'deny' }]
    const got = await app.send('POST', at('/test'), { body: { text: draft, tests } })
    assert.equal(got.json.data.failed, 0, got.text)
    assert.equal((await app.send('GET', at('/current'))).json.data.text, POLICY)
  })

  const refused: readonly [string, object, number, RegExp][] = [
    ['no tests', { text: draft, tests: [] }, 400, /tests/],
    ['a draft with errors', { text: 'Gremlins can.', tests: [{ ...askRead, expect: 'deny' }] }, 422, /errors/],
    ['a draft there is none of', { draft_id: 'x', tests: [{ ...askRead, expect: 'deny' }] }, 404, /draft/],
    [
      'a tuple the model does not take',
      { text: draft, given: { tuples: ['document:1#ghost@user:a'] }, tests: [{ ...askRead, expect: 'deny' }] },
      400,
      /ghost/,
    ],
    ['a member there is none of', { text: draft, tests: [{ ...askRead, expect: 'deny', wish: 1 }] }, 400, /wish/],
    ['a time that is none', { text: draft, tests: [{ ...askRead, expect: 'deny', at: 'noon' }] }, 400, /no time/],
    [
      'more questions than one call may ask',
      {
        text: draft,
        tests: [{ name: 'x', subjects: many('user'), actions: many('a'), resource: 'document', expect: 'deny' }],
      },
      400,
      /at most/,
    ],
  ]
  for (const [what, body, status, says] of refused) {
    test(`tests with ${what} are a clear ${status}`, async () => {
      const got = await app.send('POST', at('/test'), { body })
      assert.equal(got.status, status, got.text)
      assert.match(got.json.message, says)
    })
  }

  test('a key that may not read policies prints none', async () => {
    const key = await keyOf(app, 'initech', 'checker')
    const got = await app.send('POST', at('/print'), { key, body: { ast: [{ kind: 'type', type: 'document' }] } })
    assert.equal(got.status, 403, got.text)
  })
})

function many(type: string): readonly string[] {
  return Array.from({ length: 100 }, (_, i) => `${type}:${i}`)
}

function nested(depth: number): object {
  return depth === 0 ? { kind: 'covered' } : { kind: 'not', of: nested(depth - 1) }
}
