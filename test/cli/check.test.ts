import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../support/services.ts'
import { cli, scratch } from './harness.ts'

const FILES = [
  ...['--model', 'models/acme.fga', '--policy', 'examples/acme/acme.policy', '--facts', 'examples/acme/facts.json'],
  ...['--zone', 'Europe/Berlin', '--org', 'acme-corp'],
]
const WEDNESDAY = ['--time', '2026-03-04T10:00:00+01:00']
const SUNDAY = ['--time', '2026-03-08T10:00:00+01:00']

const ask = (subject: string, action: string, resource: string): readonly string[] => [
  '--subject',
  subject,
  '--action',
  action,
  '--resource',
  resource,
]

const CASES: readonly {
  readonly name: string
  readonly args: readonly string[]
  readonly code: number
  readonly says: RegExp
}[] = [
  {
    name: 'allowed',
    args: [...ask('user:alice', 'edit', 'document:roadmap'), ...WEDNESDAY],
    code: 0,
    says: /^allow\n {2}because permit: Alice can edit docs shared with her team, weekdays only/,
  },
  {
    name: 'denied for the day',
    args: [...ask('user:alice', 'edit', 'document:roadmap'), ...SUNDAY],
    code: 1,
    says: /^deny\n[\s\S]*missing .*Sunday/,
  },
  {
    name: 'denied for the address',
    args: [...ask('user:bob', 'edit', 'document:roadmap'), ...WEDNESDAY, '--ip', '203.0.113.9'],
    code: 1,
    says: /^deny\n[\s\S]*203\.0\.113\.9/,
  },
  {
    name: 'allowed from an address within the context',
    args: [...ask('user:bob', 'edit', 'document:roadmap'), ...WEDNESDAY, '--context', '{"ip":"10.1.2.3"}'],
    code: 0,
    says: /^allow\n/,
  },
  {
    name: 'denied, by the sentence',
    args: ask('user:frank', 'release', 'payment:inv-100'),
    code: 1,
    says: /because forbid: Only approvers in the finance org can release payments over \$10k/,
  },
  {
    name: 'by what the caller says of the resource',
    args: [...ask('user:fiona', 'release', 'payment:new'), '--resource-properties', '{"amount":12000}'],
    code: 0,
    says: /^allow\n/,
  },
  { name: 'an approval', args: ask('agent:research-bot', 'delete', 'data:logs'), code: 3, says: /^escalate\n/ },
  {
    name: 'through an agent',
    args: [...ask('user:alice', 'edit', 'document:roadmap'), ...WEDNESDAY, '--actor', 'agent:research-bot'],
    code: 1,
    says: /because forbid: Agents cannot do anything beyond their capabilities/,
  },
]

for (const { name, args, code, says } of CASES) {
  test(`check by files: ${name}`, async () => {
    const ran = await cli(['check', ...args, ...FILES])
    assert.deepEqual({ code: ran.code, err: ran.err }, { code, err: '' })
    assert.match(ran.out, says)
  })
}

test('check --json answers as the service does', async () => {
  const { code, out } = await cli([
    'check',
    ...ask('user:alice', 'edit', 'document:roadmap'),
    ...SUNDAY,
    ...FILES,
    '--json',
  ])
  assert.equal(code, 1)
  const { decision, context } = JSON.parse(out)
  assert.deepEqual([decision, context.effect, context.valid_until], [false, 'deny', '2026-03-08T23:00:00.000Z'])
})

test('explain by files draws the tree, down to the tuples', async () => {
  const asked = [...ask('user:bob', 'edit', 'document:roadmap'), ...WEDNESDAY, '--ip', '203.0.113.9', ...FILES]
  const [tree, json] = await Promise.all([cli(['explain', ...asked]), cli(['explain', ...asked, '--json'])])
  assert.equal(tree.code, 1)
  for (const says of [/203\.0\.113\.9/, /corporate network/, /10\.0\.0\.0\/8/, /✓ team:eng#member@user:bob/]) {
    assert.match(tree.out, says)
  }
  assert.equal(json.code, 1)
  const { decision, trace, request } = JSON.parse(json.out)
  assert.deepEqual([decision, trace[0].kind, request.at], [false, 'link', '2026-03-04T09:00:00.000Z'])
})

test('what cannot be asked says what was expected, exit code 2', async () => {
  const dir = scratch()
  const facts = join(dir, 'facts.json')
  const shape = join(dir, 'shape.json')
  const policy = join(dir, 'bad.policy')
  writeFileSync(facts, JSON.stringify({ tuples: ['document:1#ownr@user:alice'] }))
  writeFileSync(shape, JSON.stringify({ tuples: ['document:1'], atributes: {} }))
  writeFileSync(policy, 'Alice can edit documnts.\n')
  const question = ask('user:alice', 'edit', 'document:1')
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [question, /name what to ask/],
    [[...question, ...FILES, '--url', 'http://127.0.0.1:1'], /not both/],
    [[...ask('alice', 'edit', 'document:1'), ...FILES], /--subject: `alice` is no entity/],
    [[...question, ...FILES, '--context', '[1]'], /--context: expected a JSON object/],
    [[...question, ...FILES, '--context', '{'], /--context: not JSON/],
    [[...question, ...FILES, '--time', 'noon'], /must be an instant/],
    [[...question, '--model', 'models/acme.fga', '--facts', facts], /ownr/],
    [[...question, '--model', 'models/acme.fga', '--facts', shape], /tuples\.0: expected a tuple[\s\S]*atributes/],
    [[...question, '--model', 'models/acme.fga', '--policy', policy], /bad\.policy:1:16: error/],
    [[...question, '--url', 'http://127.0.0.1:1'], /LUMOAUTH_KEY/],
    [[...question, '--url', `http://127.0.0.1:${await freePort()}`, '--key', 'k'], /does not answer: .*ECONNREFUSED/],
  ]
  for (const [args, says] of wrong) {
    const { code, out, err } = await cli(['check', ...args])
    assert.deepEqual({ code, out }, { code: 2, out: '' }, err)
    assert.match(err, says)
  }
})
