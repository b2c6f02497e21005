import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Scripted, startLlm } from '../support/llm.ts'
import { cli, scratch, serve } from './harness.ts'

const FILES = ['--model', 'models/acme.fga', '--policy', 'examples/acme/acme.policy', '--zone', 'Europe/Berlin']
const RULE = 'Users can edit documents shared with their team on weekdays.'
const SECRET = 'sk-secret-of-the-operator'

const says = (rules: readonly string[], cannot: string | null = null) => ({
  kind: 'says' as const,
  text: {
    sentences: [{ from: 1, rules, definitions: [], cannot }],
    examples: [
      {
        from: 1,
        subject: 'user:u',
        action: 'edit',
        resource: 'document:d',
        time: '2026-03-08T10:00:00Z',
        expected: 'deny',
      },
    ],
  },
})

describe('lumoauth translate', () => {
  const wishes = join(scratch(), 'wishes.txt')
  let llm: Scripted
  let env: Readonly<Record<string, string>>
  before(async () => {
    llm = await startLlm()
    env = { LLM_BASE_URL: llm.url, LLM_API_KEY: SECRET, LLM_MODEL: 'tiny', LLM_TIMEOUT_MS: '5000' }
    writeFileSync(wishes, 'People may edit docs shared with their team, weekdays only.\n')
  })
  after(() => llm.close())

  test('by files: sentences, examples, what it took; nothing is kept', async () => {
    llm.script(says([RULE]))
    const { code, out, err } = await cli(['translate', wishes, ...FILES], { env })
    assert.deepEqual({ code, err }, { code: 0, err: '' }, out)
    assert.match(out, /^1\. People may edit docs shared with their team, weekdays only\.\n {5}Users can edit /)
    assert.match(out, /\n {2}ok {4}user:u edit document:d at 2026-03-08T10:00:00Z: deny\n/)
    assert.match(out, /\nready; 1 round with tiny, 120 tokens\n$/)
  })

  test('what is open, wide or steers a terminal is shown as what it is', async () => {
    llm.script(says(['Anyone can do anything.', 'Wolves can howl.'], '\u001b[31mred'))
    const { code, out } = await cli(['translate', wishes, ...FILES], { env })
    assert.equal(code, 1, out)
    assert.match(out, /not translated, says the model: \[31mred\n/)
    assert.match(out, /refused: Wolves can howl\./)
    assert.match(out, /WRONG user:u edit/)
    assert.match(out, /sentence 1: wider than asked: `Anyone can do anything\.` permits anyone/)
    assert.match(out, /\nneeds clarification; 3 rounds/)
  })

  test('a model that is not there is a fault in one line, without the key', async () => {
    llm.script({ kind: 'fails', status: 401, body: { error: { message: SECRET } } })
    const { code, out, err } = await cli(['translate', wishes, ...FILES], { env })
    assert.deepEqual({ code, out }, { code: 2, out: '' })
    assert.match(err, /^lumoauth: the language model refuses our key \(401\)[^\n]*\n$/)
    assert.doesNotMatch(err, /sk-secret/)
  })

  test('by a server: the same, and kept as a draft', async () => {
    const key = 'cli-bootstrap-key-0123456789abcdef'
    const server = await serve({ DATA_DIR: 'memory', LUMOAUTH_ADMIN_KEY: key, ...env })
    llm.script(says([RULE]))
    const at = ['--url', server.url, '--org', 'acme-corp']
    const done = await cli(['translate', wishes, ...at, '--save'], { env: { LUMOAUTH_KEY: key } })
    assert.equal(done.code, 0, done.err)
    assert.match(done.out, /\nkept as draft_\w+; it is not published\n$/)
    const json = await cli(['translate', wishes, ...at, '--json'], { env: { LUMOAUTH_KEY: key } })
    assert.equal(JSON.parse(json.out).text, `${RULE}\n`)
    await server.end('SIGTERM')
    assert.doesNotMatch(server.output(), /sk-secret/)
  })
})
