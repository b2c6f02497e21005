import assert from 'node:assert/strict'
import type { Agent } from '../../src/agents/agent.ts'
import type { Consent, User } from '../../src/agents/identity.ts'
import { mintApiKey } from '../../src/pdp/credentials.ts'
import { type Answered, type App, makeOrg } from './app.ts'
import { agentWithSecret, type Registree, register, tokenOf } from './oauth.ts'
import { userNamed } from './registered.ts'

export const JIT_MODEL = `model
  schema 1.1
type user
type team
  relations
    define member: [user]
type agent
  relations
    define owner: [user]
type org
  relations
    define admin: [user]
    define approver: [user]
type document
  relations
    define owner: [user]
    define editor: [user]
type payment
type file
`

/** Deleting needs the agent's owner, payments the approvers of the org; files may be read and written. */
export const JIT_POLICY = `A payment has an amount in USD.
Users and agents can read and edit documents.
Users and agents can delete documents.
Agents need approval from their owner to delete documents.
Users and agents can initiate payments.
Agents need approval from an approver of the org to initiate payments.
Users and agents can read and write files.
Agents cannot delete files.

Agents need approval from their owner to obtain the scope edit:documents.
`

export const CAPABILITIES = [
  'read:documents',
  'edit:documents',
  'delete:documents',
  'initiate:payments',
  'read:files',
  'write:files',
  'delete:files',
  'use:tools',
  'tool:search',
  'send:mails',
  'delegate:on_behalf',
  'break_glass:approvals',
]

export interface Stage {
  readonly app: App
  readonly org: string
  readonly bot: Registree
  /** The access token of the bot, as itself. */
  readonly token: string
  /** API keys of people. */
  readonly keys: Readonly<Record<string, string>>
  as(who: string, method: string, path: string, body?: unknown): Promise<Answered>
  /** As the bot, or with another token. */
  bot_(method: string, path: string, body?: unknown, token?: string): Promise<Answered>
}

const PEOPLE = ['alice', 'olga', 'fred', 'fay', 'adam', 'eve']

/** An org with a bot that olga owns, approvers fred and fay, the admin adam, alice whom the bot may act for, and eve. */
export async function stage(app: App, org: string, agent: Partial<Agent> = {}, policy = JIT_POLICY): Promise<Stage> {
  await makeOrg(app, org, JIT_MODEL, policy)
  const delegation = { actsForUsers: true, users: null, maxDepth: null, requireConsent: true }
  const bot = await agentWithSecret(app, org, 'bot', {
    capabilities: CAPABILITIES,
    delegation,
    tokenLifetime: 3600,
    ...agent,
  })
  const keys: Record<string, string> = {}
  for (const id of PEOPLE) keys[id] = await personWithKey(app, org, id)
  const consent: Consent = {
    kind: 'consent',
    id: `con_alice_${org}`,
    user: 'alice',
    agent: 'bot',
    scopes: CAPABILITIES,
    grantedAt: 0,
    expiresAt: null,
    revokedAt: null,
  }
  await register(app, org, consent)
  await relate(
    app,
    org,
    ['agent:bot', 'owner', 'user:olga'],
    [`org:${org}`, 'approver', 'user:fred'],
    [`org:${org}`, 'approver', 'user:fay'],
    [`org:${org}`, 'admin', 'user:adam'],
  )
  const token = (await tokenOf(app, org, bot)).json.access_token as string
  const at = (path: string): string => `/orgs/${org}/api/v1${path}`
  return {
    app,
    org,
    bot,
    token,
    keys,
    as: (who, method, path, body) =>
      app.send(method, at(path), { key: keys[who] ?? null, ...(body !== undefined && { body }) }),
    bot_: (method, path, body, other = token) =>
      app.send(method, at(path), {
        key: null,
        headers: { authorization: `Bearer ${other}` },
        ...(body !== undefined && { body }),
      }),
  }
}

export async function personWithKey(app: App, org: string, id: string, more: Partial<User> = {}): Promise<string> {
  const user = userNamed(id, { email: `${id}@example.com`, emailVerified: true, ...more })
  const { id: keyId, text, hash } = mintApiKey(org, 'user')
  const of = { kind: 'user', id } as const
  const proof = { kind: 'api_key', hash } as const
  await register(app, org, user, {
    kind: 'credential',
    id: keyId,
    of,
    proof,
    createdAt: 0,
    expiresAt: null,
    retiredAt: null,
  })
  return text
}

export async function relate(app: App, org: string, ...tuples: readonly (readonly [string, string, string])[]) {
  const { service } = app.running
  const writes = tuples.map(([object, relation, user]) => ({ object, relation, user, condition: null }))
  await service.write(await service.orgs.get(org), [{ kind: 'tuples', writes, deletes: [] }])
}

export async function taskOf({ bot_ }: Stage, body: object = {}): Promise<string> {
  const made = await bot_('POST', '/jit/task', body)
  assert.equal(made.status, 201, made.text)
  return made.json.task_id
}

export const deleting = (id: string) => ({ type: 'lumoauth_action', actions: ['delete'], identifier: `document:${id}` })
export const paying = (id: string, amount = 120) => ({ type: 'payment', actions: ['initiate'], identifier: id, amount })

export async function requestOf(
  at: Stage,
  task: string,
  details: object,
  more: object = {},
): Promise<Answered['json']> {
  const made = await at.bot_('POST', '/jit/request', {
    task_id: task,
    authorization_details: details,
    justification: 'because',
    ...more,
  })
  assert.equal(made.status, 201, made.text)
  return made.json
}

export async function jitToken(at: Stage, request: string): Promise<string> {
  const got = await at.bot_('POST', `/jit/request/${request}/token`)
  assert.equal(got.status, 200, got.text)
  return got.json.access_token
}

export const use = (at: Stage, token: string, action: string, type: string, id: string, properties?: object) =>
  at.bot_(
    'POST',
    '/jit/use',
    { action: { name: action }, resource: { type, id, ...(properties && { properties }) } },
    token,
  )

export async function introspected({ app, org, bot }: Stage, token: string): Promise<Answered['json']> {
  const raw = new URLSearchParams({ token, client_id: bot.id, client_secret: bot.secret }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return (await app.send('POST', `/orgs/${org}/api/v1/oauth/introspect`, { key: null, raw, headers })).json
}
