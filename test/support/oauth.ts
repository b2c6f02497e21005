import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { Agent } from '../../src/agents/agent.ts'
import type { Credential, Service } from '../../src/agents/identity.ts'
import type { Registered } from '../../src/facts/registry.ts'
import { mintSecret } from '../../src/pdp/credentials.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import { type Answered, type App, makeOrg, sendTo } from './app.ts'
import { agentNamed, serviceNamed } from './registered.ts'

export const MODEL = `model
  schema 1.1
type user
type document
  relations
    define owner: [user]
`

/** A new org with nothing but this policy. */
export const orgOf = (app: App, slug: string, policy = 'Users can read documents.'): Promise<void> =>
  makeOrg(app, slug, MODEL, policy)

/** Writes what the registry's API would, without it. */
export async function register(app: App, org: string, ...entries: readonly Registered[]): Promise<void> {
  const { service } = app.running
  const state = await service.orgs.get(org)
  await service.write(
    state,
    entries.map(entry => ({ kind: 'registered', entry, by: 'key:test' }) as const),
  )
}

export interface Registree {
  readonly id: string
  readonly secret: string
}

const credential = (of: Agent | Service, proof: Credential['proof']): Credential => ({
  kind: 'credential',
  id: `cred_${randomUUID()}`,
  of: { kind: of.kind, id: of.id },
  proof,
  createdAt: 0,
  expiresAt: null,
  retiredAt: null,
})

export async function agentWithSecret(
  app: App,
  org: string,
  slug: string,
  more: Partial<Agent> = {},
): Promise<Registree> {
  const agent = agentNamed(slug, more)
  const { text, hash } = mintSecret()
  await register(app, org, agent, credential(agent, { kind: 'secret', hash }))
  return { id: agent.id, secret: text }
}

export async function serviceWithSecret(
  app: App,
  org: string,
  slug: string,
  more: Partial<Service> = {},
): Promise<Registree> {
  const one = serviceNamed(slug, more)
  const { text, hash } = mintSecret()
  await register(app, org, one, credential(one, { kind: 'secret', hash }))
  return { id: one.id, secret: text }
}

export interface KeyPair {
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonObject
}

export function keyPair(alg: 'EdDSA' | 'Ed25519' | 'ES256' | 'RS256'): KeyPair {
  const { privateKey, publicKey } =
    alg === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519')
  return { alg, privateKey, publicKey, jwk: publicKey.export({ format: 'jwk' }) as JsonObject }
}

export async function agentWithKeys(
  app: App,
  org: string,
  slug: string,
  keys: readonly JsonObject[],
  more: Partial<Agent> = {},
): Promise<string> {
  const agent = agentNamed(slug, { identityType: 'private_key_jwt', ...more })
  await register(app, org, agent, credential(agent, { kind: 'jwks', jwks: { keys: [...keys] } }))
  return agent.id
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A compact JWS with whatever header and claims. */
export function signed(pair: Pick<KeyPair, 'alg' | 'privateKey'>, header: object, claims: object): string {
  const data = `${part({ alg: pair.alg, ...header })}.${part(claims)}`
  const digest = pair.privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const signature = sign(digest, Buffer.from(data), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${data}.${signature.toString('base64url')}`
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)

/** The claims of a good client assertion, but for what is said. */
export const assertionClaims = (client: string, aud: unknown, more: object = {}): JsonObject => ({
  iss: client,
  sub: client,
  aud: aud as string,
  jti: randomUUID(),
  iat: nowSeconds(),
  exp: nowSeconds() + 120,
  ...more,
})

/** A DPoP proof for a request, but for what is said. */
export function dpopProof(
  pair: KeyPair,
  method: string,
  url: string,
  token: string | null = null,
  more: { readonly header?: object; readonly claims?: object } = {},
): string {
  return signed(
    pair,
    { typ: 'dpop+jwt', jwk: pair.jwk, ...more.header },
    {
      jti: randomUUID(),
      htm: method,
      htu: url,
      iat: nowSeconds(),
      ...(token !== null && { ath: createHash('sha256').update(token).digest('base64url') }),
      ...more.claims,
    },
  )
}

export type Form = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

export const formText = (form: Form): string =>
  new URLSearchParams(isRows(form) ? form.map(([name, value]): [string, string] => [name, value]) : form).toString()

const isRows = (form: Form): form is readonly (readonly [string, string])[] => Array.isArray(form)

const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

/** Posts a form to an endpoint of the org's issuer, without a key. */
export const postForm = (
  app: App,
  org: string,
  endpoint: string,
  form: Form,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> =>
  app.send('POST', `/orgs/${org}/api/v1/oauth/${endpoint}`, {
    key: null,
    raw: formText(form),
    headers: { ...FORM_TYPE, ...headers },
  })

/** Calls without any key. */
export const bare = (app: App, method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  sendTo(app.running.url, method, path, { key: null, headers })

export async function tokenOf(app: App, org: string, { id, secret }: Registree, more: object = {}): Promise<Answered> {
  const got = await postForm(app, org, 'token', {
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
    ...more,
  })
  assert.equal(got.status, 200, got.text)
  return got
}

export const claimsIn = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

export const headerIn = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as Record<string, unknown>

export const issuerOf = (app: App, org: string): string => app.running.service.tokens.issuers.of(org)
