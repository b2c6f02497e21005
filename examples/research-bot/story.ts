import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, events, expecting, type Place, type Told, token } from './api.ts'

/** What came of the story, for whoever wants to look closer. */
export interface Outcome {
  readonly asked: unknown
  readonly escalated: unknown
  readonly approval: Told['data']
  readonly paid: readonly boolean[]
  readonly overBudget: { readonly status: number; readonly code: string }
  /** Milliseconds from the end of the consent to the tool's first refused call. */
  readonly refusedAfterMs: number
  /** The agent's timeline in words, oldest first. */
  readonly timeline: readonly string[]
  readonly verified: boolean
}

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const CAPABILITIES = ['read:documents', 'initiate:payments', 'tool:search_web', 'delegate:on_behalf']

const file = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

/**
 * Alice lets Research Bot act for her; it reads, lets its search tool search, pays with a person's yes, exactly once, runs out
 * of budget, and loses Alice's consent; the record tells it all. Fails where the service does not do as it should.
 */
export async function tellStory(place: Place, say: (line: string) => void): Promise<Outcome> {
  const admin = { key: place.adminKey }
  const { bot, tool, keys } = await setUp(place, say)

  say('Research Bot gets a token of its own, and with it one to act for Alice, who consented')
  const consent = expecting(
    await call(place, { key: keys.alice }, 'POST', '/me/consents', { agent: 'research-bot', scopes: CAPABILITIES }),
    201,
  )
  expecting(
    await call(place, { key: keys.alice }, 'POST', '/me/consents', { agent: 'search-tool', scopes: CAPABILITIES }),
    201,
  )
  const alices = expecting(await call(place, admin, 'POST', '/admin/users/alice/token', { scopes: CAPABILITIES }), 201)
  const own = await ownToken(place, bot)
  const acting = await exchanged(place, alices.data.accessToken, own)

  say('It asks before it acts')
  const asked = expecting(
    await call(place, { token: acting }, 'POST', '/agents/ask', { question: 'Can I read document:q4-analysis?' }),
    200,
  )
  must(asked.allowed === true, 'Research Bot may read what Alice owns', asked)
  const others = expecting(
    await call(place, { token: acting }, 'POST', '/agents/ask', { question: 'Can I read document:salaries?' }),
    200,
  )
  must(others.allowed === false, 'and not what she may not read herself', others)

  say('Its search tool acts for Research Bot, which acts for Alice')
  const searching = await exchanged(place, acting, await ownToken(place, tool))
  const tooled = { server_id: 'search', tool: 'search_web' }
  const search = () => call(place, { token: searching }, 'POST', '/agents/me/mcp/authorize', tooled)
  must((await search()).status === 200, 'the tool is let in', null)

  say('A payment takes an approver: the answer says what to ask for')
  const pay = {
    action: 'initiate',
    context: { resource: { type: 'payment', id: 'inv-7', properties: { amount: 120 } } },
  }
  const escalated = expecting(await call(place, { token: acting }, 'POST', '/agents/ask', pay), 200)
  must(escalated.allowed === false && escalated.effect === 'escalate', 'it is not done without a yes', escalated)
  const [obligation] = escalated.obligations
  const { approval, granted } = await approved(place, acting, keys.fiona, obligation.authorization_details, say)

  say('It pays, exactly once')
  const paying = {
    action: { name: 'initiate' },
    resource: { type: 'payment', id: 'inv-7', properties: { amount: 120 } },
  }
  const paid: boolean[] = []
  for (let tries = 0; tries < 2; tries += 1) {
    const done = await call(place, { token: granted }, 'POST', '/jit/use', paying)
    paid.push(done.status === 200 && done.body.decision === true)
  }
  must(paid[0] === true && paid[1] === false, 'once, and not twice', paid)

  say('Its budget runs out')
  expecting(
    await call(place, { token: own }, 'POST', '/agents/me/usage', { idempotency_key: 'run-1', tokens: 100_000 }),
    200,
  )
  const over = await call(place, { token: own }, 'POST', '/agents/ask', { action: 'read:documents' })
  must(over.status === 429, 'over budget is over', over)
  expecting(await call(place, admin, 'POST', '/admin/agents/research-bot/budget/reset', {}), 200)

  say('Alice takes her consent back')
  must((await search()).status === 200, 'until then the tool is let in', null)
  const started = performance.now()
  expecting(await call(place, { key: keys.alice }, 'DELETE', `/me/consents/${consent.data.id}`), 200, 204)
  must((await search()).status === 401, 'now it is not', null)
  const refusedAfterMs = performance.now() - started

  say('The record tells it all, in order, and nobody changed it')
  const { timeline, verified } = await record(place)
  return {
    asked,
    escalated,
    approval,
    paid,
    overBudget: { status: over.status, code: over.body.code },
    refusedAfterMs,
    timeline,
    verified,
  }
}

