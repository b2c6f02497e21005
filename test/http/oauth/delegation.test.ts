import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answered, type App, makeOrg, sendTo, startApp } from '../../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type agent
type document
  relations
    define owner: [user]
`
const POLICY = `Users can read documents they own.
Agents can read documents.
`
const TYPE = 'urn:ietf:params:oauth:token-type:access_token'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const PREFIXES = ['/orgs/acme', '/t/acme'] as const

/** Alice, Research Bot that acts for her, and Search Tool that it calls: as the guides print it, with forms and no more. */
describe('acting for a user', () => {
  let app: App
  let bot: { id: string; clientSecret: string }
  let tool: { id: string; clientSecret: string }
  const admin = '/orgs/acme/api/v1/admin'
  const post = async (path: string, body: object, status = 201) => {
    const got = await app.send('POST', `${admin}/${path}`, { body })
    assert.equal(got.status, status, got.text)
    return got.json.data
  }
  const form = (path: string, params: Readonly<Record<string, string>>, prefix: string = PREFIXES[0]) =>
    sendTo(app.running.url, 'POST', `${prefix}/api/v1/oauth/${path}`, {
      key: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams(params).toString(),
    })
  const agent = (name: string, slug: string, more: object = {}) =>
    post('agents', {
      name,
      slug,
      capabilities: ['read:documents', 'tool:search_web', 'delegate:user'],
      canActOnBehalfOfUsers: true,
      ...more,
    })
  const own = async (of: { id: string; clientSecret: string }, prefix: string = PREFIXES[0]): Promise<string> => {
    const params = { grant_type: 'client_credentials', client_id: of.id, client_secret: of.clientSecret }
    const got = await form('token', params, prefix)
    assert.equal(got.status, 200, got.text)
    return got.json.access_token
  }
  const userToken = async (scopes = ['read:documents', 'write:documents']): Promise<string> =>
    (await post('users/alice/token', { scopes })).accessToken
  const exchange = (subject: string, actor: string, more: Record<string, string> = {}, prefix: string = PREFIXES[0]) =>
    form(
      'token',
      {
        grant_type: EXCHANGE,
        subject_token: subject,
        subject_token_type: TYPE,
        actor_token: actor,
        actor_token_type: TYPE,
        ...more,
      },
      prefix,
    )
  const claimsOf = (text: string) => JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
  const isActive = async (text: string): Promise<boolean> => {
    const params = { client_id: bot.id, client_secret: bot.clientSecret, token: text }
    return (await form('introspect', params)).json.active
  }
  /** What its bearer hears when asking who they are. */
  const called = async (text: string): Promise<number> =>
    (await app.send('GET', '/orgs/acme/api/v1/me', { key: null, headers: { authorization: `Bearer ${text}` } })).status
  const refused = (got: Answered, status: number, error: string) =>
    assert.deepEqual([got.status, got.json.error], [status, error], got.text)

  before(async () => {
    app = await startApp()
    await makeOrg(app, 'acme', MODEL, POLICY)
    bot = await agent('Research Assistant Bot', 'research-bot')
    tool = await agent('Search Tool', 'search-tool')
    await post('users', { id: 'alice', email: 'alice@acme.com' })
    await post('consents', { user: 'alice', agent: 'research-bot', scopes: ['read:documents'] })
  })
  after(() => app.close())

  test('each call of the guides works as it is printed, with both prefixes', async () => {
    for (const prefix of PREFIXES) {
      const actor = await own(bot, prefix)
      const got = await exchange(await userToken(), actor, {}, prefix)
      assert.equal(got.status, 200, got.text)
      assert.deepEqual(
        [got.json.token_type, got.json.issued_token_type, got.json.scope],
        ['Bearer', TYPE, 'read:documents'],
      )
      const claims = claimsOf(got.json.access_token)
      assert.deepEqual(
        [claims.sub, claims.act, claims.organization],
        ['user:alice', { sub: 'agent:research-bot' }, 'acme'],
      )
      assert.deepEqual(claims.chain, ['user:alice', 'agent:research-bot'])
      assert.equal(claims.client_id, bot.id)
      const info = await sendTo(app.running.url, 'GET', `${prefix}/api/v1/oauth/userinfo`, {
        key: null,
        headers: { authorization: `Bearer ${actor}` },
      })
      assert.deepEqual([info.json.sub, info.json.identity_type], ['agent:research-bot', 'agent'])
      assert.equal((await form('revoke', { token: actor }, prefix)).status, 200)
      assert.equal(await isActive(actor), false)
      assert.equal(await isActive(got.json.access_token), false)
    }
  })

  test('an agent hands on what it was given, and the chain tells it all', async () => {
    const first = await exchange(await userToken(), await own(bot))
    const second = await exchange(first.json.access_token, await own(tool))
    assert.equal(second.status, 200, second.text)
    const claims = claimsOf(second.json.access_token)
    assert.deepEqual(claims.chain, ['user:alice', 'agent:research-bot', 'agent:search-tool'])
    assert.deepEqual(claims.act, { sub: 'agent:research-bot', act: { sub: 'agent:search-tool' } })
    assert.equal(claims.client_id, tool.id)
    assert.ok(claims.exp <= claimsOf(first.json.access_token).exp)
  })

  test('one token in the middle takes what came from it along, and nothing else', async () => {
    const user = await userToken()
    const [a, b] = [await exchange(user, await own(bot)), await exchange(user, await own(bot))]
    const below = await exchange(a.json.access_token, await own(tool))
    assert.equal((await form('revoke', { token: a.json.access_token })).status, 200)
    assert.deepEqual(await Promise.all([a, below, b].map(got => isActive(got.json.access_token))), [false, false, true])
    assert.equal((await exchange(user, await own(bot))).status, 200)
    refused(await exchange(a.json.access_token, await own(tool)), 400, 'invalid_request')
  })

  test('a suspended agent ends what it is part of, and gets nothing more', async () => {
    const gone = await agent('Short', 'short')
    await post('consents', { user: 'alice', agent: 'short', scopes: ['read:documents'] })
    const actor = await own(gone)
    const user = await userToken()
    const got = await exchange(user, actor)
    assert.deepEqual(await Promise.all([actor, got.json.access_token].map(called)), [200, 200])
    await post('agents/short/suspend', {}, 200)
    assert.deepEqual(await Promise.all([actor, got.json.access_token].map(called)), [401, 401])
    assert.equal((await exchange(user, await own(bot))).status, 200)
    refused(await exchange(user, actor), 400, 'invalid_request')
  })

  test('a rule about the chain is asked when a token is given, and again when it is used', async () => {
    const got = await exchange(await userToken(), await own(bot))
    const check = (document: string) =>
      app.send('POST', '/orgs/acme/access/v1/evaluation', {
        body: {
          subject: { type: 'user', id: 'alice' },
          action: { name: 'read' },
          resource: { type: 'document', id: document },
          context: { actors: claimsOf(got.json.access_token).chain.slice(1) },
        },
      })
    assert.equal((await check('plan')).json.decision, false)
    const writes = [{ object: 'document:plan', relation: 'owner', user: 'user:alice' }]
    await app.send('POST', `${admin}/tuples`, { body: { writes } })
    assert.equal((await check('plan')).json.decision, true)
    const rule = `${POLICY}Agents cannot obtain scope:read:documents.\n`
    assert.equal((await app.send('POST', `${admin}/policies`, { body: { text: rule } })).status, 201)
    const denied = await exchange(await userToken(), await own(bot), { scope: 'read:documents' })
    assert.equal(denied.status, 403, denied.text)
    assert.match(denied.json.error_description, /Agents cannot obtain/)
    assert.equal((await app.send('POST', `${admin}/policies`, { body: { text: POLICY } })).status, 201)
  })

  const CASES: readonly (readonly [
    name: string,
    params: () => Promise<Record<string, string>>,
    status: number,
    error: string,
  ])[] = [
    ['nothing but the grant', async () => ({ grant_type: EXCHANGE }), 400, 'invalid_request'],
    ['no type', async () => ({ grant_type: EXCHANGE, subject_token: await userToken() }), 400, 'invalid_request'],
    [
      'a type that is not exchanged',
      async () => ({
        grant_type: EXCHANGE,
        subject_token: 'x',
        subject_token_type: 'urn:ietf:params:oauth:token-type:saml2',
      }),
      400,
      'unsupported_token_type',
    ],
    [
      'a user\u2019s token without anybody to act',
      async () => ({ grant_type: EXCHANGE, subject_token: await userToken(), subject_token_type: TYPE }),
      400,
      'invalid_request',
    ],
    [
      'an actor type without an actor',
      async () => ({
        grant_type: EXCHANGE,
        subject_token: await userToken(),
        subject_token_type: TYPE,
        actor_token_type: TYPE,
      }),
      400,
      'invalid_request',
    ],
    [
      'a user as the actor',
      async () => ({
        grant_type: EXCHANGE,
        subject_token: await userToken(),
        subject_token_type: TYPE,
        actor_token: await userToken(),
        actor_token_type: TYPE,
      }),
      400,
      'invalid_request',
    ],
    [
      'the agent twice',
      async () => ({
        grant_type: EXCHANGE,
        subject_token: (await exchange(await userToken(), await own(bot))).json.access_token,
        subject_token_type: TYPE,
        actor_token: await own(bot),
        actor_token_type: TYPE,
      }),
      403,
      'delegation_not_allowed',
    ],
    [
      'an agent without consent',
      async () => ({
        grant_type: EXCHANGE,
        subject_token: await userToken(),
        subject_token_type: TYPE,
        actor_token: await own(tool),
        actor_token_type: TYPE,
      }),
      403,
      'delegation_not_allowed',
    ],
    [
      'more than the user agreed to',
      async () => ({
        grant_type: EXCHANGE,
        subject_token: await userToken(),
        subject_token_type: TYPE,
        actor_token: await own(bot),
        actor_token_type: TYPE,
        scope: 'write:documents',
      }),
      400,
      'invalid_scope',
    ],
    [
      'the client of another agent',
      async () => ({
        grant_type: EXCHANGE,
        subject_token: await userToken(),
        subject_token_type: TYPE,
        actor_token: await own(bot),
        actor_token_type: TYPE,
        client_id: tool.id,
        client_secret: tool.clientSecret,
      }),
      400,
      'invalid_request',
    ],
    [
      'a resource nobody knows',
      async () => ({
        grant_type: EXCHANGE,
        subject_token: await own(bot),
        subject_token_type: TYPE,
        resource: 'https://unknown.test',
      }),
      400,
      'invalid_target',
    ],
  ]
  for (const [name, params, status, error] of CASES) {
    test(`refused: ${name}`, async () => refused(await form('token', await params()), status, error))
  }

  test('a chain has an end', async () => {
    const hops = ['one', 'two', 'three', 'four']
    let token = await userToken()
    for (const [i, name] of hops.entries()) {
      const made = await agent(name, name, i === 0 ? { delegation: { require_consent: false } } : {})
      const got = await exchange(token, await own(made))
      if (i < 3) {
        assert.equal(got.status, 200, got.text)
        token = got.json.access_token
      } else {
        refused(got, 403, 'delegation_depth_exceeded')
        assert.equal(got.json.details.max_depth, 3)
      }
    }
  })
})
