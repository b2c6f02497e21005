import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, makeOrg, startApp } from '../support/app.ts'

const MODEL = 'model\n  schema 1.1\ntype user\ntype agent\ntype document\n'

describe('agents that were registered over the API, with tokens of the token endpoint', () => {
  let app: App
  const org = '/orgs/acme/api/v1'
  const agents = `${org}/admin/agents`
  const make = async (body: object) => {
    const made = await app.send('POST', agents, { body })
    assert.equal(made.status, 201, made.text)
    return made.json.data
  }
  const tokenAs = (id: string, secret: string, scope?: string) => {
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
    return app.send('POST', `${org}/oauth/token`, {
      key: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams({ ...form, ...(scope !== undefined && { scope }) }).toString(),
    })
  }
  const fresh = async (id: string, secret: string, scope?: string): Promise<string> => {
    // What was revoked in this second stays dead for the rest of it: `iat` counts whole seconds.
    for (let tries = 0; tries < 60; tries += 1) {
      const got = await tokenAs(id, secret, scope)
      assert.equal(got.status, 200, got.text)
      if ((await me(got.json.access_token)) === 200) return got.json.access_token
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error('no token came alive')
  }
  const bearing = (token: string) => ({ key: null, headers: { authorization: `Bearer ${token}` } })
  const me = async (token: string) => (await app.send('GET', `${org}/mcp/servers`, bearing(token))).status
  const use = (token: string, server_id: string, tool: string) =>
    app.send('POST', `${org}/agents/me/mcp/authorize`, { ...bearing(token), body: { server_id, tool } })
  before(async () => {
    app = await startApp()
    await makeOrg(app, 'acme', MODEL, '')
    const tools = [{ name: 'remind', scope: 'invoices:remind' }]
    const body = { name: 'Invoices', resource_uri: 'https://mcp.acme.com/invoices', tools }
    assert.equal((await app.send('POST', `${org}/admin/mcp/servers`, { body })).status, 201)
  })
  after(() => app.close())

  test('a token opens the tools its scopes cover', async () => {
    const { id, clientSecret } = await make({ name: 'Tools', capabilities: ['invoices:remind', 'read:documents'] })
    const good = await use(await fresh(id, clientSecret), 'invoices', 'remind')
    assert.equal(good.status, 200, good.text)
    assert.equal(good.json.agent_id, id)
    assert.equal((await use(await fresh(id, clientSecret, 'read:documents'), 'invoices', 'remind')).status, 403)
  })

  const ENDS: readonly (readonly [name: string, end: (id: string) => Promise<{ status: number }>])[] = [
    ['suspension', id => app.send('POST', `${agents}/${id}/suspend`)],
    ['review', id => app.send('POST', `${agents}/${id}/review`)],
    ['revocation', id => app.send('POST', `${agents}/${id}/revoke`)],
    ['fewer capabilities', id => app.send('PUT', `${agents}/${id}/scopes`, { body: { scopes: ['a:b'] } })],
    ['rotation without overlap', id => app.send('POST', `${agents}/${id}/rotate-credentials`)],
    ['other addresses', id => app.send('PATCH', `${agents}/${id}`, { body: { allowedIps: ['192.0.2.1'] } })],
    ['deletion', id => app.send('DELETE', `${agents}/${id}`)],
  ]
  for (const [name, end] of ENDS) {
    test(`${name}: the next call with a token from before fails`, async () => {
      const { id, clientSecret } = await make({ name: 'Ending', capabilities: ['a:b', 'c:d'] })
      const token = await fresh(id, clientSecret)
      assert.equal((await end(id)).status, 200)
      assert.ok([401, 403].includes(await me(token)))
    })
  }

  test('a token from before a suspension stays dead after it; a new one lives', async () => {
    const { id, clientSecret } = await make({ name: 'Resumed', capabilities: ['a:b'] })
    const before = await fresh(id, clientSecret)
    await app.send('POST', `${agents}/${id}/suspend`)
    assert.ok((await tokenAs(id, clientSecret)).status >= 400)
    await app.send('POST', `${agents}/${id}/resume`)
    assert.equal(await me(before), 401)
    assert.equal(await me(await fresh(id, clientSecret)), 200)
    assert.equal(await me(before), 401)
  })

  test('while credentials overlap both get tokens, and those from before live on', async () => {
    const { id, clientSecret } = await make({ name: 'Overlap', capabilities: ['a:b'] })
    const before = await fresh(id, clientSecret)
    const rotated = await app.send('POST', `${agents}/${id}/rotate-credentials`, { body: { overlap_seconds: 600 } })
    assert.equal(await me(before), 200)
    for (const secret of [clientSecret, rotated.json.data.clientSecret]) {
      assert.equal(await me(await fresh(id, secret)), 200)
    }
    await app.send('POST', `${agents}/${id}/rotate-credentials`)
    for (const secret of [clientSecret, rotated.json.data.clientSecret]) {
      assert.equal((await tokenAs(id, secret)).json.error, 'invalid_client')
    }
  })
})
