import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto'

/** What every token is asked for, of ours and of the peer: a resource and two scopes. */
export const RESOURCE = 'https://api.bench.example'
export const SCOPES = ['read:documents', 'write:documents'] as const

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** Two clients of a token endpoint: one with a secret, one whose key signs assertions. */
export interface Clients {
  readonly port: number
  /** Of the token endpoint. */
  readonly path: string
  readonly issuer: string
  readonly secretId: string
  readonly secret: string
  readonly keyId: string
  /** PKCS #8, PEM. */
  readonly privateKey: string
}

export const METHODS = ['client_secret_post', 'private_key_jwt'] as const
export type Method = (typeof METHODS)[number]

const formOf = (params: Readonly<Record<string, string>>): string => new URLSearchParams(params).toString()

const COMMON = { grant_type: 'client_credentials', scope: SCOPES.join(' '), resource: RESOURCE }

/** As many requests as are to be sent: assertions are signed beforehand, and each is good for one. */
export function bodiesFor(method: Method, clients: Clients, count: number): readonly string[] {
  const { secretId, secret } = clients
  if (method === 'client_secret_post') return [formOf({ ...COMMON, client_id: secretId, client_secret: secret })]
  const key = createPrivateKey(clients.privateKey)
  return Array.from({ length: count }, () =>
    formOf({
      ...COMMON,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf(clients, key),
    }),
  )
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function assertionOf({ keyId, issuer }: Clients, key: KeyObject): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { iss: keyId, sub: keyId, aud: issuer, iat, exp: iat + 240, jti: randomUUID() }
  const signed = `${encoded({ alg: 'EdDSA', kid: 'key', typ: 'JWT' })}.${encoded(claims)}`
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
}
