import assert from 'node:assert/strict'
import { makeOrg, startApp } from '../../support/app.ts'
import { freePort } from '../../support/services.ts'
import { KEY, type Target } from './target.ts'

const MODEL = `model
  schema 1.1
type user
type agent
`

/** The service itself with the clients of `Target`; nobody is too often. */
export async function startOurs(): Promise<{ readonly target: Target; close(): Promise<void> }> {
  const port = await freePort()
  const often = { TOKEN_RATE_PER_CLIENT: '100000', TOKEN_RATE_PER_ADDRESS: '100000' }
  const app = await startApp({ PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}`, ...often })
  await makeOrg(app, 'acme', MODEL, '')
  const create = async (slug: string, more: object = {}) => {
    const body = { name: slug, slug, capabilities: ['read:documents', 'write:documents'], ...more }
    const made = await app.send('POST', '/orgs/acme/api/v1/admin/agents', { body })
    assert.equal(made.status, 201, made.text)
    return { id: String(made.json.data.id), secret: String(made.json.data.clientSecret) }
  }
  const bot = await create('bot')
  const jwk = { ...KEY.publicKey.export({ format: 'jwk' }), kid: 'key' }
  const { issuer, token_endpoint } = (await app.send('GET', '/orgs/acme/api/v1/.well-known/oauth-authorization-server'))
    .json
  return {
    target: {
      issuer,
      tokenEndpoint: token_endpoint,
      secretClient: bot,
      otherClient: await create('other'),
      basicId: bot.id,
      keyClient: await create('key', { identityType: 'private_key_jwt', jwks: { keys: [jwk] } }),
    },
    close: () => app.close(),
  }
}
