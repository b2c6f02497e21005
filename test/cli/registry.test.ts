import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cli, scratch, serve } from './harness.ts'

const KEY = 'cli-registry-key-0123456789abcdef0123'

test('identities are managed from the command line', async () => {
  const served = await serve({ DATA_DIR: 'memory', LUMOAUTH_ADMIN_KEY: KEY })
  const at = ['--url', served.url, '--org', 'acme-corp']
  const run = (...args: readonly string[]) => cli([...args, ...at], { env: { LUMOAUTH_KEY: KEY } })
  const good = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await run(...args)
    assert.equal(code, 0, `${args.join(' ')}: ${out}${err}`)
    return out
  }
  const made = await good(
    'agents',
    'create',
    'Research Bot',
    '--capabilities',
    'read:documents,a:b',
    '--owner',
    'user:ann',
  )
  assert.match(made, /^agent +research-bot \(Research Bot\)$/m)
  assert.match(made, /^capabilities +read:documents, a:b$/m)
  assert.match(made, /secret, shown this once:\n {2}lms_[A-Za-z0-9_-]{43}\n$/)
  const jwks = join(scratch(), 'jwks.json')
  const key = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  writeFileSync(jwks, JSON.stringify({ keys: [key] }))
  assert.match(await good('agents', 'create', 'Keyed', '--jwks', jwks), /^proves +private_key_jwt$/m)
  assert.match(
    await good('agents', 'list', '--search', 'research'),
    /^research-bot +active +client_credentials +user:ann/m,
  )
  const json = JSON.parse(await good('agents', 'show', 'research-bot', '--json'))
  assert.equal(json.data.slug, 'research-bot')
  const budget = '{"max_tokens_per_day":5}'
  assert.match(
    await good('agents', 'update', 'research-bot', '--budget', budget, '--lifetime', '600'),
    /max_tokens_per_day/,
  )
  const policy = '{"max_tokens_per_day":7}'
  assert.match(await good('budgets', 'set-agent', 'research-bot', '--policy', policy), /tokens +day +0 +0 +7/)
  assert.match(await good('budgets', 'agent', 'research-bot'), /^state +ok$/m)
  assert.match(await good('budgets', 'reset-agent', 'research-bot', '--reason', 'new'), /agent:research-bot was reset/)
  assert.match(await good('budgets', 'set', 'team:eng', '--policy', policy), /^budget +team:eng$/m)
  assert.match(await good('budgets', 'list'), /team:eng +tokens +day/)
  assert.match(await good('budgets', 'topup', 'team:eng', '--meter', 'tokens', '--amount', '3'), /topped up/)
  assert.match(await good('budgets', 'remove', 'team:eng'), /removed/)
  assert.match(await good('agents', 'suspend', 'research-bot', '--reason', 'too eager'), /research-bot is suspended/)
  assert.match(await good('agents', 'show', 'research-bot'), /^status +suspended: too eager$/m)
  assert.match(await good('agents', 'resume', 'research-bot'), /is active/)
  assert.match(
    await good('agents', 'rotate', 'research-bot', '--overlap', '60'),
    /new secret: cred_\w+\n\nsecret, shown/,
  )
  assert.match(await good('agents', 'capabilities', 'research-bot', '--set', 'a:b'), /^capabilities +a:b$/m)
  assert.match(await good('agents', 'capabilities', 'research-bot', '--set', 'none'), /^none$/m)
  assert.match(await good('agents', 'history', 'research-bot'), /key:bootstrap +tokens ended: suspend: too eager/)
  assert.match(await good('agents', 'revoke', 'research-bot'), /is revoked/)
  const refused = await run('agents', 'resume', 'research-bot')
  assert.deepEqual([refused.code, refused.out], [2, ''])
  assert.match(refused.err, /answered 409: `research-bot` is revoked/)

  await good('users', 'create', 'ann', '--email', 'ann@acme.com', '--attributes', '{"department":"finance"}')
  assert.match(await good('users', 'update', 'ann', '--groups', 'ops,dev'), /^groups +ops, dev$/m)
  assert.match(await good('users', 'list', '--group', 'ops'), /^ann +active +ann@acme\.com +ops, dev$/m)
  const broken = await run('users', 'update', 'ann', '--attributes', '{')
  assert.match(broken.err, /--attributes: expected JSON/)

  assert.match(await good('services', 'create', 'Billing API', '--identity', 'api_key'), /lmk_svc_acme-corp_/)
  assert.match(await good('services', 'disable', 'billing-api'), /billing-api is inactive/)
  const tools = 'pay=invoices:pay,list=invoices:read'
  const server = await good(
    'mcp',
    'create',
    'Invoices',
    '--resource',
    'urn:mcp:invoices',
    '--tools',
    tools,
    '--agents',
    'none',
  )
  assert.match(server, /^scopes +invoices:pay, invoices:read$/m)
  assert.match(await good('mcp', 'update', 'invoices', '--agents', 'keyed'), /^agents +keyed$/m)
  assert.match((await run('mcp', 'update', 'invoices', '--tools', 'pay')).err, /`pay` names no scope/)
  assert.equal(await served.end('SIGTERM'), 0)
})
