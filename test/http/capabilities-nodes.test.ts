import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, startApp } from '../support/app.ts'
import { agentWithSecret, orgOf, tokenOf } from '../support/oauth.ts'
import { skipWithout, startPostgres } from '../support/services.ts'

/** How long a node may take to hear of a change. */
const MOST_MS = 10_000

describe('capabilities on two nodes of one PostgreSQL', async () => {
  const postgres = await startPostgres()
  const skip = skipWithout(postgres)
  let nodes: readonly App[] = []
  let token: string
  let checker: string
  const base = '/orgs/acme/api/v1'
  const own = (node: App, path: string, body: object) =>
    node.send('POST', `${base}/${path}`, { key: null, headers: { authorization: `Bearer ${token}` }, body })
  const issue = async (node: App, body: object): Promise<string> => {
    const got = await own(node, 'capabilities', { actions: 'read', resources: 'document:*', ...body })
    assert.equal(got.status, 201, got.text)
    return got.json.capability
  }
  const used = async (node: App, capability: string, more: object = { spend: true }): Promise<boolean> => {
    const got = await node.send('POST', '/orgs/acme/access/v1/evaluation', {
      key: checker,
      body: {
        subject: { type: 'agent', id: 'bot' },
        action: { name: 'read' },
        resource: { type: 'document', id: '1' },
        capability,
        ...more,
      },
    })
    assert.equal(got.status, 200, got.text)
    return got.json.decision
  }
  before(async () => {
    if (postgres.kind === 'missing') return
    const env = {
      PUBLIC_URL: 'http://auth.example.test',
      DATABASE_URL: postgres.url,
      LUMOAUTH_MASTER_KEY: 'ab'.repeat(32),
    }
    nodes = [await startApp(env), await startApp(env)]
    const [one] = nodes as [App, App]
    await orgOf(one, 'acme', 'Agents can read documents.')
    const bot = await agentWithSecret(one, 'acme', 'bot', { capabilities: ['read:documents'] })
    token = (await tokenOf(one, 'acme', bot)).json.access_token
    checker = await keyOf(one, 'acme', 'checker')
  })
  after(async () => {
    for (const node of nodes) await node.close()
    if (postgres.kind === 'running') await postgres.stop()
  })

  for (const uses of [1, 9]) {
    test(`one for ${uses} uses is used ${uses} times, whichever nodes are asked at once`, { skip }, async () => {
      const [one, two] = nodes as [App, App]
      const capability = await issue(one, { uses })
      const tries = Array.from({ length: 40 }, (_, i) => used(i % 2 === 0 ? one : two, capability))
      assert.equal((await Promise.all(tries)).filter(Boolean).length, uses)
      assert.deepEqual([await used(one, capability, {}), await used(two, capability, {})], [false, false])
    })
  }

  test('children on both nodes share what their parent has left', { skip }, async () => {
    const [one, two] = nodes as [App, App]
    const parent = await issue(one, { uses: 6 })
    const [left, right] = [await issue(one, { parent, uses: 5 }), await issue(two, { parent, uses: 5 })]
    const all = [left, right, parent]
    const tries = Array.from({ length: 36 }, (_, i) => used(i % 2 === 0 ? one : two, all[i % 3] ?? parent))
    assert.equal((await Promise.all(tries)).filter(Boolean).length, 6)
  })

  test('what one node revokes, the other one soon refuses with all that came from it', { skip }, async t => {
    const [one, two] = nodes as [App, App]
    const parent = await issue(one, {})
    const child = await issue(two, { parent })
    assert.deepEqual([await used(one, child), await used(two, child)], [true, true])
    assert.equal((await own(one, 'capabilities/revoke', { capability: parent })).status, 200)
    assert.equal(await used(one, child), false)
    const from = performance.now()
    while (await used(two, child)) {
      assert.ok(performance.now() - from < MOST_MS, 'the other node has not heard of it')
    }
    t.diagnostic(`the other node refused after ${Math.round(performance.now() - from)} ms`)
  })
})
