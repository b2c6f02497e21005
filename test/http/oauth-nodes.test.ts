import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import {
  agentWithKeys,
  agentWithSecret,
  assertionClaims,
  bare,
  dpopProof,
  headerIn,
  issuerOf,
  keyPair,
  orgOf,
  postForm,
  type Registree,
  signed,
  tokenOf,
} from '../support/oauth.ts'
import { type Service, skipWithout, startPostgres, startRedis } from '../support/services.ts'

const PUBLIC = { PUBLIC_URL: 'http://auth.example.test' }
const ACCESS = 'urn:ietf:params:oauth:token-type:access_token'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ROUNDS = 5
/** How long a node may take to hear of a change before it has not. What it does take is said as a diagnostic. */
const MOST_MS = 10_000

/** Alice, an agent that acts for her, and another that this one calls. */
interface Chain {
  readonly name: string
  readonly bot: Registree
  readonly tool: Registree
  readonly consent: string
  /** Of the agent itself, of it for her, and of the other one behind it. */
  readonly own: string
  readonly first: string
  readonly second: string
}

for (const through of ['postgres', 'redis'] as const) {
  describe(`tokens on two nodes of one PostgreSQL, told of changes through ${through}`, async () => {
    const postgres = await startPostgres()
    const redis: Service = through === 'redis' ? await startRedis() : postgres
    const skip = skipWithout(postgres) || skipWithout(redis)
    let nodes: readonly App[] = []
    let one: App
    let two: App
    before(async () => {
      if (postgres.kind === 'missing' || redis.kind === 'missing') return
      const env = {
        ...PUBLIC,
        DATABASE_URL: postgres.url,
        LUMOAUTH_MASTER_KEY: 'ab'.repeat(32),
        TOKEN_RATE_PER_CLIENT: '100000',
        TOKEN_RATE_PER_ADDRESS: '100000',
        ...(through === 'redis' && { REDIS_URL: redis.url }),
      }
      nodes = await Promise.all([startApp(env), startApp(env)])
      ;[one, two] = nodes as [App, App]
      await orgOf(one, 'shared')
      await post('users', { id: 'alice' })
    })
    after(async () => {
      await Promise.all(nodes.map(node => node.close()))
      if (redis !== postgres && redis.kind === 'running') await redis.stop()
      if (postgres.kind === 'running') await postgres.stop()
    })

    const post = async (path: string, body: object) => {
      const got = await one.send('POST', `/orgs/shared/api/v1/admin/${path}`, { body })
      assert.ok(got.status < 300, got.text)
      return got.json.data
    }
    const called = async (node: App, token: string): Promise<number> =>
      (await bare(node, 'GET', '/orgs/shared/api/v1/me', { authorization: `Bearer ${token}` })).status
    /** Milliseconds until a node answers so to a token. */
    const until = async (node: App, token: string, want: number): Promise<number> => {
      const started = performance.now()
      for (;;) {
        const got = await called(node, token)
        const took = performance.now() - started
        if (got === want) return took
        assert.ok(took < MOST_MS, `still ${got}, not ${want}`)
        await new Promise(resolve => setTimeout(resolve, 2))
      }
    }
    const exchange = async (subject: string, actor: string): Promise<string> => {
      const types = { subject_token_type: ACCESS, actor_token_type: ACCESS }
      const form = { grant_type: EXCHANGE, subject_token: subject, actor_token: actor, ...types }
      const got = await postForm(one, 'shared', 'token', form)
      assert.equal(got.status, 200, got.text)
      return got.json.access_token
    }
    let count = 0
    const chained = async (): Promise<Chain> => {
      count += 1
      const name = `bot-${count}`
      const delegation = { actsForUsers: true, users: null, maxDepth: null, requireConsent: true }
      const more = { capabilities: ['read:documents', 'delegate:user'], delegation }
      const bot = await agentWithSecret(one, 'shared', name, more)
      const tool = await agentWithSecret(one, 'shared', `tool-${count}`, more)
      const consent = await post('consents', { user: 'alice', agent: name, scopes: ['read:documents'] })
      const user = (await post('users/alice/token', { scopes: ['read:documents'] })).accessToken
      const own: string = (await tokenOf(one, 'shared', bot)).json.access_token
      const first = await exchange(user, own)
      const second = await exchange(first, (await tokenOf(one, 'shared', tool)).json.access_token)
      for (const token of [own, first, second]) await until(two, token, 200)
      return { name, bot, tool, consent: consent.id, own, first, second }
    }

    const ENDS: readonly (readonly [
      what: string,
      end: (chain: Chain) => Promise<unknown>,
      dead: (chain: Chain) => readonly string[],
      alive: (chain: Chain) => readonly string[],
    ])[] = [
      [
        'an agent that is suspended',
        ({ name }) => post(`agents/${name}/suspend`, {}),
        ({ second, first, own }) => [second, first, own],
        () => [],
      ],
      [
        'a token that is revoked',
        ({ second }) => postForm(one, 'shared', 'revoke', { token: second }),
        ({ second }) => [second],
        ({ own, first }) => [own, first],
      ],
      [
        'a token in the middle that is revoked',
        ({ first }) => postForm(one, 'shared', 'revoke', { token: first }),
        ({ second, first }) => [second, first],
        ({ own }) => [own],
      ],
      [
        'a consent that is taken back',
        ({ consent }) => one.send('DELETE', `/orgs/shared/api/v1/admin/consents/${consent}`),
        ({ second, first }) => [second, first],
        ({ own }) => [own],
      ],
    ]
    for (const [what, end, dead, alive] of ENDS) {
      test(`${what} on one node ends what hangs on it on the other, and nothing else`, { skip }, async t => {
        const took: number[] = []
        for (let round = 0; round < ROUNDS; round += 1) {
          const chain = await chained()
          await end(chain)
          const [next = '', ...others] = dead(chain)
          took.push(await until(two, next, 401))
          for (const token of others) assert.equal(await called(two, token), 401)
          for (const node of nodes) for (const token of alive(chain)) assert.equal(await called(node, token), 200)
        }
        told(t, took)
      })
    }

    test('first tokens asked of both nodes at once are signed with one set of keys', { skip }, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const org = `fresh-${round}`
        await orgOf(one, org)
        const bot = await agentWithSecret(one, org, 'bot')
        await two.running.service.open(org)
        await Promise.all(nodes.map(node => node.running.service.orgs.poll()))
        const got = await Promise.all([one, two, one, two].map(node => tokenOf(node, org, bot)))
        assert.equal(new Set(got.map(({ json }) => headerIn(json.access_token).kid)).size, 1)
        const path = `/orgs/${org}/api/v1/.well-known/jwks.json`
        const sets = await Promise.all(nodes.map(node => bare(node, 'GET', path)))
        assert.deepEqual(sets[0]?.json, sets[1]?.json)
        assert.equal(sets[0]?.json.keys.length, 2)
      }
    })

    test('what is signed with a key made on one node is good on the other', { skip }, async t => {
      const took: number[] = []
      const bot = await agentWithSecret(one, 'shared', 'rotated')
      await until(two, (await tokenOf(one, 'shared', bot)).json.access_token, 200)
      for (let round = 0; round < ROUNDS; round += 1) {
        await post('signing-keys/rotate', { lead_seconds: 0 })
        took.push(await until(two, (await tokenOf(one, 'shared', bot)).json.access_token, 200))
      }
      told(t, took)
    })

    const GRANT = { grant_type: 'client_credentials' }
    test('an assertion counts once on all nodes, one after the other or at once', { skip }, async () => {
      const pair = keyPair('EdDSA')
      const id = await agentWithKeys(one, 'shared', 'keyed', [pair.jwk])
      await Promise.all(nodes.map(node => node.running.service.orgs.poll()))
      const asked = () => {
        const client_assertion = signed(pair, {}, assertionClaims(id, issuerOf(one, 'shared')))
        const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
        const form = { ...GRANT, client_assertion_type, client_assertion }
        return (node: App) => postForm(node, 'shared', 'token', form).then(({ status, json }) => [status, json.error])
      }
      const ask = asked()
      assert.deepEqual(await ask(one), [200, undefined])
      assert.deepEqual(await ask(two), [401, 'invalid_client'])
      const statuses = (await Promise.all(nodes.map(asked()))).map(([status]) => status)
      assert.deepEqual(statuses.toSorted(), [200, 401])
    })

    test('a proof counts once on all nodes, at the token endpoint and at calls', { skip }, async () => {
      const pair = keyPair('EdDSA')
      const bot = await agentWithSecret(one, 'shared', 'bound')
      await Promise.all(nodes.map(node => node.running.service.orgs.poll()))
      const form = { ...GRANT, client_id: bot.id, client_secret: bot.secret }
      const headers = { dpop: dpopProof(pair, 'POST', `${issuerOf(one, 'shared')}/oauth/token`) }
      const got = await postForm(one, 'shared', 'token', form, headers)
      assert.deepEqual([got.status, got.json.token_type], [200, 'DPoP'], got.text)
      const again = await postForm(two, 'shared', 'token', form, headers)
      assert.deepEqual([again.status, again.json.error], [400, 'invalid_dpop_proof'], again.text)

      const token: string = got.json.access_token
      const path = '/orgs/shared/api/v1/me'
      const asked = () => {
        const dpop = dpopProof(pair, 'GET', `${PUBLIC.PUBLIC_URL}${path}`, token)
        return async (node: App) => (await bare(node, 'GET', path, { authorization: `DPoP ${token}`, dpop })).status
      }
      const call = asked()
      assert.deepEqual([await call(one), await call(two)], [200, 401])
      assert.deepEqual((await Promise.all(nodes.map(asked()))).toSorted(), [200, 401])
    })
  })
}

describe('a node without a master key', async () => {
  const postgres = await startPostgres()
  const skip = skipWithout(postgres)
  test('says which setting is missing, and does all else', { skip }, async () => {
    if (postgres.kind === 'missing') return
    const app = await startApp({ DATABASE_URL: postgres.url })
    try {
      await orgOf(app, 'acme')
      const bot = await agentWithSecret(app, 'acme', 'bot')
      const form = { grant_type: 'client_credentials', client_id: bot.id, client_secret: bot.secret }
      const got = await postForm(app, 'acme', 'token', form)
      assert.deepEqual([got.status, got.json.error], [503, 'temporarily_unavailable'])
      assert.match(got.json.error_description, /LUMOAUTH_MASTER_KEY/)
    } finally {
      await app.close()
      await postgres.stop()
    }
  })
})

function told(t: TestContext, took: readonly number[]): void {
  const sorted = took.toSorted((a, b) => a - b)
  const ms = (at: number) => `${sorted[at]?.toFixed(1)} ms`
  t.diagnostic(
    `known on the other node after ${ms(Math.floor(sorted.length / 2))} (median), ${ms(sorted.length - 1)} at the most`,
  )
}
