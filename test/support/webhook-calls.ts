import assert from 'node:assert/strict'
import type { App } from './app.ts'
import { agentWithSecret, tokenOf } from './oauth.ts'
import { until } from './receiver.ts'

/** Every operation on webhooks, once, with a receiver that is not there. */
export async function callWebhooks(app: App, org: string): Promise<void> {
  const base = `/orgs/${org}/api/v1/admin/webhooks`
  const body = { url: 'https://127.0.0.1:9/', events: ['*'] }
  const made = await app.send('POST', base, { body })
  assert.equal(made.status, 201, made.text)
  const one = `${base}/${made.json.data.id}`
  await app.send('GET', base)
  await app.send('GET', `${base}/events`)
  await app.send('GET', one)
  await app.send('PATCH', one, { body: { description: 'for the tests' } })
  await app.send('PUT', one, { body: { events: ['key.*'] } })
  await app.send('POST', `${one}/disable`)
  await app.send('POST', `${one}/enable`)
  await app.send('POST', `${one}/rotate-secret`)
  await app.send('POST', `${one}/test`)
  await app.send('POST', `/orgs/${org}/api/v1/admin/keys`, { body: { name: 'tells', role: 'checker' } })
  const list = async () => (await app.send('GET', `${one}/deliveries`)).json.data as { readonly id: string }[]
  await until(async () => (await list()).length > 0, 'a delivery')
  const [delivery] = await list()
  const path = `${one}/deliveries/${delivery?.id}`
  assert.equal((await app.send('GET', path)).status, 200)
  await app.running.service.store.skip(org, `webhook:${made.json.data.id}`, 1_000_000, Date.now())
  assert.equal((await app.send('POST', `${path}/replay`)).status, 202)
  await app.send('POST', `${one}/replay`, { body: { since: new Date(0).toISOString() } })
  assert.equal((await app.send('DELETE', one)).status, 204)
  const agent = await agentWithSecret(app, org, 'called-back')
  const token = (await tokenOf(app, org, agent)).json.access_token
  const headers = { authorization: `Bearer ${token}` }
  const secret = await app.send('GET', `/orgs/${org}/api/v1/agents/me/callback-secret`, { key: null, headers })
  assert.equal(secret.status, 200, secret.text)
}
