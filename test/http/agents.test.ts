import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type team
  relations
    define member: [user]
type agent
  relations
    define owner: [user, team#member]
type document
`

const publicJwk = (type: 'ed25519' | 'ed448' | 'ec' | 'rsa', bits = 2048) => {
  const pair =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: bits })
        : generateKeyPairSync(type as 'ed25519')
  return { pub: pair.publicKey.export({ format: 'jwk' }), priv: pair.privateKey.export({ format: 'jwk' }) }
}

const ed = publicJwk('ed25519')
const ec = publicJwk('ec')
const rsa = publicJwk('rsa')

describe('agents over the management API', () => {
  let app: App
  const base = '/orgs/acme/api/v1/admin/agents'
  const make = async (body: object) => {
    const made = await app.send('POST', base, { body })
    assert.equal(made.status, 201, made.text)
    return made.json.data
  }
  const decide = async (subject: string, action: string, resource: string) => {
    const [type, id] = subject.split(':')
    const [rtype, rid] = resource.split(':')
    const body = { subject: { type, id }, action: { name: action }, resource: { type: rtype, id: rid } }
    return (await app.send('POST', '/orgs/acme/access/v1/evaluation', { body })).json.decision
  }
  before(async () => {
    app = await startApp()
    await makeOrg(app, 'acme', MODEL, 'Agents can read and edit documents.\nOwners of an agent can stop it.')
    await makeOrg(app, 'other', MODEL, '')
  })
  after(() => app.close())

  test('an agent is made with a secret shown once, and read back without it', async () => {
    const made = await app.send('POST', base, {
      body: {
        name: 'Research Assistant Bot',
        slug: 'research-bot',
        description: 'finds things',
        type: 'bot',
        capabilities: ['read:documents', 'tool:search_web'],
        owner: 'user:ann',
        budget_policy: { max_tokens_per_day: 100000, max_cost_per_month_usd: 50, allowed_models: ['gpt-4'] },
        allowedIps: ['10.0.0.0/8', '2001:db8::1'],
        canActOnBehalfOfUsers: true,
        delegation: { max_depth: 2, users: ['ann'] },
        tokenLifetime: 600,
        metadata: { team: { a: [1] } },
      },
    })
    assert.equal(made.status, 201, made.text)
    const { data } = made.json
    assert.match(data.clientSecret, /^lms_[A-Za-z0-9_-]{43}$/)
    assert.match(data.id, /^agt_[0-9a-f]{32}$/)
    assert.equal(data.clientId, data.id)
    assert.equal(made.headers.etag, '"1"')
    for (const name of [data.id, 'research-bot']) {
      const read = await app.send('GET', `${base}/${name}`)
      assert.equal(read.status, 200)
      assert.equal(read.headers.etag, '"1"')
      const { clientSecret: _, ...rest } = data
      assert.deepEqual(read.json.data, rest)
    }
    assert.equal(JSON.stringify((await app.send('GET', `${base}/research-bot`)).json).includes('lms_'), false)
    const credentials = (await app.send('GET', `${base}/research-bot/credentials`)).json.data
    assert.deepEqual(
      credentials.map((c: { kind: string; status: string }) => [c.kind, c.status]),
      [['secret', 'active']],
    )
    assert.doesNotMatch(JSON.stringify(credentials), /hash/)
  })

  test('a slug comes of the name, is found when taken, and is never given again', async () => {
    assert.equal((await make({ name: 'Früh & Spät!' })).slug, 'fruh-spat')
    assert.equal((await make({ name: 'früh spät' })).slug, 'fruh-spat-2')
    assert.equal((await make({ name: '…' })).slug, 'agent')
    const gone = await make({ name: 'Short Lived', slug: 'short-lived', owner: 'user:ann' })
    assert.equal((await app.send('DELETE', `${base}/${gone.id}`)).status, 200)
    assert.equal((await app.send('GET', `${base}/${gone.id}`)).status, 404)
    assert.equal((await app.send('GET', `${base}/short-lived`)).status, 404)
    assert.equal((await app.send('POST', `${base}/${gone.id}/resume`)).status, 404)
    const again = await app.send('POST', base, { body: { name: 'x', slug: 'short-lived' } })
    assert.deepEqual([again.status, again.json.code], [409, 'duplicate_resource'])
    assert.equal((await make({ name: 'Short Lived' })).slug, 'short-lived-2')
    assert.equal(await decide('user:ann', 'stop', 'agent:short-lived'), false)
    const list = (await app.send('GET', `${base}?search=short`)).json.data
    assert.deepEqual(
      list.map((a: { slug: string }) => a.slug),
      ['short-lived-2'],
    )
  })

  test('many of one name at once each get a slug of their own', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => make({ name: 'Crowd' })))
    assert.deepEqual(made.map(a => a.slug).sort(), ['crowd', 'crowd-2', 'crowd-3', 'crowd-4'])
  })

  const BAD: readonly (readonly [name: string, body: object])[] = [
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['an unknown member', { name: 'x', token_lifetime: 5 }],
    ['a slug in capitals', { name: 'x', slug: 'Big' }],
    ['a type there is not', { name: 'x', type: 'robot' }],
    ['a capability with a space', { name: 'x', capabilities: ['read documents'] }],
    ['a capability twice', { name: 'x', capabilities: ['a:b', 'a:b'] }],
    ['an owner that is a document', { name: 'x', owner: 'document:1' }],
    ['an owner that is no entity', { name: 'x', owner: 'ann' }],
    ['an unknown member of the budget', { name: 'x', budget_policy: { max_tokens: 1 } }],
    ['half a token', { name: 'x', budget_policy: { max_tokens_per_day: 1.5 } }],
    ['a budget below zero', { name: 'x', budget_policy: { max_cost_per_month_usd: -1 } }],
    ['parts of a dollar nobody counts', { name: 'x', budget_policy: { max_cost_per_month_usd: '1.0000001' } }],
    ['an unknown member of a task', { name: 'x', budget_policy: { per_task: { x: 1 } } }],
    ['an address that is none', { name: 'x', allowedIps: ['10.0.0.256'] }],
    ['a block with bits beyond it', { name: 'x', allowedIps: ['10.0.0.1/8'] }],
    ['a lifetime nobody can use', { name: 'x', tokenLifetime: 60 }],
    ['a lifetime beyond the org', { name: 'x', tokenLifetime: 3601 }],
    ['a depth beyond the org', { name: 'x', delegation: { max_depth: 4 } }],
    ['an audience that is no URI', { name: 'x', allowedAudiences: ['invoices'] }],
    ['an audience with a fragment', { name: 'x', allowedAudiences: ['https://a.com/#x'] }],
    ['metadata that is too deep', { name: 'x', metadata: { a: { a: { a: { a: { a: { a: { a: { a: {} } } } } } } } } }],
    ['metadata that is too much', { name: 'x', metadata: { a: 'x'.repeat(17_000) } }],
    ['metadata that is a list', { name: 'x', metadata: [] }],
    ['a blueprint there is not', { name: 'x', blueprint: 'none' }],
    ['keys beside a secret', { name: 'x', identityType: 'client_credentials', jwks: { keys: [ed.pub] } }],
    ['a key pair without keys', { name: 'x', identityType: 'private_key_jwt' }],
    ['both ways to name keys', { name: 'x', jwks: { keys: [ed.pub] }, jwksUri: 'https://a.com/jwks.json' }],
    ['no keys in the set', { name: 'x', jwks: { keys: [] } }],
    ['a set that is none', { name: 'x', jwks: { key: ed.pub } }],
    ['a private Ed25519 key', { name: 'x', jwks: { keys: [ed.priv] } }],
    ['a private EC key', { name: 'x', jwks: { keys: [ec.priv] } }],
    ['a private RSA key', { name: 'x', jwks: { keys: [rsa.priv] } }],
    ['a shared secret as a key', { name: 'x', jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0' }] } }],
    ['an Ed448 key', { name: 'x', jwks: { keys: [publicJwk('ed448').pub] } }],
    ['an alg of another key', { name: 'x', jwks: { keys: [{ ...ed.pub, alg: 'ES256' }] } }],
    ['an alg that is none', { name: 'x', jwks: { keys: [{ ...rsa.pub, alg: 'none' }] } }],
    ['an HMAC alg', { name: 'x', jwks: { keys: [{ ...rsa.pub, alg: 'HS256' }] } }],
    ['a short RSA key', { name: 'x', jwks: { keys: [publicJwk('rsa', 1024).pub] } }],
    ['a key to encrypt with', { name: 'x', jwks: { keys: [{ ...rsa.pub, use: 'enc' }] } }],
    ['a point off the curve', { name: 'x', jwks: { keys: [{ ...ec.pub, y: 'A'.repeat(43) }] } }],
    ['a key cut short', { name: 'x', jwks: { keys: [{ ...ed.pub, x: 'AAAA' }] } }],
    ['one key twice', { name: 'x', jwks: { keys: [ed.pub, { ...ed.pub, kid: '2' }] } }],
    [
      'one kid twice',
      {
        name: 'x',
        jwks: {
          keys: [
            { ...ed.pub, kid: 'a' },
            { ...ec.pub, kid: 'a' },
          ],
        },
      },
    ],
    ['where keys are fetched from elsewhere', { name: 'x', jwks: { keys: [{ ...ed.pub, x5u: 'https://evil.com' }] } }],
    ['six keys', { name: 'x', jwks: { keys: [1, 2, 3, 4, 5, 6].map(() => publicJwk('ed25519').pub) } }],
    ['keys over plain http', { name: 'x', jwksUri: 'http://keys.example.com/jwks.json' }],
    ['keys with a password', { name: 'x', jwksUri: 'https://a:b@keys.example.com/jwks.json' }],
    ['keys in a file', { name: 'x', jwksUri: 'file:///etc/passwd' }],
  ]

  for (const [name, body] of BAD) {
    test(`${name}: refused, and nothing is registered`, async () => {
      const before = (await app.send('GET', `${base}?limit=1`)).json.meta.total
      const refused = await app.send('POST', base, { body })
      assert.ok([400, 404].includes(refused.status), refused.text)
      assert.equal((await app.send('GET', `${base}?limit=1`)).json.meta.total, before)
    })
  }

  const KEYS: readonly (readonly [name: string, body: object])[] = [
    ['an Ed25519 key', { jwks: { keys: [ed.pub] } }],
    ['by its new name', { jwks: { keys: [{ ...ed.pub, alg: 'Ed25519', use: 'sig', kid: 'k' }] } }],
    ['an EC key', { jwks: { keys: [{ ...ec.pub, alg: 'ES256', key_ops: ['verify'] }] } }],
    ['an RSA key', { jwks: { keys: [{ ...rsa.pub, alg: 'RS256' }] } }],
    ['one of each', { jwks: { keys: [ed.pub, ec.pub, rsa.pub] } }],
    ['where they are', { jwksUri: 'https://keys.example.com/jwks.json' }],
  ]
  for (const [name, body] of KEYS) {
    test(`keys: ${name}`, async () => {
      const made = await make({ name: 'keyed', ...body })
      assert.equal(made.identityType, 'private_key_jwt')
      assert.equal(made.clientSecret, undefined)
      assert.deepEqual(made.jwks ?? made.jwksUri, 'jwks' in body ? body.jwks : (body as { jwksUri: string }).jwksUri)
    })
  }

  test('a change with the version one saw wins once, and nothing is lost without one', async () => {
    const { id } = await make({ name: 'raced' })
    const change = (n: number, tag?: string) =>
      app.send('PATCH', `${base}/${id}`, {
        body: { metadata: { n } },
        ...(tag !== undefined && { headers: { 'if-match': tag } }),
      })
    const answers = await Promise.all([1, 2, 3, 4, 5].map(n => change(n, '"1"')))
    assert.deepEqual(answers.map(a => a.status).sort(), [200, 412, 412, 412, 412])
    const won = answers.find(a => a.status === 200)
    assert.equal(won?.headers.etag, '"2"')
    for (const tag of ['"1"', 'W/"1"', 'x', '2', '']) assert.equal((await change(9, tag)).status, 412)
    const version = (await app.send('GET', `${base}/${id}`)).json.data.version
    for (const tag of [`"${version}"`, '*']) assert.equal((await change(10, tag)).status, 200)
    const free = await Promise.all([1, 2, 3, 4].map(n => change(n)))
    assert.deepEqual(
      free.map(a => a.status),
      [200, 200, 200, 200],
    )
    assert.equal((await app.send('GET', `${base}/${id}`)).json.data.version, version + 6)
  })

  test('PUT and PATCH change what is said and leave the rest', async () => {
    const made = await make({ name: 'edited', description: 'd', capabilities: ['a:b'], metadata: { x: 1 } })
    for (const method of ['PUT', 'PATCH']) {
      const changed = await app.send(method, `${base}/${made.id}`, { body: { name: `${method} it` } })
      assert.equal(changed.status, 200, changed.text)
      assert.equal(changed.json.data.name, `${method} it`)
      assert.equal(changed.json.data.slug, 'edited')
      assert.deepEqual(changed.json.data.capabilities, ['a:b'])
    }
    for (const body of [{ slug: 'x' }, { status: 'active' }, { identityType: 'api_key' }, { jwks: {} }]) {
      assert.equal((await app.send('PATCH', `${base}/${made.id}`, { body })).status, 400)
    }
  })

  test('its owner holds the relation `owner`, as long as it is theirs', async () => {
    const { id, slug } = await make({ name: 'owned', owner: 'user:ann' })
    const holders = async () =>
      (await app.send('GET', `/orgs/acme/api/v1/admin/tuples?object=agent:${slug}`)).json.data.map(
        (t: { user: string }) => t.user,
      )
    assert.deepEqual(await holders(), ['user:ann'])
    assert.equal(await decide('user:ann', 'stop', `agent:${slug}`), true)
    await app.send('PATCH', `${base}/${id}`, { body: { owner: 'team:eng' } })
    assert.deepEqual(await holders(), ['team:eng#member'])
    await app.send('PATCH', `${base}/${id}`, { body: { owner: null } })
    assert.deepEqual(await holders(), [])
    await app.send('PATCH', `${base}/${id}`, { body: { owner: 'user:bob' } })
    await app.send('DELETE', `${base}/${id}`)
    assert.deepEqual(await holders(), [])
    const plain = await app.send('POST', '/api/v1/admin/organizations', { body: { slug: 'plain' } })
    assert.equal(plain.status, 201)
    const unrelated = await app.send('POST', '/orgs/plain/api/v1/admin/agents', {
      body: { name: 'x', owner: 'user:a' },
    })
    assert.deepEqual([unrelated.status, unrelated.json.data.owner], [201, 'user:a'])
  })

  test('lists are found by what is asked, page by page', async () => {
    await makeOrg(app, 'many', MODEL, '')
    const path = '/orgs/many/api/v1/admin/agents'
    for (let n = 0; n < 7; n += 1) {
      const body = { name: `Worker ${n}`, type: n % 2 === 0 ? 'bot' : 'service', ...(n < 3 && { owner: 'user:ann' }) }
      assert.equal((await app.send('POST', path, { body })).status, 201)
    }
    await app.send('POST', `${path}/worker-6/suspend`)
    const slugs = async (query: string) => {
      const got = await app.send('GET', `${path}?${query}`)
      assert.equal(got.status, 200, got.text)
      assert.deepEqual(got.json.meta, got.json.pagination)
      assert.equal(got.json.resourceType, 'agents')
      return [got.json.data.map((a: { slug: string }) => a.slug.slice(-1)).join(''), got.json.meta]
    }
    const all = { total: 7, limit: 3, totalPages: 3 }
    assert.deepEqual(await slugs('limit=3'), ['012', { ...all, page: 1, hasNextPage: true, hasPreviousPage: false }])
    assert.deepEqual(await slugs('limit=3&page=3'), [
      '6',
      { ...all, page: 3, hasNextPage: false, hasPreviousPage: true },
    ])
    assert.equal((await slugs('limit=3&page=9'))[0], '')
    assert.equal((await slugs('search=WORKER%203'))[0], '3')
    assert.equal((await slugs('type=service'))[0], '135')
    assert.equal((await slugs('owner=user:ann&type=bot'))[0], '02')
    assert.equal((await slugs('status=suspended'))[0], '6')
    for (const query of ['limit=0', 'limit=101', 'page=0', 'status=dead', 'type=x', 'owner=ann']) {
      assert.equal((await app.send('GET', `${path}?${query}`)).status, 400, query)
    }
  })

  test('what an agent may do changes with its status, at once', async () => {
    const { id, slug } = await make({ name: 'moving', capabilities: ['read:documents'] })
    const WAYS: readonly (readonly [path: string, status: number, is: string, allowed: boolean])[] = [
      ['suspend', 200, 'suspended', false],
      ['activate', 409, 'suspended', false],
      ['resume', 200, 'active', true],
      ['resume', 200, 'active', true],
      ['review', 200, 'under_review', false],
      ['resume', 200, 'active', true],
      ['deactivate', 200, 'inactive', false],
      ['resume', 409, 'inactive', false],
      ['activate', 200, 'active', true],
      ['disable', 200, 'inactive', false],
      ['enable', 200, 'active', true],
      ['revoke', 200, 'revoked', false],
      ['revoke', 200, 'revoked', false],
      ['resume', 409, 'revoked', false],
      ['activate', 409, 'revoked', false],
      ['suspend', 409, 'revoked', false],
    ]
    for (const [path, status, is, allowed] of WAYS) {
      const moved = await app.send('POST', `${base}/${id}/${path}`, { body: { reason: `because ${path}` } })
      assert.equal(moved.status, status, `${path}: ${moved.text}`)
      assert.equal((await app.send('GET', `${base}/${id}`)).json.data.status, is)
      assert.equal(await decide(`agent:${slug}`, 'read', 'document:1'), allowed, path)
    }
    const read = (await app.send('GET', `${base}/${id}`)).json.data
    assert.deepEqual([read.statusReason, read.isActive], ['because revoke', false])
    assert.equal((await app.send('POST', `${base}/${id}/suspend`, { body: { reason: 5 } })).status, 400)
    assert.equal((await app.send('POST', `${base}/nobody/suspend`)).status, 404)
  })

  test('capabilities are a list under both names, and bind the next decision', async () => {
    const { id, slug } = await make({ name: 'capable', capabilities: ['read:documents'] })
    assert.equal(await decide(`agent:${slug}`, 'edit', 'document:1'), false)
    const put = await app.send('PUT', `${base}/${id}/capabilities`, {
      body: { capabilities: ['read:documents', 'edit:documents'] },
    })
    assert.equal(put.status, 200, put.text)
    assert.equal(await decide(`agent:${slug}`, 'edit', 'document:1'), true)
    const scopes = await app.send('PUT', `${base}/${id}/scopes`, { body: { scopes: ['document.read'] } })
    assert.deepEqual(scopes.json.data.scopes, ['document.read'])
    assert.equal(await decide(`agent:${slug}`, 'edit', 'document:1'), false)
    assert.equal(await decide(`agent:${slug}`, 'read', 'document:1'), true)
    const read = await app.send('GET', `${base}/${id}/capabilities`)
    assert.deepEqual(read.json.data.capabilities, ['document.read'])
    assert.deepEqual((await app.send('GET', `${base}/${id}/scopes`)).json.data.scopes, ['document.read'])
    assert.deepEqual((await app.send('GET', `${base}/${id}`)).json.data.permissions, ['document.read'])
    const stale = { headers: { 'if-match': '"1"' }, body: { scopes: [] } }
    assert.equal((await app.send('PUT', `${base}/${id}/scopes`, stale)).status, 412)
    assert.equal((await app.send('PUT', `${base}/${id}/scopes`, { body: { capabilities: [] } })).status, 400)
  })

  test('what ends tokens is recorded as such: leaving active, fewer capabilities, credentials that end', async () => {
    const { id, slug } = await make({ name: 'ending', capabilities: ['a:b', 'c:d'] })
    const since = async () => {
      const state = await app.running.service.orgs.get('acme')
      return state.registry.subjectRevokedAt(`agent:${slug}`)
    }
    assert.equal(await since(), null)
    await app.send('PATCH', `${base}/${id}`, { body: { name: 'x', capabilities: ['a:b', 'c:d', 'e:f'] } })
    await app.send('POST', `${base}/${id}/rotate-credentials`, { body: { overlap_seconds: 60 } })
    assert.equal(await since(), null)
    let last = 0
    const ENDS: readonly (() => Promise<unknown>)[] = [
      () => app.send('PUT', `${base}/${id}/scopes`, { body: { scopes: ['a:b'] } }),
      () => app.send('POST', `${base}/${id}/rotate-credentials`),
      () => app.send('POST', `${base}/${id}/suspend`),
      () => app.send('DELETE', `${base}/${id}`),
    ]
    for (const end of ENDS) {
      await new Promise(resolve => setTimeout(resolve, 5))
      await end()
      const at = (await since()) ?? 0
      assert.ok(at > last, `${at} after ${last}`)
      last = at
    }
  })

  test('two credentials may overlap, and never more', async () => {
    const { id, clientSecret } = await make({ name: 'rotating' })
    const rotate = async (body?: object) => {
      const got = await app.send('POST', `${base}/${id}/rotate-credentials`, body === undefined ? {} : { body })
      assert.equal(got.status, 200, got.text)
      return got.json.data
    }
    const list = async () => (await app.send('GET', `${base}/${id}/credentials`)).json.data
    const second = await rotate({ overlap_seconds: 3600 })
    assert.match(second.clientSecret, /^lms_/)
    assert.notEqual(second.clientSecret, clientSecret)
    const both = await list()
    assert.deepEqual(both.map((c: { status: string }) => c.status).sort(), ['active', 'active'])
    assert.equal(both.filter((c: { expires_at: string | null }) => c.expires_at !== null).length, 1)
    await rotate({ overlap_seconds: 3600 })
    assert.deepEqual((await list()).map((c: { status: string }) => c.status).sort(), ['active', 'active', 'retired'])
    const last = await rotate()
    assert.equal((await list()).filter((c: { status: string }) => c.status === 'active').length, 1)
    assert.equal((await app.send('DELETE', `${base}/${id}/credentials/${last.id}`)).status, 200)
    assert.equal((await list()).filter((c: { status: string }) => c.status === 'active').length, 0)
    const stranger = await make({ name: 'stranger' })
    const [foreign] = (await app.send('GET', `${base}/${stranger.id}/credentials`)).json.data
    assert.equal((await app.send('DELETE', `${base}/${id}/credentials/${foreign.id}`)).status, 404)
    for (const body of [{ overlap_seconds: -1 }, { overlap_seconds: 1e9 }, { jwks: { keys: [ed.pub] } }]) {
      assert.equal((await app.send('POST', `${base}/${id}/rotate-credentials`, { body })).status, 400)
    }
    const keyed = await make({ name: 'rotating keys', jwks: { keys: [ed.pub] } })
    const keys = await app.send('POST', `${base}/${keyed.id}/rotate-credentials`, {
      body: { jwks: { keys: [ec.pub] } },
    })
    assert.equal(keys.status, 200)
    assert.deepEqual((await app.send('GET', `${base}/${keyed.id}`)).json.data.jwks, { keys: [ec.pub] })
  })

  test('an agent with an API key calls as itself, within its addresses, until the key ends', async () => {
    const made = await make({ name: 'Caller', identityType: 'api_key', capabilities: ['check:org_access'] })
    const register = (key: string, body: object = { name: 'Caller' }) =>
      app.send('POST', '/orgs/acme/api/v1/agents/register', { key, body })
    assert.match(made.apiKey, /^lmk_agt_acme_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/)
    assert.equal((await register(made.apiKey)).status, 200)
    assert.equal((await app.send('GET', base, { key: made.apiKey })).status, 403)
    const bearer = { key: null, headers: { authorization: `Bearer ${made.apiKey}` }, body: { name: 'Caller' } }
    assert.equal((await app.send('POST', '/orgs/acme/api/v1/agents/register', bearer)).status, 200)
    assert.equal((await app.send('GET', '/orgs/other/api/v1/admin/agents', { key: made.apiKey })).status, 403)
    for (const wrong of [
      `${made.apiKey.slice(0, -1)}x`,
      made.apiKey.replace('acme', 'other'),
      made.apiKey.replace('acme', 'none'),
    ]) {
      assert.equal((await register(wrong)).status, 401, wrong)
    }
    await app.send('PATCH', `${base}/${made.id}`, { body: { allowedIps: ['192.0.2.0/24'] } })
    assert.equal((await register(made.apiKey)).status, 403)
    await app.send('PATCH', `${base}/${made.id}`, { body: { allowedIps: ['127.0.0.0/8'] } })
    assert.equal((await register(made.apiKey)).status, 200)
    await app.send('POST', `${base}/${made.id}/suspend`)
    assert.equal((await register(made.apiKey)).status, 401)
    await app.send('POST', `${base}/${made.id}/resume`)
    assert.equal((await register(made.apiKey)).status, 200)
    const rotated = await app.send('POST', `${base}/${made.id}/rotate-key`)
    assert.equal((await register(made.apiKey)).status, 401)
    assert.equal((await register(rotated.json.api_key)).status, 200)
    await app.send('POST', `${base}/${made.id}/revoke-key`)
    assert.equal((await register(rotated.json.api_key)).status, 401)
    const plain = await make({ name: 'no key' })
    assert.equal((await app.send('POST', `${base}/${plain.id}/rotate-key`)).status, 400)
  })

  test('an agent that registers itself may have less, never more', async () => {
    const made = await make({ name: 'Self', identityType: 'api_key', capabilities: ['a:b', 'c:d'] })
    const register = (body: object) => app.send('POST', '/orgs/acme/api/v1/agents/register', { key: made.apiKey, body })
    const wider = await register({ client_id: made.id, name: 'Self 2', capabilities: ['a:b', 'e:f'] })
    assert.deepEqual(wider.json, {
      success: true,
      agent_id: made.id,
      name: 'Self 2',
      workload_identity: null,
      capabilities: ['a:b'],
      pending_capabilities: ['e:f'],
    })
    assert.deepEqual((await register({ name: 'Self', capabilities: ['a:b', 'c:d'] })).json.capabilities, ['a:b'])
    assert.equal((await register({ client_id: 'agt_other', name: 'x' })).status, 403)
    assert.equal((await register({ name: 'x', jwks: { keys: [ed.pub] } })).status, 403)
    assert.equal((await register({ name: 'x', jwks_uri: 'https://evil.com/jwks.json' })).status, 403)
    await app.send('PUT', `${base}/${made.id}/capabilities`, { body: { capabilities: ['a:b', 'e:f'] } })
    assert.deepEqual((await app.send('GET', `${base}/${made.id}`)).json.data.requested_capabilities, ['c:d'])
    const admin = await app.send('POST', '/orgs/acme/api/v1/agents/register', {
      body: { name: 'Quick Start', capabilities: ['document.read'], jwks: { keys: [ed.pub] } },
    })
    assert.equal(admin.status, 200, admin.text)
    assert.equal((await app.send('GET', `${base}/${admin.json.agent_id}`)).json.data.slug, 'quick-start')
    for (const role of ['author', 'checker', 'auditor']) {
      const key = await keyOf(app, 'acme', role)
      const refused = await app.send('POST', '/orgs/acme/api/v1/agents/register', { key, body: { name: 'x' } })
      assert.equal(refused.status, 403, role)
    }
  })

  test('instances of a blueprint take over its members, and never get more', async () => {
    const blueprints = '/orgs/acme/api/v1/admin/blueprints'
    const made = await app.send('POST', blueprints, {
      body: {
        name: 'Researcher',
        template: {
          type: 'bot',
          capabilities: ['a:b', 'c:d'],
          budget_policy: { max_tokens_per_day: 10 },
          tokenLifetime: 120,
          canActOnBehalfOfUsers: true,
          delegation: { max_depth: 1 },
          metadata: { from: 'blueprint' },
        },
      },
    })
    assert.equal(made.status, 201, made.text)
    const one = await make({ name: 'instance', blueprint: 'researcher' })
    const { type, capabilities, budget_policy, tokenLifetime, canActOnBehalfOfUsers, delegation, metadata, blueprint } =
      one
    assert.deepEqual(
      { type, capabilities, budget_policy, tokenLifetime, canActOnBehalfOfUsers, delegation, metadata, blueprint },
      {
        ...{ type: 'bot', capabilities: ['a:b', 'c:d'], budget_policy: { max_tokens_per_day: 10 }, tokenLifetime: 120 },
        ...{ canActOnBehalfOfUsers: true, delegation: { max_depth: 1, users: null, require_consent: true } },
        ...{ metadata: { from: 'blueprint' }, blueprint: made.json.data.id },
      },
    )
    const few = await make({
      name: 'few',
      blueprint: made.json.data.id,
      capabilities: ['a:b'],
      delegation: { users: [] },
    })
    assert.deepEqual(few.capabilities, ['a:b'])
    assert.equal(few.delegation.max_depth, 1)
    const more = { name: 'more', blueprint: 'researcher', capabilities: ['e:f'] }
    assert.equal((await app.send('POST', base, { body: more })).status, 400)
    const widened = await app.send('PUT', `${base}/${one.id}/scopes`, { body: { scopes: ['a:b', 'e:f'] } })
    assert.equal(widened.status, 400)
    const path = `${blueprints}/researcher`
    const patch = { body: { template: { capabilities: ['a:b', 'e:f'] } }, headers: { 'if-match': '"1"' } }
    const changed = await app.send('PATCH', path, patch)
    assert.equal(changed.status, 200)
    assert.deepEqual(changed.json.data.template.delegation.max_depth, 1)
    assert.equal((await app.send('PATCH', path, patch)).status, 412)
    assert.equal((await app.send('PUT', `${base}/${one.id}/scopes`, { body: { scopes: ['a:b', 'e:f'] } })).status, 200)
    assert.equal((await app.send('DELETE', path)).status, 409)
    for (const { id } of [one, few]) await app.send('DELETE', `${base}/${id}`)
    assert.equal((await app.send('DELETE', path)).status, 204)
    assert.equal((await app.send('GET', path)).status, 404)
    assert.equal(
      (await app.send('POST', blueprints, { body: { name: 'x', template: { owner: 'user:a' } } })).status,
      400,
    )
  })

  test('history says who did what, and nothing that could be used', async () => {
    const { id } = await make({ name: 'remembered', capabilities: ['a:b'] })
    const key = await keyOf(app, 'acme', 'admin')
    await app.send('PATCH', `${base}/${id}`, { key, body: { capabilities: [] } })
    await app.send('POST', `${base}/${id}/suspend`, { key, body: { reason: 'too eager' } })
    await app.send('POST', `${base}/${id}/rotate-credentials`, { key })
    await app.send('DELETE', `${base}/${id}`, { key })
    const read = async (query = '') => (await app.send('GET', `${base}/${id}/history?limit=100${query}`)).json
    const { data } = await read()
    assert.doesNotMatch(JSON.stringify(data), /[0-9a-f]{64}|lms_/)
    const whats = data.map((e: { what: string }) => e.what.replace(/cred_\w+/, 'cred'))
    assert.deepEqual(whats, [
      'registered',
      'credential cred added: secret',
      'changed',
      'tokens ended: may do less',
      'changed',
      'tokens ended: suspend: too eager',
      'credential cred added: secret',
      'credential cred retired',
      'tokens ended: credentials rotated',
      'deleted',
      'tokens ended: deleted',
      'credential cred retired',
    ])
    assert.equal(data[0].by, 'key:bootstrap')
    assert.match(data[2].by, /^key:[0-9a-f]{16}$/)
    assert.deepEqual(data[2].changes, [{ member: 'capabilities', before: ['a:b'], after: [] }])
    assert.deepEqual(
      data[4].changes.map((c: { member: string; after: unknown }) => [c.member, c.after]),
      [
        ['status', 'suspended'],
        ['statusReason', 'too eager'],
      ],
    )
    const pages = []
    for (let token = ''; ; ) {
      const page = (await app.send('GET', `${base}/${id}/history?limit=5${token}`)).json
      pages.push(...page.data)
      if (page.meta.next_token === '') break
      token = `&page_token=${page.meta.next_token}`
    }
    assert.deepEqual(pages, data)
    assert.equal((await app.send('GET', `${base}/${id}/history?page_token=x`)).status, 400)
  })

  test('one org knows nothing of the agents of another', async () => {
    const { id, slug } = await make({ name: 'mine alone' })
    const theirs = '/orgs/other/api/v1/admin/agents'
    for (const name of [id, slug]) {
      assert.equal((await app.send('GET', `${theirs}/${name}`)).status, 404)
      assert.equal((await app.send('PATCH', `${theirs}/${name}`, { body: { name: 'x' } })).status, 404)
      assert.equal((await app.send('POST', `${theirs}/${name}/suspend`)).status, 404)
      assert.equal((await app.send('GET', `${theirs}/${name}/history`)).status, 404)
    }
    const same = await app.send('POST', theirs, { body: { name: 'x', slug } })
    assert.equal(same.status, 201)
    const key = await keyOf(app, 'other', 'admin')
    assert.equal((await app.send('GET', `${base}/${id}`, { key })).status, 403)
  })
})