function must(holds: boolean, what: string, seen: unknown): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(seen)}`)
}

interface Client {
  readonly id: string
  readonly secret: string
}

async function setUp(place: Place, say: (line: string) => void) {
  say('An org, its model and its rules')
  const admin = { key: place.adminKey }
  const root = await fetch(`${place.url}/api/v1/admin/organizations`, {
    method: 'POST',
    headers: { 'x-api-key': place.adminKey, 'content-type': 'application/json' },
    body: JSON.stringify({ slug: place.org, name: 'Acme Research', zone: 'Europe/Berlin' }),
  })
  expecting({ status: root.status, body: await root.json() }, 201)
  const post = async (path: string, body: unknown, ...wanted: readonly number[]) =>
    expecting(await call(place, admin, 'POST', `/admin/${path}`, body), ...wanted)
  expecting(await call(place, admin, 'PUT', '/admin/model', { dsl: file('org.fga') }), 200, 201)
  await post('policies', { text: file('org.policy') }, 200, 201)
  await post(
    'tuples',
    {
      writes: [
        { object: 'document:q4-analysis', relation: 'owner', user: 'user:alice' },
        { object: 'document:salaries', relation: 'owner', user: 'user:fiona' },
        { object: `org:${place.org}`, relation: 'approver', user: 'user:fiona' },
        { object: 'agent:research-bot', relation: 'owner', user: 'user:alice' },
      ],
    },
    200,
    201,
  )

  say('Alice, Fiona of finance, Research Bot and its search tool')
  const keys = { alice: '', fiona: '' }
  for (const id of ['alice', 'fiona'] as const) {
    await post('users', { id, email: `${id}@acme.example`, name: id }, 201)
    keys[id] = (await post(`users/${id}/rotate-key`, {}, 200, 201)).data.apiKey
  }
  const agent = async (slug: string, more: object): Promise<Client> => {
    const { data } = await post('agents', { name: slug, slug, capabilities: CAPABILITIES, ...more }, 201)
    return { id: data.clientId, secret: data.clientSecret }
  }
  const acts = { canActOnBehalfOfUsers: true }
  const bot = await agent('research-bot', {
    ...acts,
    owner: 'user:alice',
    budget_policy: { max_tokens_per_day: 100_000 },
  })
  const tool = await agent('search-tool', acts)
  await post(
    'mcp/servers',
    {
      name: 'Search',
      resource_uri: 'https://search.acme.example/mcp',
      allowed_agents: ['research-bot', 'search-tool'],
      tools: [{ name: 'search_web', scope: 'tool:search_web' }],
    },
    201,
  )
  return { bot, tool, keys }
}

async function ownToken(place: Place, { id, secret }: Client): Promise<string> {
  const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
  return expecting(await token(place, form), 200).access_token
}

async function exchanged(place: Place, subject: string, actor: string): Promise<string> {
  const form = {
    ...{ grant_type: EXCHANGE, subject_token: subject, subject_token_type: ACCESS },
    ...{ actor_token: actor, actor_token_type: ACCESS },
  }
  return expecting(await token(place, form), 200).access_token
}

/** The bot asks for permission, and Fiona, who hears of it on her stream, says yes. */
async function approved(place: Place, acting: string, key: string, details: unknown, say: (line: string) => void) {
  const over = new AbortController()
  const heard = events(place, { key }, '/jit/stream', over.signal)
  const task = expecting(await call(place, { token: acting }, 'POST', '/jit/task', { name: 'pay the invoice' }), 201)
  const wanted = {
    task_id: task.task_id,
    authorization_details: details,
    justification: 'The invoice inv-7 is due today.',
  }
  const made = expecting(await call(place, { token: acting }, 'POST', '/jit/request', wanted), 201)
  must(made.status === 'pending', 'it waits for a person', made)
  let approval: Told['data'] = null
  for await (const { data } of heard) {
    approval = data
    if (JSON.stringify(data).includes(made.request_id)) break
  }
  over.abort()
  say(`Fiona is asked: ${JSON.stringify(approval)}`)
  const yes = expecting(await call(place, { key }, 'POST', `/jit/approve/${made.request_id}`, { notes: 'fine' }), 200)
  must(yes.status === 'approved', 'one approver is enough here', yes)
  const got = expecting(await call(place, { token: acting }, 'POST', `/jit/request/${made.request_id}/token`), 200, 201)
  return { approval, granted: got.access_token as string }
}

/** What comes into the record last: some of it is written a moment after it was done. */
const LAST = ['took back a consent', 'spent of', 'used up', 'read document: deny', 'search_web: allow']

async function record(place: Place): Promise<Pick<Outcome, 'timeline' | 'verified'>> {
  const admin = { key: place.adminKey }
  // What was done last is on its way into the record.
  for (let tries = 0; ; tries += 1) {
    const page = expecting(await call(place, admin, 'GET', '/admin/agents/research-bot/timeline?limit=100'), 200)
    const timeline: string[] = page.data.map((one: { summary: string }) => one.summary).reverse()
    const isWhole = LAST.every(words => timeline.some(line => line.includes(words)))
    if (isWhole || tries === 50) {
      const { data } = expecting(await call(place, admin, 'POST', '/admin/audit-logs/verify', {}), 200)
      return { timeline, verified: data.ok === true }
    }
    await new Promise(later => setTimeout(later, 100))
  }
}
