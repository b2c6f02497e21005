import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cli, serve } from './harness.ts'

const FILES = [
  ...['--model', 'models/acme.fga', '--policy', 'examples/acme/acme.policy', '--facts', 'examples/acme/facts.json'],
  ...['--zone', 'Europe/Berlin', '--org', 'acme-corp', '--time', '2026-03-04T10:00:00+01:00'],
]

const CASES: readonly {
  readonly question: string
  readonly more?: readonly string[]
  readonly code: number
  readonly says: RegExp
}[] = [
  {
    question: 'Can Alice edit document:roadmap?',
    code: 0,
    says: /^Can user:alice edit document:roadmap\?\n\nallow\n {2}because permit: Alice can edit docs/,
  },
  {
    question: 'Can I edit document:roadmap on Sunday?',
    more: ['--as', 'user:alice'],
    code: 1,
    says: /`Sunday` is 2026-03-08\n[\s\S]*\n\ndeny\n {2}missing .*Sunday/,
  },
  {
    question: 'Can Bob view and edit document:roadmap from 203.0.113.9?',
    code: 1,
    says: /\n\ndeny\n\nuser:bob view document:roadmap: allow\n[\s\S]*\nuser:bob edit document:roadmap: deny\n/,
  },
  { question: "Why can't Bob edit document:roadmap?", code: 1, says: /✗ user:bob · edit · document:roadmap: deny/ },
  { question: 'Which users can view document:roadmap?', code: 0, says: /\n\nuser:alice\nuser:bob\n$/ },
  { question: 'Who can shred document:roadmap?', code: 1, says: /\n\nnothing that is known\n$/ },
]

for (const { question, more = [], code, says } of CASES) {
  test(`ask of files: ${question}`, async () => {
    const ran = await cli(['ask', question, ...FILES, ...more])
    assert.equal(ran.code, code, ran.out + ran.err)
    assert.match(ran.out, says)
  })
}

test('what is not understood is shown with a caret, and is a no', async () => {
  const { code, err } = await cli(['ask', 'Can Alice edit docments?', ...FILES])
  assert.equal(code, 1)
  assert.match(err, /question:1:16: error: `docments` is not a type.*\n {2}Can Alice edit docments\?\n {17}\^{8}\n/)
})

test('who asks must be an entity, and something must be asked', async () => {
  assert.match(
    (await cli(['ask', 'Can I view document:1?', ...FILES, '--as', 'alice'])).err,
    /--as: `alice` is no entity/,
  )
  const { code, err } = await cli(['ask', 'Can I view document:1?'])
  assert.equal(code, 2)
  assert.match(err, /name what to ask/)
})

test('a server answers as the same files do', async () => {
  const server = await serve({ DATA_DIR: 'memory', LUMOAUTH_ADMIN_KEY: 'test-bootstrap-key-0123456789abcdef' })
  const env = { LUMOAUTH_KEY: 'test-bootstrap-key-0123456789abcdef' }
  const of = ['--url', server.url, '--org', 'acme-corp', '--time', '2026-03-04T10:00:00+01:00', '--json']
  for (const question of ['Can Alice edit document:roadmap?', 'Which documents can Alice view?', 'What can Bob do?']) {
    const here = await cli(['ask', question, ...FILES, '--json'])
    const there = await cli(['ask', question, ...of], { env })
    assert.equal(there.code, here.code, there.err)
    const [a, b] = [JSON.parse(here.out), JSON.parse(there.out)]
    assert.equal(b.understood, a.understood)
    assert.equal(b.decision, a.decision)
    assert.deepEqual(b.results, a.results)
  }
  const refused = await cli(['ask', 'Can Alice edit docments?', ...of], { env })
  assert.equal(refused.code, 2)
  assert.match(refused.err, /422: .*`docments` is not a type this org knows/)
  await server.end('SIGTERM')
})
