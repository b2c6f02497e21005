import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type agent
type team
  relations
    define member: [agent]
type mcp_server
  relations
    define allowed: [agent, team#member]
type mcp_tool
  relations
    define allowed: [agent]
`

describe('MCP servers', () => {
  let app: App
  const admin = '/orgs/acme/api/v1/admin'
  const servers = `${admin}/mcp/servers`
  const agent = async (name: string, capabilities: readonly string[], more = {}) => {
    const made = await app.send('POST', `${admin}/agents`, {
      body: { name, capabilities, identityType: 'api_key', ...more },
    })
    assert.equal(made.status, 201, made.text)
    return made.json.data
  }
  const server = async (body: object) => {
    const made = await app.send('POST', servers, { body })
    assert.equal(made.status, 201, made.text)
    return made.json.data
  }
  const ask = (key: string, server_id: string, tool: string) =>
    app.send('POST', '/orgs/acme/api/v1/agents/me/mcp/authorize', { key, body: { server_id, tool } })
  const tuple = (object: string, user: string) =>
    app.send('POST', `${admin}/tuples`, { body: { writes: [{ object, relation: 'allowed', user }] } })
  before(async () => {
    app = await startApp({ PUBLIC_URL: 'https://auth.acme.com' })
    await makeOrg(app, 'acme', MODEL, '')
    await makeOrg(app, 'solo', MODEL, '')
  })
  after(() => app.close())

  test('a tool may be used by whom the server, the capabilities and the relations let, and by nobody else', async () => {
    const one = await server({
      name: 'Invoices',
      resource_uri: 'https://mcp.acme.com/invoices',
      audience_aliases: ['urn:mcp:invoices'],
      tools: [
        { name: 'send_payment_reminder', scope: 'invoices:remind' },
        { name: 'list', scope: 'invoices:read' },
      ],
      allowed_agents: [],
    })
    assert.match(one.id, /^mcp_[0-9a-f]{24}$/)
    const reminder = await agent('Reminder', ['tool:send_payment_reminder'])
    const key = reminder.apiKey
    const refused = await ask(key, 'invoices', 'send_payment_reminder')
    assert.deepEqual([refused.status, refused.json.code], [403, 'capability_denied'])
    assert.match(JSON.stringify(refused.json.details.reasons), /not callers/)

    assert.equal(
      (await app.send('PATCH', `${servers}/invoices`, { body: { allowed_agents: [reminder.id] } })).status,
      200,
    )
    for (const name of ['invoices', one.id, 'https://mcp.acme.com/invoices/', 'urn:mcp:invoices']) {
      const allowed = await ask(key, name, 'send_payment_reminder')
      assert.equal(allowed.status, 200, `${name}: ${allowed.text}`)
      const { decision_id, ...rest } = allowed.json
      assert.match(decision_id, /^dec_/)
      assert.deepEqual(rest, {
        allowed: true,
        agent_id: reminder.id,
        resource: {
          server_id: one.id,
          server: 'invoices',
          tool: 'send_payment_reminder',
          resource_uri: 'https://mcp.acme.com/invoices',
        },
      })
    }
    assert.equal((await ask(key, 'invoices', 'list')).status, 403, 'no capability for that tool')
    assert.equal((await ask(key, 'invoices', 'drop')).status, 403, 'the server has no such tool')
    assert.equal((await ask(key, 'nothing', 'send_payment_reminder')).status, 403)

    await app.send('PUT', `${admin}/agents/${reminder.id}/scopes`, { body: { scopes: ['invoices:read'] } })
    assert.equal((await ask(key, 'invoices', 'list')).status, 200, 'the scope of a tool is the right to use it')
    assert.equal((await ask(key, 'invoices', 'send_payment_reminder')).status, 403)
    const tools = [{ name: 'list', scope: 'invoices:admin' }]
    await app.send('PATCH', `${servers}/invoices`, { body: { tools } })
    assert.equal((await ask(key, 'invoices', 'list')).status, 403, 'the tool takes another scope by now')

    await app.send('PUT', `${admin}/agents/${reminder.id}/scopes`, { body: { scopes: ['mcp:invoices'] } })
    assert.equal((await ask(key, 'invoices', 'list')).status, 200, 'the whole server')
    await app.send('PATCH', `${admin}/agents/${reminder.id}`, { body: { allowedTools: ['other'] } })
    assert.equal((await ask(key, 'invoices', 'list')).status, 403, 'not among its tools')
    await app.send('PATCH', `${admin}/agents/${reminder.id}`, { body: { allowedTools: ['list'] } })
    assert.equal((await ask(key, 'invoices', 'list')).status, 200)
    await app.send('PATCH', `${servers}/invoices`, { body: { status: 'inactive' } })
    assert.equal((await ask(key, 'invoices', 'list')).status, 403, 'the server is off')
    await app.send('PATCH', `${servers}/invoices`, { body: { status: 'active', allowed_agents: [] } })
    assert.equal((await ask(key, 'invoices', 'list')).status, 403)
    await tuple('mcp_server:invoices', 'team:eng#member')
    await app.send('POST', `${admin}/tuples`, {
      body: { writes: [{ object: 'team:eng', relation: 'member', user: `agent:${reminder.slug}` }] },
    })
    assert.equal((await ask(key, 'invoices', 'list')).status, 200, 'by a relation on the server')
    await app.send('DELETE', `${servers}/invoices`)
    assert.equal((await ask(key, 'invoices', 'list')).status, 403, 'the server is gone')
  })

  test('a relation on one tool lets an agent use that tool', async () => {
    await server({ name: 'Tooled', resource_uri: 'urn:mcp:tooled', allowed_agents: [] })
    const { apiKey, slug } = await agent('One Tool', ['mcp:tooled'])
    await tuple('mcp_tool:tooled/read', `agent:${slug}`)
    assert.equal((await ask(apiKey, 'tooled', 'read')).status, 200)
    assert.equal((await ask(apiKey, 'tooled', 'write')).status, 403)
  })

  test('a rule of the org binds tools like anything else, and the denial is in the log', async () => {
    await server({ name: 'Ruled', resource_uri: 'urn:mcp:ruled' })
    const { apiKey } = await agent('Ruled', ['mcp:ruled'])
    assert.equal((await ask(apiKey, 'ruled', 'x')).status, 200)
    await app.send('POST', `${admin}/policies`, { body: { text: 'Agents cannot use mcp_tools.' } })
    const denied = await ask(apiKey, 'ruled', 'x')
    assert.equal(denied.status, 403)
    assert.match(denied.json.message, /Agents cannot use mcp_tools/)
    let logged = 0
    for (let tries = 0; tries < 100 && logged !== 200; tries += 1) {
      const path = `/orgs/acme/api/v1/decisions/${denied.json.details.decision_id}`
      logged = (await app.send('GET', path)).status
      if (logged !== 200) await new Promise(resolve => setTimeout(resolve, 50))
    }
    assert.equal(logged, 200)
    await app.send('POST', `${admin}/policies`, {
      body: { text: 'Agents need approval from user:ann to use mcp_tools.' },
    })
    const waiting = await ask(apiKey, 'ruled', 'x')
    assert.deepEqual([waiting.status, waiting.json.code], [403, 'approval_required'])
    await app.send('POST', `${admin}/policies`, { body: { text: '' } })
  })

  test('only agents ask for tools, and only what could be one', async () => {
    const key = await keyOf(app, 'acme', 'admin')
    assert.equal((await ask(key, 'ruled', 'x')).status, 403)
    const { apiKey } = await agent('Asking', [])
    for (const body of [
      {},
      { server_id: 'a' },
      { server_id: 'a', tool: 'x y' },
      { server_id: 'a b', tool: 'x' },
      { server_id: 'a', tool: 'x#y' },
      { server_id: '', tool: 'x' },
    ]) {
      const got = await app.send('POST', '/orgs/acme/api/v1/agents/me/mcp/authorize', { key: apiKey, body })
      assert.equal(got.status, 400, JSON.stringify(body))
    }
  })

  const BAD: readonly (readonly [name: string, body: object, status: number])[] = [
    ['no URI', { name: 'x' }, 400],
    ['plain http', { name: 'x', resource_uri: 'http://mcp.acme.com' }, 400],
    ['a fragment', { name: 'x', resource_uri: 'https://mcp.acme.com/#x' }, 400],
    ['another urn', { name: 'x', resource_uri: 'urn:isbn:1' }, 400],
    ['an alias that is no URI', { name: 'x', resource_uri: 'urn:mcp:x', audience_aliases: ['x'] }, 400],
    ['its URI as an alias', { name: 'x', resource_uri: 'urn:mcp:x', audience_aliases: ['urn:mcp:x'] }, 400],
    ['the URI of another, in other words', { name: 'x', resource_uri: 'HTTPS://TAKEN.acme.com/a/' }, 400],
    ['the URI of another, with a slash', { name: 'x', resource_uri: 'https://TAKEN.acme.com/a/' }, 409],
    ['an alias of another', { name: 'x', resource_uri: 'urn:mcp:taken' }, 409],
    ['the slug of another', { name: 'x', slug: 'taken', resource_uri: 'urn:mcp:x' }, 409],
    ['an agent there is not', { name: 'x', resource_uri: 'urn:mcp:x', allowed_agents: ['nobody'] }, 404],
    [
      'a tool twice',
      {
        name: 'x',
        resource_uri: 'urn:mcp:x',
        tools: [
          { name: 'a', scope: 'b' },
          { name: 'a', scope: 'c' },
        ],
      },
      400,
    ],
    ['a tool without scope', { name: 'x', resource_uri: 'urn:mcp:x', tools: [{ name: 'a' }] }, 400],
    ['a transport there is not', { name: 'x', resource_uri: 'urn:mcp:x', transport: 'carrier_pigeon' }, 400],
  ]
  for (const [name, body, status] of BAD) {
    test(`server: ${name}`, async () => {
      const taken = {
        name: 'taken',
        slug: 'taken',
        resource_uri: 'https://taken.acme.com/a',
        audience_aliases: ['urn:mcp:taken'],
      }
      await app.send('POST', servers, { body: taken })
      const refused = await app.send('POST', servers, { body })
      assert.equal(refused.status, status, refused.text)
    })
  }

  test('its metadata names the issuer itself, at every path', async () => {
    const path = '/orgs/solo/api/v1'
    const issuer = 'https://auth.acme.com/orgs/solo/api/v1'
    const get = (p: string) => app.send('GET', p, { key: null })
    const own = {
      resource: issuer,
      resource_name: 'solo',
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
    }
    assert.deepEqual((await get(`${path}/.well-known/oauth-protected-resource`)).json, { ...own, scopes_supported: [] })
    const made = await app.send('POST', '/orgs/solo/api/v1/admin/mcp/servers', {
      body: {
        name: 'Solo',
        resource_uri: 'https://mcp.solo.com/mcp',
        scopes_supported: ['solo:read'],
        tools: [{ name: 'w', scope: 'solo:write' }],
        require_dpop: true,
      },
    })
    const { id } = made.json.data
    const document = {
      resource: 'https://mcp.solo.com/mcp',
      resource_name: 'Solo',
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: ['solo:read', 'solo:write'],
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: ['EdDSA', 'Ed25519', 'ES256', 'RS256'],
    }
    for (const p of [
      `${path}/.well-known/oauth-protected-resource/mcp/${id}`,
      `${path}/.well-known/oauth-protected-resource/mcp/solo`,
      `/.well-known/oauth-protected-resource${path}/mcp/${id}`,
      `${path}/.well-known/oauth-protected-resource`,
      `/.well-known/oauth-protected-resource${path}`,
    ]) {
      const got = await get(p)
      assert.deepEqual([got.status, got.json], [200, document], p)
    }
    const metadata = `${issuer}/.well-known/oauth-protected-resource/mcp/${id}`
    for (const method of ['GET', 'POST']) {
      const first = await app.send(method, `${path}/mcp/${id}/challenge`, { key: null })
      assert.equal(first.status, 401)
      assert.equal(
        first.headers['www-authenticate'],
        `Bearer resource_metadata="${metadata}", scope="solo:read solo:write"`,
      )
      assert.deepEqual(first.json, { status: 401, server: 'Solo', server_id: id })
    }
    const step = await app.send('GET', `${path}/mcp/${id}/challenge?scope=solo:write`, { key: null })
    assert.equal(step.status, 403)
    assert.equal(
      step.headers['www-authenticate'],
      `Bearer error="insufficient_scope", resource_metadata="${metadata}", scope="solo:write"`,
    )
    await app.send('POST', '/orgs/solo/api/v1/admin/mcp/servers', {
      body: { name: 'Two', resource_uri: 'urn:mcp:two' },
    })
    const both = (await get(`${path}/.well-known/oauth-protected-resource`)).json.resources
    assert.deepEqual(
      both.map((r: { resource: string }) => r.resource),
      ['https://mcp.solo.com/mcp', 'urn:mcp:two'],
    )
    for (const p of [`/.well-known/oauth-protected-resource/orgs/none/api/v1`, `${path}/mcp/none/challenge`]) {
      assert.equal((await get(p)).status, 404, p)
    }
    assert.equal((await get(`/t/solo/api/v1/.well-known/oauth-protected-resource/mcp/${id}`)).status, 308)
  })

  test('an agent sees the servers it may get tokens for', async () => {
    const mine = await agent('Looking', [])
    const other = await agent('Other', [])
    await server({ name: 'For One', resource_uri: 'urn:mcp:for-one', allowed_agents: [other.id] })
    await server({ name: 'For All', resource_uri: 'urn:mcp:for-all' })
    const list = (await app.send('GET', '/orgs/acme/api/v1/mcp/servers?limit=100', { key: mine.apiKey })).json
    const slugs = list.servers.map((s: { slug: string }) => s.slug)
    assert.equal(slugs.includes('for-all'), true)
    assert.equal(slugs.includes('for-one'), false)
    assert.deepEqual(list.servers, list.data)
    const one = (key: string) => app.send('GET', '/orgs/acme/api/v1/mcp/servers/for-one', { key })
    assert.equal((await one(mine.apiKey)).status, 404)
    const seen = await one(other.apiKey)
    assert.equal(
      seen.json.discovery.authorization_server_metadata,
      'https://auth.acme.com/orgs/acme/api/v1/.well-known/oauth-authorization-server',
    )
    assert.equal((await app.send('GET', servers, { key: mine.apiKey })).status, 403)
  })
})
