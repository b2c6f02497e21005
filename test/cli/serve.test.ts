import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { cli, run, type Served, scratch, serve } from './harness.ts'

/** The lines of a banner that are ready to paste, by the comment above each. */
function pasteable(banner: string): ReadonlyMap<string, string> {
  const lines = banner.split('\n')
  return new Map(
    lines.flatMap((line, i) => (line.startsWith('# ') ? [[line.slice(2), lines[i + 1] ?? ''] as const] : [])),
  )
}

async function paste(banner: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  let said = ''
  for (const [says, line] of pasteable(banner)) {
    const { code, out, err } = await run('bash', ['-c', line], { env })
    assert.deepEqual({ code, err }, { code: 0, err: '' }, line)
    const effect = out.startsWith('{') ? (JSON.parse(out).context.effect as string) : out.split('\n')[0]
    assert.equal(effect, says.startsWith('allowed') ? 'allow' : 'deny', says)
    said += `${says}\n${out}`
  }
  return said
}

describe('a service with a directory', () => {
  // The name has what a shell would take apart.
  const dir = join(scratch(), "it's data")
  let first: Served

  before(async () => {
    first = await serve({ DATA_DIR: dir })
  })

  test('the first start shows its key, and lines to paste that give what they say', async () => {
    const key = /Admin key: (lmk_\S+) \(shown this once, kept in (.*)\)\n/.exec(first.banner)
    assert.equal(key?.[2], join(dir, 'admin-key'))
    assert.equal(statSync(join(dir, 'admin-key')).mode & 0o777, 0o600)
    assert.ok(
      !first.banner.slice(key.index + key[0].length).includes(key[1] ?? ''),
      'the lines read the key from its file',
    )
    assert.equal(pasteable(first.banner).size, 5)
    const said = await paste(first.banner)
    assert.match(said, /on a Wednesday\n.*Alice can edit docs shared with her team, weekdays only/)
    assert.match(said, /on a Sunday.*\n.*today is Sunday/)
    assert.match(said, /frank.*\n.*Only approvers in the finance org can release payments over \$10k/)
    assert.match(said, /outside the corporate network\ndeny\n[\s\S]*203\.0\.113\.9[\s\S]*10\.0\.0\.0\/8/)
  })

  test('check and explain ask a server', async () => {
    const { out } = await run('cat', [join(dir, 'admin-key')])
    const server = ['--url', first.url, '--org', 'acme-corp', '--time', '2026-03-08T10:00:00+01:00']
    const question = ['--subject', 'user:alice', '--action', 'edit', '--resource', 'document:roadmap']
    const env = { LUMOAUTH_KEY: out.trim() }
    const [check, json, tree, fiona, badKey, noOrg, noId] = await Promise.all([
      cli(['check', ...question, ...server], { env }),
      cli(['check', ...question, ...server, '--json'], { env }),
      cli(['explain', ...question, ...server], { env }),
      cli(['check', '--subject', 'user:fiona', '--action', 'release', '--resource', 'payment:inv-100', ...server], {
        env,
      }),
      cli(['check', ...question, ...server, '--key', 'wrong']),
      cli(['check', ...question, '--url', first.url, '--org', 'nobody'], { env }),
      cli(['check', '--subject', 'user:alice', '--action', 'edit', '--resource', 'document', ...server], { env }),
    ])
    assert.equal(check.code, 1)
    assert.match(check.out, /^deny\n[\s\S]*today is Sunday/)
    assert.equal(JSON.parse(json.out).context.effect, 'deny')
    assert.equal(tree.code, 1)
    assert.match(tree.out, /✓ team:eng#member@user:alice/)
    assert.equal(fiona.code, 0)
    for (const [ran, says] of [
      [badKey, / 401: /],
      [noOrg, / 404: .*`nobody`/],
      [noId, / 400: .*resource/],
    ] as const) {
      assert.equal(ran.code, 2)
      assert.match(ran.err, says)
    }
  })

  test('a second process is refused the directory, in one line', async () => {
    const { code, out, err } = await cli(['serve'], { env: { DATA_DIR: dir, PORT: '0' } })
    assert.deepEqual({ code, out }, { code: 1, out: '' })
    assert.match(err, /^lumoauth: .*in use by another process.*\n$/)
  })

  test('after kill -9 the next start has the same key and the same answers', async () => {
    assert.equal(await first.end('SIGKILL'), 'SIGKILL')
    const second = await serve({ DATA_DIR: dir })
    assert.match(second.banner, /Admin key: kept in /)
    assert.ok(!second.banner.includes('lmk_'))
    await paste(second.banner)
    assert.equal(await second.end('SIGTERM'), 0)
  })

  test('migrate finds the database as the service left it', async () => {
    const { code, out } = await cli(['migrate'], { env: { DATA_DIR: dir } })
    assert.deepEqual({ code, out }, { code: 0, out: 'the database is up to date\n' })
  })
})

test('a key of the environment is not shown, and the lines read it from there', async () => {
  const key = 'of-the-environment-0123456789abcdef'
  const served = await serve({ DATA_DIR: 'memory', LUMOAUTH_ADMIN_KEY: key, LOG_LEVEL: 'info' })
  assert.match(served.banner, /Admin key: the value of LUMOAUTH_ADMIN_KEY\n/)
  await paste(served.banner, { LUMOAUTH_ADMIN_KEY: key })
  assert.equal(await served.end('SIGINT'), 0)
  assert.ok(!served.output().includes(key))
})

test('a second signal does not wait', async () => {
  const served = await serve({ DATA_DIR: 'memory' })
  const key = /Admin key: (\S+) \(made for this run, kept nowhere\)/.exec(served.banner)?.[1] ?? ''
  // A request whose body never comes keeps the service from ending gracefully.
  const open = fetch(`${served.url}/orgs/acme-corp/access/v1/evaluation`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: new ReadableStream({ start: control => control.enqueue(new TextEncoder().encode('{')) }),
    duplex: 'half',
  } as RequestInit).catch(() => undefined)
  await new Promise(later => setTimeout(later, 300))
  void served.end('SIGTERM')
  // What npm repeats at once does not count.
  void served.end('SIGTERM')
  await new Promise(later => setTimeout(later, 600))
  const asked = Date.now()
  assert.equal(await served.end('SIGTERM'), 1)
  assert.ok(Date.now() - asked < 2_000)
  await open
})

