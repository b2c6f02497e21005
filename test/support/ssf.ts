import assert from 'node:assert/strict'
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { App } from './app.ts'
import { issuerOf } from './oauth.ts'

export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type'
export const PUSH = 'urn:ietf:rfc:8935'
export const POLL = 'urn:ietf:rfc:8936'
export const MINE = 'https://receiver.example.com'

export const base = (org: string): string => `/orgs/${org}/api/v1`

/** A security event token as a third party takes it: by the keys the issuer publishes now. */
export async function readSet(app: App, org: string, text: string): Promise<JWTPayload> {
  const jwks = (await app.send('GET', `${base(org)}/.well-known/jwks.json`, { key: null })).json as JSONWebKeySet
  return verifySet(jwks, issuerOf(app, org), text)
}

export async function verifySet(jwks: JSONWebKeySet, issuer: string, text: string): Promise<JWTPayload> {
  const { payload, protectedHeader } = await jwtVerify(text, createLocalJWKSet(jwks), {
    issuer,
    audience: MINE,
    typ: 'secevent+jwt',
    algorithms: ['RS256'],
    requiredClaims: ['jti', 'iat', 'sub_id', 'events'],
  })
  assert.ok(protectedHeader.kid)
  assert.equal(payload.sub, undefined)
  assert.equal(payload.exp, undefined)
  assert.equal(Object.keys(payload.events as object).length, 1)
  return payload
}

export const typeOf = (set: JWTPayload): string => (Object.keys(set.events as object)[0] ?? '').split('/').pop() ?? ''

/** What the one event of a token says. */
// biome-ignore lint/suspicious/noExplicitAny: tests read whatever the event holds
export const claimsOf = (set: JWTPayload): any => Object.values(set.events as object)[0]

export async function makeStream(app: App, org: string, body: object = {}, key?: string) {
  const got = await app.send('POST', `${base(org)}/ssf/stream`, {
    body: { audience: MINE, ...body },
    ...(key !== undefined && { key }),
  })
  assert.equal(got.status, 201, got.text)
  return got.json
}
