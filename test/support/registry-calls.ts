import assert from 'node:assert/strict'
import type { App } from './app.ts'

const org = '/orgs/acme-corp'
const admin = `${org}/api/v1/admin`

/** Calls every operation on identities once, each to its good end. */
export async function callRegistry(app: App): Promise<void> {
  const call = async (method: string, path: string, body?: object, key?: string | null, status?: number) => {
    const got = await app.send(method, path, {
      ...(body !== undefined && { body }),
      ...(key !== undefined && { key }),
    })
    if (status === undefined) assert.ok(got.status < 300, `${method} ${path}: ${got.status} ${got.text}`)
    else assert.equal(got.status, status, `${method} ${path}: ${got.text}`)
    return got.json?.data
  }
  await call('POST', `${admin}/blueprints`, { name: 'Worker', template: { capabilities: ['a:b'] } })
  await call('GET', `${admin}/blueprints`)
  await call('GET', `${admin}/blueprints/worker`)
  await call('PATCH', `${admin}/blueprints/worker`, { description: 'works' })
  await call('DELETE', `${admin}/blueprints/worker`)

  const bot = await call('POST', `${admin}/agents`, {
    name: 'Every Route',
    identityType: 'api_key',
    capabilities: ['mcp:desk'],
  })
  const at = `${admin}/agents/${bot.id}`
  await call('GET', `${admin}/agents`)
  await call('GET', at)
  await call('PATCH', at, { description: 'x' })
  await call('PUT', at, { description: 'y' })
  for (const path of ['deactivate', 'activate', 'disable', 'enable', 'suspend', 'resume', 'review', 'resume']) {
    await call('POST', `${at}/${path}`)
  }
  for (const [name, body] of [
    ['capabilities', { capabilities: ['mcp:desk'] }],
    ['scopes', { scopes: ['mcp:desk'] }],
  ] as const) {
    await call('PUT', `${at}/${name}`, body)
    await call('GET', `${at}/${name}`)
  }
  const desk = await call('POST', `${admin}/mcp/servers`, { name: 'Desk', resource_uri: 'urn:mcp:desk' })
  await call('GET', `${admin}/mcp/servers`)
  await call('GET', `${admin}/mcp/servers/desk`)
  await call('PATCH', `${admin}/mcp/servers/desk`, { description: 'x' })
  const own = bot.apiKey as string
  await call('GET', `${org}/api/v1/mcp/servers`, undefined, own)
  await call('GET', `${org}/api/v1/mcp/servers/desk`, undefined, own)
  await call('POST', `${org}/api/v1/agents/me/mcp/authorize`, { server_id: 'desk', tool: 'sit' }, own)
  await call('POST', `${org}/api/v1/agents/register`, { name: 'Every Route' }, own)
  for (const path of ['', `/mcp/${desk.id}`]) {
    await call('GET', `${org}/api/v1/.well-known/oauth-protected-resource${path}`, undefined, null)
    await call('GET', `/.well-known/oauth-protected-resource${org}/api/v1${path}`, undefined, null)
  }
  await call('GET', `${org}/api/v1/mcp/desk/challenge`, undefined, null, 401)
  await call('POST', `${org}/api/v1/mcp/desk/challenge?scope=a:b`, undefined, null, 403)
  await call('DELETE', `${admin}/mcp/servers/desk`)

  await call('GET', `${at}/credentials`)
  await call('POST', `${at}/rotate-key`)
  const fresh = await call('POST', `${at}/rotate-credentials`)
  await call('DELETE', `${at}/credentials/${fresh.id}`)
  await call('POST', `${at}/revoke-key`)
  await call('GET', `${at}/history`)
  await call('POST', `${at}/revoke`)
  await call('DELETE', at)

  const client = await call('POST', `${admin}/clients`, { name: 'Every Route' })
  const service = `${admin}/clients/${client.id}`
  await call('GET', `${admin}/clients`)
  await call('GET', service)
  await call('PATCH', service, { description: 'x' })
  await call('PUT', `${service}/scopes`, { scopes: [] })
  await call('POST', `${service}/disable`)
  await call('POST', `${service}/enable`)
  await call('GET', `${service}/credentials`)
  const secret = await call('POST', `${service}/rotate-secret`)
  await call('DELETE', `${service}/credentials/${secret.id}`)
  await call('DELETE', service)

  const helper = await call('POST', `${admin}/agents`, { name: 'Every Consent' })
  await call('POST', `${admin}/users`, { id: 'every-route' })
  await call('GET', `${admin}/users`)
  await call('GET', `${admin}/users/every-route`)
  await call('PATCH', `${admin}/users/every-route`, { name: 'x' })
  await call('PUT', `${admin}/users/every-route`, { name: 'y' })
  const said = { agent: helper.id, scopes: ['a:b'] }
  const consent = await call('POST', `${admin}/consents`, { ...said, user: 'every-route' })
  await call('GET', `${admin}/consents`)
  await call('DELETE', `${admin}/consents/${consent.id}`)
  const { apiKey: key } = await call('POST', `${admin}/users/every-route/rotate-key`)
  const mine = await call('POST', `${org}/api/v1/me/consents`, said, key)
  await call('GET', `${org}/api/v1/me/consents`, undefined, key)
  await call('DELETE', `${org}/api/v1/me/consents/${mine.id}`, undefined, key)
  await call('POST', `${admin}/users/every-route/revoke-key`)
  await call('DELETE', `${admin}/users/every-route`)

  await call('GET', `${admin}/settings/tokens`)
  await call('PATCH', `${admin}/settings/tokens`, { max_depth: 3 })
  await call('PUT', `${admin}/settings/tokens`, { max_depth: 3 })
  await call('POST', `${org}/api/v1/agents/ask`, { action: 'document.read' })
}
