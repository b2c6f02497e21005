import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli, ROOT, scratch, serve } from './harness.ts'

const MODEL = join(ROOT, 'models', 'acme.fga')
const ACME = join(ROOT, 'examples', 'acme', 'acme.policy')

function file(name: string, text: string): string {
  const path = join(scratch(), name)
  writeFileSync(path, text)
  return path
}

const LOOSE = '# Documents\nusers may view documents   owned by them\n'
const CANONICAL = '# Documents\nUsers can view documents owned by them.\n'

test('format prints, checks or changes files', async () => {
  const path = file('my.policy', LOOSE)
  assert.deepEqual(await cli(['format', path, '--model', MODEL]), { code: 0, out: CANONICAL, err: '' })
  const checked = await cli(['format', path, '--model', MODEL, '--check'])
  assert.deepEqual([checked.code, checked.out], [1, `${path}: not formatted\n`])
  const written = await cli(['format', path, '--model', MODEL, '--write'])
  assert.deepEqual([written.code, written.out], [0, `${path}: formatted\n`])
  assert.equal(readFileSync(path, 'utf8'), CANONICAL)
  assert.deepEqual(await cli(['format', path, '--model', MODEL, '--check']), { code: 0, out: '', err: '' })
  const wrong = await cli(['format', file('wrong.policy', 'Gremlins can.\n'), '--model', MODEL])
  assert.equal(wrong.code, 1)
  assert.match(wrong.out, /wrong\.policy:1:\d+: error: [\s\S]*\nGremlins can\.\n$/)
})

test('what compile tells as JSON, print says in English again', async () => {
  const compiled = await cli(['compile', ACME, '--model', MODEL, '--json'])
  assert.equal(compiled.code, 0, compiled.out)
  const json = file('acme.json', compiled.out)
  const { code, out, err } = await cli(['print', json, '--model', MODEL])
  assert.equal(code, 0, out + err)
  const { sentences } = JSON.parse(compiled.out)
  assert.equal(out, sentences.map((s: { canonical: string }) => `${s.canonical}\n`).join(''))
  const unknown = { kind: 'rule', effect: 'permit', subject: { kind: 'anyone' }, actions: ['fly'] }
  const rest = { resource: { kind: 'type', type: 'kite', where: null }, condition: null, approver: null }
  const other = await cli(['print', file('one.json', JSON.stringify({ ...unknown, ...rest })), '--model', MODEL])
  assert.equal(other.code, 1, other.out)
  assert.match(other.out, /^Anyone can fly kites\.\n.*one\.json:1:\d+: error: `kites`/)
  const broken = await cli(['print', file('bad.json', '{"kind":"rule"}')])
  assert.equal(broken.code, 2)
  assert.match(broken.err, /bad\.json: /)
})

test('diff of files tells in English what changed', async () => {
  const before = file('a.policy', LOOSE)
  const after = file('b.policy', `${CANONICAL}Anyone can view teams.\n`)
  const { code, out } = await cli(['diff', before, after, '--model', MODEL])
  assert.equal(code, 1)
  assert.match(out, /^= users may view documents owned by them\n {2}now, with the same meaning: Users can view/)
  assert.match(out, /\n\+ Anyone can view teams\n$/)
  const none = await cli(['diff', before, before, '--model', MODEL])
  assert.deepEqual([none.code, none.out], [0, 'no difference\n'])
  const broken = await cli(['diff', before, file('c.policy', 'Gremlins can.'), '--model', MODEL])
  assert.equal(broken.code, 2)
  assert.match(broken.err, /c\.policy` has errors\n.*c\.policy:1:/)
})

test('from draft to publish and back, against a server', async () => {
  const key = 'cli-test-key-0123456789abcdef-0123456789'
  const server = await serve({ DATA_DIR: 'memory', LUMOAUTH_ADMIN_KEY: key })
  const env = { LUMOAUTH_KEY: key }
  const on = (...args: string[]) => cli([...args, '--url', server.url, '--org', 'acme-corp'], { env })
  try {
    const text = `${readFileSync(ACME, 'utf8')}\nAnyone can print documents.\n`
    const draft = file('draft.policy', text)
    const denied = ['check', '--subject', 'user:zoe', '--action', 'print', '--resource', 'document:roadmap']
    assert.equal((await on(...denied)).code, 1)
    let impact = await on('impact', draft)
    for (let tries = 0; tries < 20 && impact.code === 0; tries += 1) impact = await on('impact', draft)
    assert.equal(impact.code, 1, impact.out + impact.err)
    assert.match(impact.out, /1 decisions looked at.*compared with version 1\n1 would change: 1 deny → allow\n/)
    assert.match(
      impact.out,
      /\n\+ Anyone can print documents \[rule_\w+\]\n {2}1: .*\n {4}deny → allow {2}may user:zoe print/,
    )
    const published = await on('publish', draft, '--note', 'printing', '--expected-version', '1')
    assert.equal(published.code, 0)
    assert.match(
      published.out,
      /^version 2 is published\n {2}wider: with `Anyone can print documents`, .* can now print /,
    )
    assert.equal((await on(...denied)).code, 0)
    const stale = await on('publish', draft, '--expected-version', '1')
    assert.equal(stale.code, 2)
    assert.match(stale.err, /answered 409: version 1 was expected, but version 2 is published/)
    const refused = await on('publish', file('bad.policy', 'Anyone can print documents.\nGremlins can.'))
    assert.match(refused.err, /answered 422: .*\n {2}2:\d+: /)
    const diff = await on('diff', '1', 'current')
    assert.deepEqual([diff.code, diff.out], [1, '+ Anyone can print documents\n'])
    const back = await on('rollback', '1', '--note', 'no')
    assert.equal(back.code, 0)
    assert.match(back.out, /^version 3 is published\n {2}narrower: .*`Anyone can print documents`/)
    assert.equal((await on(...denied)).code, 1)
    const history = await on('history', '--limit', '2')
    assert.match(
      history.out,
      /^ {3}3 {2}\S+Z {2}key:bootstrap {2}rolled back to version 1: no\n {3}2 {2}\S+Z {2}key:bootstrap {2}printing\n$/,
    )
  } finally {
    await server.end('SIGTERM')
  }
})
