import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Served, scratch, serve } from '../cli/harness.ts'
import { ADMIN_KEY, sendTo } from '../support/app.ts'
import { assertionClaims, dpopProof, keyPair, signed } from '../support/oauth.ts'

const PUBLIC_URL = 'http://127.0.0.1:1'
const ENDPOINT = '/orgs/acme-corp/api/v1/oauth/token'

const form = (url: string, params: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
  sendTo(url, 'POST', ENDPOINT, {
    key: null,
    raw: new URLSearchParams({ grant_type: 'client_credentials', ...params }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })

test('no assertion and no proof counts twice, however the service ends, and a client that signs anew never notices', async t => {
  const dir = join(scratch(), 'data')
  const start = (): Promise<Served> => serve({ DATA_DIR: dir, LUMOAUTH_ADMIN_KEY: ADMIN_KEY, PUBLIC_URL })
  let served = await start()
  t.after(() => served.end('SIGKILL'))

  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const jwks = { keys: [publicKey.export({ format: 'jwk' })] }
  const made = await sendTo(served.url, 'POST', '/orgs/acme-corp/api/v1/admin/agents', {
    body: { name: 'Keyed', jwks, capabilities: ['read:documents'] },
  })
  assert.equal(made.status, 201, made.text)
  const { id } = made.json.data
  const issuer = `${PUBLIC_URL}/orgs/acme-corp/api/v1`

  const assertion = (more: object = {}, key: KeyObject = privateKey): string =>
    signed({ alg: 'EdDSA', privateKey: key }, { typ: 'JWT' }, assertionClaims(id, issuer, more))
  const put = async (text: string): Promise<number> => {
    const got = await form(served.url, {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: text,
    })
    return got.status
  }
  const holder = keyPair('EdDSA')
  const proof = (): string =>
    dpopProof(holder, 'POST', `${issuer}/oauth/token`, null, { claims: { jti: randomUUID() } })
  const prove = async (text: string): Promise<number> => {
    const got = await form(
      served.url,
      {
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion(),
      },
      { dpop: text },
    )
    return got.status
  }

  const used: string[] = []
  const proofs: string[] = []
  const use = async (count: number): Promise<void> => {
    const some = Array.from({ length: count }, (_, n) => assertion(n % 5 === 4 ? { iat: undefined } : {}))
    assert.deepEqual(new Set(await Promise.all(some.map(put))), new Set([200]))
    const shown = Array.from({ length: 3 }, proof)
    for (const one of shown) assert.equal(await prove(one), 200)
    used.push(...some)
    proofs.push(...shown)
  }
  const refused = async (): Promise<void> => {
    assert.deepEqual(new Set(await Promise.all(used.map(put))), new Set([401]))
    for (const one of proofs) assert.equal(await prove(one), 400)
  }

  await use(20)
  await refused()
  for (const signal of ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    const unsent = assertion()
    await use(20)
    await served.end(signal)
    served = await start()
    assert.equal(await put(assertion()), 200, `a fresh one after ${signal}`)
    await refused()
    // Of what a killed process may have noted nobody knows; what a process that stopped has noted is known.
    assert.equal(await put(unsent), signal === 'SIGKILL' ? 401 : 200)
    used.push(unsent)
  }

  const same = assertion()
  const all = await Promise.all(Array.from({ length: 40 }, () => put(same)))
  assert.equal(all.filter(status => status === 200).length, 1)
})
