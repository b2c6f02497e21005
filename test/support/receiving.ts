import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { createReceiver, type Receiver, type ReceiverOptions, type Verdict } from '../../src/receiver/index.ts'
import type { App } from './app.ts'
import { agentWithSecret, issuerOf, orgOf, postForm, type Registree, tokenOf } from './oauth.ts'

const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const RESOURCE = 'https://files.example.com/api'

/** An org whose resource checks tokens offline, and a key for it to hear of revocations. */
export async function receivingOrg(app: App, org: string): Promise<string> {
  await orgOf(app, org)
  const made = await app.send('POST', `/orgs/${org}/api/v1/admin/keys`, { body: { name: 'gate', role: 'auditor' } })
  await app.send('POST', `/orgs/${org}/api/v1/admin/users`, { body: { id: 'alice' } })
  return made.json.data.key
}

export function receiverOf(app: App, org: string, apiKey: string, more: Partial<ReceiverOptions> = {}): Receiver {
  const issuer = issuerOf(app, org)
  return createReceiver({
    issuer,
    audience: [RESOURCE, issuer],
    credentials: { apiKey },
    reachedAt: `${app.running.url}/orgs/${org}/api/v1`,
    ...more,
  })
}

/** Waits until a token is judged so; fails after a generous time. */
export async function until(receiver: Receiver, token: string, kind: Verdict['kind']): Promise<Verdict> {
  for (const end = Date.now() + 20_000; ; ) {
    const verdict = await receiver.verify(token)
    if (verdict.kind === kind) return verdict
    assert.ok(Date.now() < end, `still ${JSON.stringify(verdict)}, not ${kind}`)
    await sleep(5)
  }
}

export interface Chain {
  readonly bot: Registree
  readonly consent: string
  /** Of the agent itself, of it for Alice, of the agent behind it, and of one more. */
  readonly own: string
  readonly first: string
  readonly second: string
  readonly third: string
  /** Of another agent for Alice, beside it. */
  readonly sibling: string
}

/** Alice, an agent that acts for her, two behind it, and one beside it. */
export async function chainIn(app: App, org: string, name: string): Promise<Chain> {
  const delegation = { actsForUsers: true, users: null, maxDepth: null, requireConsent: true }
  const more = { capabilities: ['read:documents', 'delegate:user'], delegation, tokenLifetime: 600 }
  const post = async (path: string, body: object) => {
    const got = await app.send('POST', `/orgs/${org}/api/v1/admin/${path}`, { body })
    assert.ok(got.status < 300, got.text)
    return got.json.data
  }
  const exchange = async (subject: string, actor: string): Promise<string> => {
    const types = { subject_token_type: ACCESS, actor_token_type: ACCESS }
    const got = await postForm(app, org, 'token', {
      ...{ grant_type: EXCHANGE, subject_token: subject, actor_token: actor, ...types },
    })
    assert.equal(got.status, 200, got.text)
    return got.json.access_token
  }
  const made = async (slug: string) => {
    const bot = await agentWithSecret(app, org, slug, more)
    return { bot, own: (await tokenOf(app, org, bot)).json.access_token as string }
  }
  const [bot, tool, deep, other] = [
    await made(name),
    await made(`${name}-tool`),
    await made(`${name}-deep`),
    await made(`${name}-other`),
  ]
  const consent = await post('consents', { user: 'alice', agent: name, scopes: ['read:documents'] })
  await post('consents', { user: 'alice', agent: `${name}-other`, scopes: ['read:documents'] })
  const user = (await post('users/alice/token', { scopes: ['read:documents'] })).accessToken
  const first = await exchange(user, bot.own)
  const second = await exchange(first, tool.own)
  const third = await exchange(second, deep.own)
  return {
    bot: bot.bot,
    consent: consent.id,
    own: bot.own,
    first,
    second,
    third,
    sibling: await exchange(user, other.own),
  }
}
