import assert from 'node:assert/strict'
import type { App } from './app.ts'
import { register } from './oauth.ts'
import { userNamed } from './registered.ts'
import { startTransmitter } from './transmitter.ts'

/** Every operation on signals and transmitters, once. */
export async function callSignals(app: App, org: string): Promise<void> {
  const admin = `/orgs/${org}/api/v1/admin`
  await register(app, org, userNamed('signalled', {}))
  const risk = `${admin}/risk/user/signalled`
  await app.send('GET', risk)
  assert.equal((await app.send('PUT', risk, { body: { level: 'medium' } })).status, 200)
  await app.send('GET', `${admin}/risk`)
  await app.send('POST', `${risk}/review`)
  assert.equal((await app.send('DELETE', risk)).status, 204)

  const transmitter = await startTransmitter()
  const keys = { keys: [transmitter.key.jwk] }
  const base = `${admin}/ssf/transmitters`
  const made = await app.send('POST', base, { body: { issuer: transmitter.issuer, jwks: keys } })
  assert.equal(made.status, 201, made.text)
  const one = `${base}/${made.json.data.id}`
  await app.send('GET', base)
  await app.send('GET', one)
  await app.send('PATCH', one, { body: { name: 'of the tests' } })
  const us = app.running.service.tokens.issuers.of(org)
  const subject = { format: 'iss_sub', iss: transmitter.issuer, sub: 'signalled' }
  const raw = await transmitter.set(transmitter.event(us, 'session-revoked', subject))
  const headers = { 'content-type': 'application/secevent+jwt' }
  const got = await app.send('POST', `/orgs/${org}/api/v1/ssf/receive`, { key: null, raw, headers })
  assert.equal(got.status, 202, got.text)
  assert.equal((await app.send('DELETE', one)).status, 204)
  await transmitter.close()
}