test('a start that fails is one line and exit code 1', async () => {
  const holder = createServer().listen(0, '127.0.0.1')
  await new Promise(listening => holder.once('listening', listening))
  const { port } = holder.address() as AddressInfo
  const file = join(scratch(), 'file')
  writeFileSync(file, '')
  const wrong: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ PORT: 'eighty' }, /wrong settings: PORT: expected a port/],
    [{ LLM_BASE_URL: 'http://user:pass@x' }, /^lumoauth: wrong settings: LLM_BASE_URL: expected a URL without user/],
    [{ LLM_BASE_URL: 'ftp://x' }, /LLM_BASE_URL: expected a URL that starts with http/],
    [{ LLM_BASE_URL: 'http://x' }, /wrong settings: LLM_MODEL: expected one, as LLM_BASE_URL is set/],
    [{ LLM_MODEL: 'x' }, /wrong settings: LLM_BASE_URL: expected one, as LLM_MODEL is set/],
    [{ LLM_API_KEY: 'of two words' }, /LLM_API_KEY: expected printable characters without spaces\n$/],
    [{ LLM_TIMEOUT_MS: '5' }, /LLM_TIMEOUT_MS: expected a whole number, 100 to 600000/],
    [{ LUMOAUTH_ADMIN_KEY: 'short-secret' }, /LUMOAUTH_ADMIN_KEY: expected 32 to 512/],
    [{ DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x' }, /the database cannot be reached.*ECONNREFUSED/],
    [{ DATA_DIR: join(file, 'below') }, /ENOTDIR/],
    [{ DATA_DIR: 'memory', PORT: String(port) }, new RegExp(`port ${port} of 127.0.0.1 is in use`)],
  ]
  for (const [env, says] of wrong) {
    const { code, out, err } = await cli(['serve'], { env })
    assert.deepEqual({ code, out }, { code: 1, out: '' }, err)
    assert.match(err, says)
    assert.match(err, /^lumoauth: [^\n]+\n$/)
    assert.doesNotMatch(err, /hidden|short-secret/)
  }
  holder.close()
})

test('migrate says how many migrations it applied', async () => {
  const env = { DATA_DIR: scratch() }
  const [first, memory] = [await cli(['migrate'], { env }), await cli(['migrate'], { env: { DATA_DIR: 'memory' } })]
  assert.equal(first.code, 0, first.err)
  assert.match(first.out, /^applied [1-9]\d* migrations?\n$/)
  assert.equal(memory.code, 1)
  assert.match(memory.err, /nothing to migrate/)
})
