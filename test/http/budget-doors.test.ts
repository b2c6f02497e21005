import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answered, type App, makeOrg, sendTo, startApp } from '../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type agent
type document
`

/** An agent with a token of its own, out of budget: each door it comes to says so in the same words. */
describe('an agent that is out of budget', () => {
  let app: App
  let bot: { id: string; clientId: string; clientSecret: string }
  let token: string
  const org = '/orgs/doors/api/v1'
  const admin = `${org}/admin`

  const tokenFor = (): Promise<Answered> =>
    sendTo(app.running.url, 'POST', `${org}/oauth/token`, {
      key: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: bot.clientId,
        client_secret: bot.clientSecret,
      }).toString(),
    })
  const as = (method: string, path: string, body?: unknown): Promise<Answered> =>
    app.send(method, `${org}${path}`, {
      key: null,
      headers: { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body }),
    })

  const CAPABILITY = { actions: ['read'], resources: ['document:1'] }
  const DOORS: readonly (readonly [name: string, good: number, go: () => Promise<Answered>])[] = [
    ['the token endpoint', 200, tokenFor],
    ['Ask', 200, () => as('POST', '/agents/ask', { action: 'read:documents' })],
    ['a tool', 200, () => as('POST', '/agents/me/mcp/authorize', { server_id: 'search', tool: 'search_web' })],
    ['a capability', 201, () => as('POST', '/capabilities', CAPABILITY)],
  ]

  before(async () => {
    app = await startApp()
    await makeOrg(app, 'doors', MODEL, 'Agents can read documents.')
    const post = async (path: string, body: object) => {
      const got = await app.send('POST', `${admin}/${path}`, { body })
      assert.equal(got.status, 201, got.text)
      return got.json.data
    }
    const capabilities = ['read:documents', 'tool:search_web']
    bot = await post('agents', { name: 'Bot', slug: 'bot', capabilities, budget_policy: { max_tokens_per_day: 100 } })
    await post('mcp/servers', {
      name: 'Search',
      resource_uri: 'https://search.acme.example/mcp',
      allowed_agents: ['bot'],
      tools: [{ name: 'search_web', scope: 'tool:search_web' }],
    })
    token = (await tokenFor()).json.access_token
  })
  after(() => app.close())

  test('comes in everywhere while there is some left', async () => {
    for (const [name, good, go] of DOORS) {
      const got = await go()
      assert.equal(got.status, good, `${name}: ${got.text}`)
    }
  })

  test('is told at each door what is used up and when it begins anew', async () => {
    const report = { idempotency_key: 'all', tokens: 100 }
    assert.equal((await as('POST', '/agents/me/usage', report)).status, 200)
    for (const [name, , go] of DOORS) {
      const got = await go()
      assert.deepEqual([got.status, got.json.code], [429, 'budget_exceeded'], `${name}: ${got.text}`)
      assert.match(String(got.headers['retry-after']), /^\d+$/, name)
      const { meter, window, limit, used } = got.json.details
      assert.deepEqual([meter, window, limit, used], ['tokens', 'day', 100, 100], name)
    }
  })

  test('may still look at its budget, tell what it used, and end its token', async () => {
    const seen = await as('GET', '/agents/me/budget')
    assert.deepEqual([seen.status, seen.json.state], [200, 'exhausted'], seen.text)
    assert.equal((await as('POST', '/agents/me/usage', { idempotency_key: 'more', tokens: 5 })).status, 200)
    const info = await as('GET', '/oauth/userinfo')
    assert.equal(info.status, 200, info.text)
    assert.equal(info.json.budget_policy.tokens_used_today, 105)
  })

  test('is let in again once its budget is raised', async () => {
    const raised = await app.send('PATCH', `${admin}/agents/${bot.id}/budget`, { body: { max_tokens_per_day: 1_000 } })
    assert.equal(raised.status, 200, raised.text)
    for (const [name, good, go] of DOORS) {
      const got = await go()
      assert.equal(got.status, good, `${name}: ${got.text}`)
    }
  })

  test('can always give its token back', async () => {
    const report = { idempotency_key: 'end', tokens: 1_000 }
    assert.equal((await as('POST', '/agents/me/usage', report)).status, 200)
    const ended = await sendTo(app.running.url, 'POST', `${org}/oauth/revoke`, { key: null, body: { token } })
    assert.equal(ended.status, 200, ended.text)
    assert.equal((await as('GET', '/agents/me/budget')).status, 401)
  })
})
