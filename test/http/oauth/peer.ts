import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { KEY, type Target } from './target.ts'

const SCOPES = 'read:documents write:documents'

/** oidc-provider, certified and unchanged, with clients like ours: what a careful server says to the same requests. */
export async function startPeer(): Promise<{ readonly target: Target; close(): Promise<void> }> {
  const server: Server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const secret = (id: string) => ({ id, secret: `secret-of-${id}-0123456789abcdefghijklmnop` })
  const [secretClient, otherClient] = [secret('bot'), secret('other')]
  const common = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [], scope: SCOPES }
  const key = { ...KEY.publicKey.export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig', kid: 'key' }
  const provider = new Provider(issuer, {
    clients: [
      {
        ...common,
        client_id: secretClient.id,
        client_secret: secretClient.secret,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...common,
        client_id: otherClient.id,
        client_secret: otherClient.secret,
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        ...common,
        client_id: 'basic',
        client_secret: secretClient.secret,
        token_endpoint_auth_method: 'client_secret_basic',
      },
      {
        ...common,
        client_id: 'key',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'EdDSA',
        jwks: { keys: [key] },
      },
    ],
    scopes: SCOPES.split(' '),
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: unknownResource },
    },
    enabledJWA: { clientAuthSigningAlgValues: ['EdDSA', 'ES256', 'RS256'] },
  })
  // What it logs and renders of its own is none of the test's concern.
  provider.on('server_error', () => undefined)
  server.on('request', provider.callback())
  return {
    target: {
      issuer,
      tokenEndpoint: `${issuer}/token`,
      secretClient,
      otherClient,
      basicId: 'basic',
      keyClient: { id: 'key' },
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}

async function unknownResource(): Promise<never> {
  const { errors } = await import('oidc-provider')
  throw new errors.InvalidTarget()
}
