import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answered, type App, makeOrg, startApp } from '../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type agent
type team
  relations
    define member: [user]
type document
`
const POLICY = `
Agents can read documents.
Agents can view documents at most 3 times per day.
Agents can edit documents at most 300 times per year.
`

interface Line {
  readonly of: string
  readonly meter: string
  readonly used: number
  readonly reserved: number
}

describe('budgets over HTTP', () => {
  let app: App
  const org = '/orgs/acme/api/v1'
  const agents = `${org}/admin/agents`
  before(async () => {
    app = await startApp()
    await makeOrg(app, 'acme', MODEL, POLICY)
    const tuple = { object: 'team:eng', relation: 'member', subject: 'user:ann' }
    const wrote = await app.send('POST', `${org}/zanzibar/tuples`, { body: tuple })
    assert.ok(wrote.status < 300, wrote.text)
  })
  after(() => app.close())

  interface Bot {
    readonly id: string
    readonly slug: string
    readonly key: string
  }
  const make = async (name: string, budget: object, more: object = {}): Promise<Bot> => {
    const body = {
      name,
      identityType: 'api_key',
      capabilities: ['read:documents', 'view:documents', 'edit:documents'],
      budget_policy: budget,
      ...more,
    }
    const made = await app.send('POST', agents, { body })
    assert.equal(made.status, 201, made.text)
    return { id: made.json.data.id, slug: made.json.data.slug, key: made.json.data.apiKey ?? made.json.data.api_key }
  }
  const by =
    (bot: Bot) =>
    (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
      app.send(method, `${org}/agents/me${path}`, { key: bot.key, headers, ...(body !== undefined && { body }) })
  const ask = (bot: Bot, action = 'document.read') =>
    app.send('POST', `${org}/agents/ask`, { key: bot.key, body: { action, context: { id: '1' } } })
  const check = (bot: Bot, action: string, context: object = {}, options?: object): Promise<Answered> =>
    app.send('POST', `/orgs/acme/access/v1/evaluation`, {
      body: {
        subject: { type: 'agent', id: bot.slug },
        action: { name: action },
        resource: { type: 'document', id: '1' },
        context,
        ...options,
      },
    })
  const windowOf = ({ windows }: { readonly windows: readonly Line[] }, meter: string, of: string): Line | undefined =>
    windows.find(one => one.meter === meter && one.of === of)

  test('what was spent is told, counted once, and ends what the agent may do', async () => {
    const bot = await make('Reader', { max_tokens_per_day: 1000 })
    const asked = await ask(bot)
    assert.equal(asked.json.allowed, true, asked.text)
    const said = { tokens: 600, model: 'small' }
    const first = await by(bot)('POST', '/usage', said, { 'idempotency-key': 'one' })
    assert.equal(first.status, 200, first.text)
    assert.equal(first.json.replayed, false)
    const again = await by(bot)('POST', '/usage', said, { 'idempotency-key': 'one' })
    assert.equal(again.json.replayed, true)
    assert.equal(windowOf(again.json.budget, 'tokens', `agent:${bot.slug}`)?.used, 600)
    const other = await by(bot)('POST', '/usage', { tokens: 1 }, { 'idempotency-key': 'one' })
    assert.equal(other.status, 409)
    assert.equal((await check(bot, 'read')).json.decision, true)
    assert.equal((await check(bot, 'read', { tokens: 401 })).json.decision, false)
    const over = await by(bot)('POST', '/usage', { items: [{ meter: 'tokens', amount: 500 }] })
    assert.deepEqual(over.json.exceeded, [{ of: `agent:${bot.slug}`, meter: 'tokens', window: 'day' }])
    assert.equal(over.json.budget.state, 'exhausted')
    const denied = await check(bot, 'read')
    assert.equal(denied.json.decision, false)
    assert.match(denied.text, /has used up 1000 tokens per day of agent:reader: 1100 of 1000 used; it begins anew at/)
    const refused = await ask(bot)
    assert.equal(refused.status, 429, refused.text)
    assert.equal(refused.json.code, 'budget_exceeded')
    const { reason, meter, window, limit, used, resets_at } = refused.json.details
    assert.deepEqual([reason, meter, window, limit, used], ['budget-exhausted', 'tokens', 'day', 1000, 1100])
    const wait = Number(refused.headers['retry-after'])
    assert.ok(Number.isInteger(wait) && wait > 0 && wait <= 86_400 && Date.parse(resets_at) > Date.now())
    assert.equal(refused.headers['x-ratelimit-remaining'], '0')
    const list = await app.send('GET', `${org}/mcp/servers`, { key: bot.key })
    assert.equal(list.status, 200)
    const budget = await by(bot)('GET', '/budget')
    assert.equal(budget.status, 200, budget.text)
    const info = await app.send('GET', `${org}/oauth/userinfo`, { key: bot.key })
    assert.equal(info.json.budget_policy.tokens_used_today, 1100)
    assert.equal(info.json.budget_policy.max_tokens_per_day, 1000)

    const raised = await app.send('PATCH', `${agents}/${bot.id}/budget`, { body: { max_tokens_per_day: 2000 } })
    assert.equal(raised.status, 200, raised.text)
    assert.equal((await ask(bot)).json.allowed, true)
    await by(bot)('POST', '/usage', { tokens: 900 })
    assert.equal((await ask(bot)).status, 429)
    const reset = await app.send('POST', `${agents}/${bot.id}/budget/reset`, { body: { reason: 'a test' } })
    assert.equal(reset.status, 200, reset.text)
    assert.equal((await ask(bot)).json.allowed, true)
  })

  test('calls of an hour end at the cap, whoever counts them', async () => {
    const bot = await make('Caller', { max_api_calls_per_hour: 25 })
    const calls = await Promise.all(Array.from({ length: 60 }, () => app.send('GET', `${org}/me`, { key: bot.key })))
    assert.equal(calls.filter(c => c.status === 200).length, 25)
    const refused = calls.find(c => c.status === 429)
    assert.equal(refused?.json.details.meter, 'api_calls')
    const budget = await by(bot)('GET', '/budget')
    assert.equal(windowOf(budget.json, 'api_calls', `agent:${bot.slug}`)?.used, 25)
  })

  test('reservations hold, settle, give back and end', async () => {
    const bot = await make('Holder', {
      max_cost_per_month_usd: '1.50',
      max_tokens_per_day: 100,
      allowed_models: ['small'],
    })
    const reserve = (body: object, headers = {}) => by(bot)('POST', '/budget/reservations', body, headers)
    const held = await reserve(
      { meters: { cost: { amount: 100, unit: 'USD', decimals: 2 }, tokens: 60 } },
      { 'idempotency-key': 'r1' },
    )
    assert.equal(held.status, 201, held.text)
    assert.deepEqual(held.json.meters, { tokens: 60, cost: 1_000_000 })
    assert.deepEqual(held.json.remaining, { tokens: 40, cost: 500_000 })
    const again = await reserve(
      { meters: { cost: { amount: 100, unit: 'USD', decimals: 2 }, tokens: 60 } },
      { 'idempotency-key': 'r1' },
    )
    assert.equal(again.json.reservation_id, held.json.reservation_id)
    const more = await reserve({ meters: { cost_usd: 0.6 } })
    assert.equal(more.status, 429, more.text)
    assert.equal(more.json.details.reason, 'insufficient-budget')
    assert.deepEqual(
      [more.json.details.required, more.json.details.reserved, more.json.details.decimals],
      [600_000, 1_000_000, 6],
    )
    const at = `/budget/reservations/${held.json.reservation_id}`
    const beyond = await by(bot)('POST', `${at}/commit`, { meters: { tokens: 61 } })
    assert.equal(beyond.status, 400, beyond.text)
    const settled = await by(bot)('POST', `${at}/commit`, { meters: { tokens: 10, cost_usd: 0.25 } })
    assert.equal(settled.status, 200, settled.text)
    assert.equal(windowOf(settled.json.budget, 'cost', `agent:${bot.slug}`)?.used, 250_000)
    assert.equal(windowOf(settled.json.budget, 'tokens', `agent:${bot.slug}`)?.reserved, 0)
    assert.equal((await by(bot)('DELETE', at)).status, 409)
    assert.equal((await by(bot)('DELETE', '/budget/reservations/rsv_none')).status, 404)
    const other = await reserve({ meters: { tokens: 90 } })
    assert.equal(other.status, 201, other.text)
    assert.equal((await by(bot)('DELETE', `/budget/reservations/${other.json.reservation_id}`)).status, 204)
    const model = await reserve({ meters: { tokens: 1 }, model: 'large' })
    assert.equal(model.status, 403, model.text)
    assert.equal((await check(bot, 'read', { model: 'large' })).json.decision, false)
    assert.equal((await check(bot, 'read', { model: 'small' })).json.decision, true)
  })

  test('what costs more than a threshold needs approval', async () => {
    const bot = await make('Careful', { require_approval_above_usd: 5 }, { owner: 'user:ann' })
    assert.equal((await check(bot, 'read', { cost_usd: 5 })).json.context.effect, 'allow')
    assert.equal((await check(bot, 'read', { cost_usd: 5.01 })).json.context.effect, 'escalate')
    const held = await by(bot)('POST', '/budget/reservations', { meters: { cost_usd: 6 } })
    assert.equal(held.json.code, 'approval_required', held.text)
  })

  test('a team shares its budget, and so does an org', async () => {
    const put = await app.send('PUT', `${org}/admin/budgets/team:eng`, { body: { max_tokens_per_day: 50 } })
    assert.equal(put.status, 200, put.text)
    const [a, b] = [await make('Team A', {}, { owner: 'user:ann' }), await make('Team B', {}, { owner: 'user:ann' })]
    const alone = await make('Alone', {})
    assert.equal((await by(a)('POST', '/usage', { tokens: 50 })).status, 200)
    assert.equal((await check(b, 'read')).json.decision, false)
    assert.equal((await check(alone, 'read')).json.decision, true)
    const shown = await app.send('GET', `${org}/admin/budgets/team:eng`)
    assert.equal(shown.json.data.windows[0].used, 50)
    const up = await app.send('POST', `${org}/admin/budgets/team:eng/topup`, {
      body: { meter: 'tokens', amount: 10 },
      headers: { 'idempotency-key': 't' },
    })
    assert.equal(up.status, 200, up.text)
    await app.send('POST', `${org}/admin/budgets/team:eng/topup`, {
      body: { meter: 'tokens', amount: 10 },
      headers: { 'idempotency-key': 't' },
    })
    assert.equal((await app.send('GET', `${org}/admin/budgets/team:eng`)).json.data.windows[0].used, 40)
    assert.equal((await check(b, 'read')).json.decision, true)
    assert.equal((await app.send('PUT', `${org}/admin/budgets/org`, { body: { max_tokens_per_day: 0 } })).status, 200)
    assert.equal((await check(alone, 'read')).json.decision, false)
    assert.equal((await app.send('GET', `${org}/admin/budgets`)).json.data.length, 2)
    assert.equal((await app.send('DELETE', `${org}/admin/budgets/org`)).status, 200)
    assert.equal((await check(alone, 'read')).json.decision, true)
    assert.equal((await app.send('DELETE', `${org}/admin/budgets/team:eng`)).status, 200)
  })

  test('a limit of a rule counts what is acted on, exactly, however many come at once', async () => {
    const bot = await make('Viewer', {})
    assert.equal((await check(bot, 'view')).json.decision, true)
    const acts = await Promise.all(
      Array.from({ length: 40 }, (_, i) => check(bot, 'view', {}, { spend: true, idempotency_key: `a${i % 20}` })),
    )
    const allowed = acts.filter(a => a.json.decision === true)
    assert.ok(allowed.length >= 3 && allowed.length <= 6, String(allowed.length))
    assert.equal((await check(bot, 'view')).json.decision, false)
  })

  test('of 1,000 that act at once exactly as many are let through as fit', async () => {
    const bot = await make('Editor', {})
    const acts = await Promise.all(Array.from({ length: 1000 }, () => check(bot, 'edit', {}, { spend: true })))
    assert.equal(acts.filter(a => a.json.decision === true).length, 300)
    const refused = acts.filter(a => a.json.decision === false)
    assert.equal(refused.length, 700)
    for (const { text } of refused) assert.match(text, /has used up 300 uses per year: 300 of 300 used/)
  })

  test('what is no budget, no usage and nobody else is told so', async () => {
    const bot = await make('Clumsy', { max_tokens_per_day: 10 })
    const bad: readonly (readonly [string, string, object | undefined, number])[] = [
      ['POST', '/usage', {}, 400],
      ['POST', '/usage', { tokens: -1 }, 400],
      ['POST', '/usage', { tokens: 1.5 }, 400],
      ['POST', '/usage', { cost_usd: '0.0000001' }, 400],
      ['POST', '/usage', { items: [{ meter: 'wishes', amount: 1 }] }, 400],
      ['POST', '/usage', { tokens: 1, task_id: 'task_none' }, 400],
      ['POST', '/budget/reservations', { meters: { tokens: 1 }, ttl_s: 901 }, 400],
      ['POST', '/budget/reservations', {}, 400],
      ['POST', '/budget/reservations/x/commit', {}, 404],
    ]
    for (const [method, path, body, status] of bad) {
      const got = await by(bot)(method, path, body)
      assert.equal(got.status, status, `${path} ${JSON.stringify(body)}: ${got.text}`)
    }
    assert.equal((await app.send('GET', `${org}/agents/me/budget`)).status, 403)
    assert.equal(
      (await app.send('POST', `${org}/usage`, { key: bot.key, body: { agent_id: bot.id, tokens: 1 } })).status,
      403,
    )
    assert.equal((await app.send('POST', `${org}/usage`, { body: { agent_id: bot.id, tokens: 1 } })).status, 200)
    assert.equal((await app.send('PUT', `${org}/admin/budgets/nobody`, { body: {} })).status, 400)
    assert.equal((await app.send('PUT', `${agents}/${bot.id}/budget`, { body: { wishes: 3 } })).status, 400)
    assert.equal(
      (await app.send('PATCH', `${agents}/${bot.id}/budget`, { body: { max_tokens_per_day: 'many' } })).status,
      400,
    )
  })
})
