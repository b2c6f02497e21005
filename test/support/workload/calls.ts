import assert from 'node:assert/strict'
import type { App } from '../app.ts'
import { issuerOf } from '../oauth.ts'
import { makeKey, sign } from './keys.ts'

/** Every operation on the trust configurations of an org's agents, once. */
export async function callTrustConfigs(app: App, org: string): Promise<void> {
  const agents = `/orgs/${org}/api/v1/admin/agents`
  const agent = await app.send('POST', agents, { body: { name: 'worker', slug: 'worker', identityType: 'workload' } })
  assert.equal(agent.status, 201, agent.text)
  const base = `${agents}/worker/trust-configs`
  const body = { provider: 'oidc', issuer: 'https://ci.example', bind: { sub: 'job' } }
  const made = await app.send('POST', base, { body })
  const one = `${base}/${made.json.data.id}`
  await app.send('GET', base)
  await app.send('GET', one)
  await attestOnce(app, org, agents)
  await app.send('PATCH', one, { body: { status: 'inactive' } })
  await app.send('DELETE', one)
}

/** With keys that are uploaded, so that no issuer has to run. */
async function attestOnce(app: App, org: string, agents: string): Promise<void> {
  const key = await makeKey('ES256', 'k1')
  const body = { provider: 'oidc', issuer: 'https://other.example', bind: { sub: 'job' }, jwks: { keys: [key.jwk] } }
  const made = await app.send('POST', `${agents}/worker/trust-configs`, { body })
  assert.equal(made.status, 201, made.text)
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: body.issuer, sub: 'job', aud: issuerOf(app, org), iat: now, exp: now + 600 }
  const sent = { key: null, body: { attestation_token: await sign(claims, key) } }
  const got = await app.send('POST', `/orgs/${org}/api/v1/agents/worker/attest`, sent)
  assert.equal(got.status, 200, got.text)
}
