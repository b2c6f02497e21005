import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli, scratch, serve } from './harness.ts'

const KEY = 'cli-audit-key-0123456789abcdef0123456'

test('the record is read, verified and taken away from the command line, and an export proves itself', async () => {
  const served = await serve({ DATA_DIR: scratch(), LUMOAUTH_ADMIN_KEY: KEY })
  const at = ['--url', served.url, '--org', 'acme-corp']
  const run = (...args: readonly string[]) => cli(args, { env: { LUMOAUTH_KEY: KEY } })
  const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
  const logs = `${served.url}/orgs/acme-corp/api/v1/admin/audit-logs`
  const signed = (await (await fetch(`${logs}/checkpoints`, { method: 'POST', headers })).json()) as {
    data: { jws: string }
  }
  const listed = await run('audit', 'list', '--action', 'policy.published', ...at)
  assert.equal(listed.code, 0, listed.err)
  assert.match(listed.out, /policy\.published {2}\S+ published policy:1/)
  const whole = await run('audit', 'verify', ...at)
  assert.equal(whole.code, 0, whole.out + whole.err)
  assert.match(whole.out, /nothing was found/)
  const file = join(scratch(), 'audit.jsonl')
  const kept = join(scratch(), 'kept.jws')
  writeFileSync(kept, `${signed.data.jws}\n`)
  assert.equal((await run('audit', 'export', '--output', file, ...at)).code, 0)
  const good = await run('audit', 'verify', '--from-export', file, '--checkpoint', kept)
  assert.equal(good.code, 0, good.out + good.err)
  const text = readFileSync(file, 'utf8')
  const lines = text.trimEnd().split('\n')
  const bad = join(scratch(), 'bad.jsonl')
  writeFileSync(bad, text.replace('"policy.published"', '"policy.publishes"'))
  const found = await run('audit', 'verify', '--from-export', bad)
  assert.equal(found.code, 1)
  assert.match(found.out, /^seq \d+ {2}event: it is not what was hashed$/m)
  // The end is cut off, and the line that says where it is with it.
  writeFileSync(bad, `${lines.filter(line => !/^\{"(?:event|decisions|checkpoint)/.test(line)).join('\n')}\n`)
  assert.equal((await run('audit', 'verify', '--from-export', bad, '--checkpoint', kept)).code, 1)
  writeFileSync(bad, 'nothing')
  const none = await run('audit', 'verify', '--from-export', bad)
  assert.deepEqual([none.code, /line 1: expected JSON/.test(none.err)], [2, true])
  assert.equal((await run('audit', 'verify')).code, 2)
  await served.end('SIGTERM')
})
