import assert from 'node:assert/strict'
import type { App } from './app.ts'

/** Calls every operation on capabilities once, each to its good end. */
export async function callCapabilities(app: App, org: string): Promise<void> {
  const base = `/orgs/${org}/api/v1`
  const body = { name: 'Capable', slug: 'capable', identityType: 'api_key', capabilities: ['read:documents'] }
  const made = await app.send('POST', `${base}/admin/agents`, { body })
  assert.equal(made.status, 201, made.text)
  const own = async (path: string, sent: object, status: number) => {
    const got = await app.send('POST', `${base}/capabilities${path}`, { key: made.json.data.apiKey, body: sent })
    assert.equal(got.status, status, got.text)
    return got.json
  }
  const { capability } = await own('', { actions: 'read', resources: 'document:*' }, 201)
  await own('/revoke', { capability }, 200)
}
