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

  test('a key that may not read policies prints none', async () => {
    const key = await keyOf(app, 'initech', 'checker')
    const got = await app.send('POST', at('/print'), { key, body: { ast: [{ kind: 'type', type: 'document' }] } })
    assert.equal(got.status, 403, got.text)
  })
})

function nested(depth: number): object {
  return depth === 0 ? { kind: 'covered' } : { kind: 'not', of: nested(depth - 1) }
}
