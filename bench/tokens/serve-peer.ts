import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { freePort } from '../http/children.ts'
import { type Clients, RESOURCE, SCOPES } from './cases.ts'

/** oidc-provider, which is a Koa application, with its store in memory and two clients like ours. */
const port = await freePort()
const issuer = `http://127.0.0.1:${port}`
const scope = SCOPES.join(' ')
const common = {
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  scope,
  id_token_signed_response_alg: 'EdDSA',
} as const
const secret = 'secret-of-bot-0123456789abcdefghijklmnopqrstuvwxyz'
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const key = { ...publicKey.export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig', kid: 'key' }
const own = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
const provider = new Provider(issuer, {
  clients: [
    { ...common, client_id: 'bot', client_secret: secret, token_endpoint_auth_method: 'client_secret_post' },
    {
      ...common,
      client_id: 'keyed',
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'EdDSA',
      jwks: { keys: [key] },
    },
  ],
  scopes: [...SCOPES],
  cookies: { keys: ['not used by the token endpoint'] },
  jwks: { keys: [{ ...own, kty: 'OKP', alg: 'EdDSA', use: 'sig', kid: 'own' }] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope,
        audience: RESOURCE,
        accessTokenTTL: 300,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'EdDSA' } },
      }),
    },
  },
  enabledJWA: { clientAuthSigningAlgValues: ['EdDSA'] },
})
const clients: Clients = {
  port,
  path: '/token',
  issuer,
  secretId: 'bot',
  secret,
  keyId: 'keyed',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}
const server = createServer(provider.callback())
server.keepAliveTimeout = 65_000
server.listen(port, '127.0.0.1', () => process.send?.(clients))
process.on('disconnect', () => process.exit())
