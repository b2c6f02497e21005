import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import {
  agentWithKeys,
  agentWithSecret,
  assertionClaims,
  bare,
  headerIn,
  issuerOf,
  keyPair,
  orgOf,
  postForm,
  register,
  signed,
  tokenOf,
} from '../support/oauth.ts'
import { type Service, skipWithout, startPostgres, startRedis } from '../support/services.ts'

const ME = '/orgs/shared/api/v1/agents/me'
const PUBLIC = { PUBLIC_URL: 'http://auth.example.test' }

for (const through of ['postgres', 'redis'] as const) {
  describe(`tokens on two nodes of one PostgreSQL, told of changes through ${through}`, async () => {
    const postgres = await startPostgres()
    const redis: Service = through === 'redis' ? await startRedis() : postgres
    const skip = skipWithout(postgres) || skipWithout(redis)
    let nodes: readonly App[] = []
    before(async () => {
      if (postgres.kind === 'missing' || redis.kind === 'missing') return
      const env = {
        ...PUBLIC,
        DATABASE_URL: postgres.url,
        LUMOAUTH_MASTER_KEY: 'ab'.repeat(32),
        ...(through === 'redis' && { REDIS_URL: redis.url }),
      }
      nodes = await Promise.all([startApp(env), startApp(env)])
      await orgOf(nodes[0] as App, 'shared')
    })
    after(async () => {
      await Promise.all(nodes.map(node => node.close()))
      if (redis !== postgres && redis.kind === 'running') await redis.stop()
      if (postgres.kind === 'running') await postgres.stop()
    })

    const calls = (token: string) =>
      Promise.all(nodes.map(async node => (await bare(node, 'GET', ME, { authorization: `Bearer ${token}` })).status))
    const until = async (want: number, token: string): Promise<readonly number[]> => {
      for (const end = Date.now() + 5_000; Date.now() < end; ) {
        const got = await calls(token)
        if (got.every(status => status === want)) return got
        await new Promise(resolve => setTimeout(resolve, 10))
      }
      return calls(token)
    }

    test('first tokens asked of both at once are signed with one key', { skip }, async () => {
      const [one, two] = nodes as [App, App]
      const bot = await agentWithSecret(one, 'shared', 'first', { capabilities: ['read:documents'] })
      await until(200, (await tokenOf(one, 'shared', bot)).json.access_token)
      const kids = await Promise.all(
        [one, two, one, two].map(async node => headerIn((await tokenOf(node, 'shared', bot)).json.access_token).kid),
      )
      assert.equal(new Set(kids).size, 1)
      const sets = await Promise.all(nodes.map(node => bare(node, 'GET', '/orgs/shared/api/v1/.well-known/jwks.json')))
      assert.deepEqual(sets[0]?.json, sets[1]?.json)
      assert.equal(sets[0]?.json.keys.length, 2)
    })

    test('an agent suspended on one is refused by both', { skip }, async () => {
      const [one, two] = nodes as [App, App]
      const bot = await agentWithSecret(one, 'shared', 'suspended')
      const token: string = (await tokenOf(one, 'shared', bot)).json.access_token
      assert.deepEqual(await until(200, token), [200, 200])
      const agent = (await two.running.service.orgs.get('shared')).registry.agents.get(bot.id)
      assert.ok(agent !== undefined)
      await register(two, 'shared', { ...agent, status: 'suspended' })
      assert.deepEqual(await until(401, token), [401, 401])
    })

    test('a token revoked on one is dead on both', { skip }, async () => {
      const [one, two] = nodes as [App, App]
      const bot = await agentWithSecret(one, 'shared', 'revoked')
      const token: string = (await tokenOf(one, 'shared', bot)).json.access_token
      assert.deepEqual(await until(200, token), [200, 200])
      assert.equal((await postForm(two, 'shared', 'revoke', { token })).status, 200)
      assert.deepEqual(await until(401, token), [401, 401])
    })

    test('an assertion counts once on all', { skip }, async () => {
      const [one] = nodes as [App]
      const pair = keyPair('EdDSA')
      const id = await agentWithKeys(one, 'shared', 'keyed', [pair.jwk])
      await Promise.all(nodes.map(node => node.running.service.orgs.poll()))
      const form = {
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: signed(pair, {}, assertionClaims(id, issuerOf(one, 'shared'))),
      }
      const got = await Promise.all(nodes.map(node => postForm(node, 'shared', 'token', form)))
      assert.deepEqual(got.map(answer => answer.status).toSorted(), [200, 401])
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
