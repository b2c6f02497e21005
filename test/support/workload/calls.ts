import assert from 'node:assert/strict'
import type { App } from '../app.ts'

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
  await app.send('PATCH', one, { body: { status: 'inactive' } })
  await app.send('DELETE', one)
}
