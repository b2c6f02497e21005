import type { Chance } from '../../test/freshness/chance.ts'
import type { Client, Got } from './client.ts'

/** What a soak does, each with how often it is done among a thousand. All of it can go on for ever without growing. */
export interface Work {
  readonly name: string
  readonly weight: number
  run(): Promise<Got>
}

const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type team
  relations
    define member: [user, agent]
type document
  relations
    define owner: [user]
    define shared_with: [team]
`
const policy = (edition: number): string => `A document has a status of draft or public.
Users and agents can read documents shared with their team.
Anyone can view public documents.
Owners of a document can edit it, weekdays only.
Agents need approval from their owner to delete documents.
Agents can summarize documents at most 1,000,000 times per day.
User:edition${edition} can view documents.
`

const ORG = '/orgs/soak'
const API = `${ORG}/api/v1`
const USERS = 200
const DOCUMENTS = 1_000
const TEAMS = 40

function must({ status, text }: Got): Got {
  if (status >= 300) throw new Error(`${status}: ${text.slice(0, 500)}`)
  return { status, text }
}

const dataOf = ({ text }: Got): Record<string, string> => (JSON.parse(text) as { data: Record<string, string> }).data

async function makeOrg({ send }: Client, slug: string): Promise<void> {
  must(await send('POST', '/api/v1/admin/organizations', { slug, zone: 'UTC' }))
  must(await send('PUT', `/orgs/${slug}/api/v1/admin/model`, { dsl: MODEL }))
  must(await send('POST', `/orgs/${slug}/api/v1/admin/policies`, { text: policy(0) }))
}

const tuple = (object: string, relation: string, user: string) => ({ object, relation, user })

/** Makes the org that is worked on, and what there is to do. */
export async function workOn(client: Client, c: Chance, run: string): Promise<readonly Work[]> {
  const { send } = client
  await makeOrg(client, 'soak')
  const writes = [
    ...Array.from({ length: USERS }, (_, n) => tuple(`team:t${n % TEAMS}`, 'member', `user:u${n}`)),
    ...Array.from({ length: DOCUMENTS }, (_, n) => tuple(`document:d${n}`, 'shared_with', `team:t${(n * 7) % TEAMS}`)),
  ]
  for (let at = 0; at < writes.length; at += 100) {
    must(await send('POST', `${API}/admin/tuples`, { writes: writes.slice(at, at + 100) }))
  }
  const capabilities = ['read:documents', 'edit:documents', 'summarize:documents', 'delete:documents']
  const body = { name: 'Bot', slug: 'bot', owner: 'user:u0', capabilities }
  const bot = dataOf(must(await send('POST', `${API}/admin/agents`, body)))
  const spender = dataOf(
    must(
      await send('POST', `${API}/admin/agents`, {
        ...{ name: 'Spender', identityType: 'api_key', capabilities },
        budget_policy: { max_tokens_per_day: 1_000_000_000 },
      }),
    ),
  )
  const key = spender.apiKey ?? spender.api_key ?? ''
  const client_credentials = new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: bot.id ?? '', client_secret: bot.clientSecret ?? '' },
  }).toString()
  const issue = (): Promise<Got> => send('POST', `${API}/oauth/token`, client_credentials, { authorization: '' })
  let bearer = { authorization: '' }
  const renew = async (): Promise<Got> => {
    const got = await issue()
    if (got.status < 300) {
      const { access_token: token } = JSON.parse(got.text) as { access_token: string }
      bearer = { authorization: `Bearer ${token}` }
    }
    return got
  }
  must(await renew())

  const question = () => ({
    subject: c.chance(0.8) ? { type: 'user', id: `u${c.zipf(USERS)}` } : { type: 'agent', id: 'bot' },
    action: { name: c.pick(['read', 'read', 'read', 'view', 'edit', 'summarize', 'delete']) },
    resource: { type: 'document', id: `d${c.zipf(DOCUMENTS)}` },
    context: c.chance(0.2) ? { actors: ['agent:bot'] } : {},
  })
  let orgs = 0
  let edition = 0
  /** Written, and not deleted yet. */
  const written: object[] = []
  const membership = () => tuple(`team:t${c.zipf(TEAMS)}`, 'member', `user:x${c.below(500)}`)

  return [
    { name: 'check', weight: 780, run: () => send('POST', `${ORG}/access/v1/evaluation`, question()) },
    {
      name: 'batch',
      weight: 20,
      run: () => send('POST', `${ORG}/access/v1/evaluations`, { evaluations: Array.from({ length: 20 }, question) }),
    },
    {
      name: 'tuple',
      weight: 60,
      run() {
        const old = written.length > 100 ? written.splice(c.below(written.length), 1) : []
        const fresh = membership()
        if (old.length === 0) written.push(fresh)
        const change = old.length === 0 ? { writes: [fresh] } : { deletes: old }
        return send('POST', `${API}/admin/tuples`, { ...change, on_conflict: 'ignore' })
      },
    },
    {
      name: 'attribute',
      weight: 30,
      run: () =>
        send('PATCH', `${API}/admin/attributes/document/d${c.zipf(DOCUMENTS)}`, {
          status: c.pick(['draft', 'public']),
        }),
    },
    { name: 'token', weight: 40, run: renew },
    {
      name: 'ask',
      weight: 20,
      run: () =>
        send(
          'POST',
          `${API}/agents/ask`,
          { action: 'document.read', context: { id: `d${c.zipf(DOCUMENTS)}` } },
          bearer,
        ),
    },
    {
      name: 'spend',
      weight: 20,
      run: () => send('POST', `${API}/agents/me/usage`, { tokens: 1 + c.below(9) }, { authorization: `Bearer ${key}` }),
    },
    {
      name: 'reserve',
      weight: 10,
      async run() {
        const own = { authorization: `Bearer ${key}` }
        const made = await send('POST', `${API}/agents/me/budget/reservations`, { meters: { tokens: 5 } }, own)
        if (made.status >= 300) return made
        const { reservation_id: id } = JSON.parse(made.text) as { reservation_id: string }
        return send('POST', `${API}/agents/me/budget/reservations/${id}/commit`, { meters: { tokens: 4 } }, own)
      },
    },
    {
      name: 'publish',
      weight: 2,
      run() {
        edition = (edition + 1) % 5
        return send('POST', `${API}/admin/policies`, { text: policy(edition) })
      },
    },
    {
      name: 'org',
      weight: 18,
      async run() {
        orgs += 1
        const slug = `${run}-${orgs}`
        await makeOrg(client, slug)
        return send('POST', `/orgs/${slug}/access/v1/evaluation`, question())
      },
    },
  ]
}
