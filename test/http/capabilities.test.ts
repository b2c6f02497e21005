import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Caveats } from '../../src/agents/capability.ts'
import { deriveCapability } from '../../src/pdp/capabilities/derive.ts'
import { verifyCapability } from '../../src/pdp/capabilities/offline.ts'
import { thumbprintOf } from '../../src/pdp/tokens/dpop.ts'
import { patternOf } from '../../src/policy/evidence.ts'
import { type Answered, type App, keyOf, makeOrg, startApp } from '../support/app.ts'
import { claimsIn, dpopProof, headerIn, issuerOf, type KeyPair, keyPair } from '../support/oauth.ts'

const MODEL = `model
  schema 1.1
type user
type agent
type document
  relations
    define owner: [user, agent]
    define outsider: [agent]
`
const POLICY = `Users and agents can read documents.
Owners of a document can edit it.
Outsiders of a document cannot read it.
Agents need approval from their owner to delete documents.
Agents can share documents.
Agents cannot share documents.
`
const CAPABILITIES = ['read:documents', 'edit:documents', 'delete:documents', 'share:documents', 'delegate:on_behalf']
const API = 'https://api.acme.test'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const TYPE = 'urn:ietf:params:oauth:token-type:access_token'
const jktOf = (pair: KeyPair): string => thumbprintOf(pair.jwk) ?? ''
const holder = ({ privateKey, jwk }: KeyPair) => ({ privateKey, publicJwk: jwk })
const patterns = (...texts: readonly string[]) => texts.flatMap(text => patternOf(text) ?? [])

describe('capabilities', () => {
  let app: App
  let bot: { id: string; clientSecret: string }
  let own: string
  let checker: string
  const base = '/orgs/acme/api/v1'
  const post = async (path: string, body: object, status = 201) => {
    const got = await app.send('POST', `${base}/admin/${path}`, { body })
    assert.equal(got.status, status, got.text)
    return got.json.data
  }
  const form = (endpoint: string, params: Record<string, string>): Promise<Answered> =>
    app.send('POST', `${base}/oauth/${endpoint}`, {
      key: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams(params).toString(),
    })
  const token = async (more: Record<string, string> = {}): Promise<string> => {
    const client = { grant_type: 'client_credentials', client_id: bot.id, client_secret: bot.clientSecret }
    const got = await form('token', { ...client, ...more })
    assert.equal(got.status, 200, got.text)
    return got.json.access_token
  }
  const call = (bearer: string, path: string, body: object, headers: Record<string, string> = {}) =>
    app.send('POST', `${base}/${path}`, { key: null, headers: { authorization: `Bearer ${bearer}`, ...headers }, body })
  const wish = (body: object, bearer = own) => call(bearer, 'capabilities', body)
  const issue = async (body: object, bearer = own) => {
    const got = await wish(body, bearer)
    assert.equal(got.status, 201, got.text)
    return got.json
  }
  const check = async (capability: unknown, more: object = {}, org = 'acme', key = checker) => {
    const got = await app.send('POST', `/orgs/${org}/access/v1/evaluation`, {
      key,
      body: {
        subject: { type: 'agent', id: 'bot' },
        action: { name: 'read' },
        resource: { type: 'document', id: 'q3/plan' },
        capability,
        ...more,
      },
    })
    assert.equal(got.status, 200, got.text)
    return got.json
  }
  const allowed = async (...args: Parameters<typeof check>): Promise<boolean> => (await check(...args)).decision
  const why = async (...args: Parameters<typeof check>): Promise<string> => {
    const got = await check(...args)
    assert.equal(got.decision, false)
    return JSON.stringify(got.context.missing)
  }
  const edit = { action: { name: 'edit' } }
  const on = (id: string) => ({ resource: { type: 'document', id } })

  before(async () => {
    app = await startApp()
    await makeOrg(app, 'acme', MODEL, POLICY)
    await makeOrg(app, 'globex', MODEL, POLICY)
    bot = await post('agents', {
      name: 'Bot',
      slug: 'bot',
      owner: 'user:alice',
      capabilities: CAPABILITIES,
      canActOnBehalfOfUsers: true,
      allowedAudiences: [API],
    })
    await post('users', { id: 'alice', email: 'alice@acme.com' })
    const written = await app.send('POST', `${base}/admin/tuples`, {
      body: { writes: [{ object: 'document:q3/plan', relation: 'owner', user: 'agent:bot' }] },
    })
    assert.equal(written.status, 200, written.text)
    own = await token()
    checker = await keyOf(app, 'acme', 'checker')
  })
  after(() => app.close())

  test('one is signed by the org, and says what was asked for and nothing more', async () => {
    const made = await issue({ actions: ['read', 'edit'], resources: ['document:q3/*'], uses: 3, ttl: 120 })
    assert.deepEqual(headerIn(made.capability).typ, 'capability+jwt')
    const claims = claimsIn(made.capability)
    assert.equal(claims.iss, issuerOf(app, 'acme'))
    assert.deepEqual(claims.chain, ['agent:bot'])
    assert.deepEqual(claims.cap, { actions: ['read', 'edit'], resources: ['document:q3/*'], uses: 3, depth: 3 })
    assert.equal(claims.jti, made.jti)
    assert.ok(made.expires_in <= 120)
    assert.deepEqual(claims.lineage, [claimsIn(own).jti])
    const { json: jwks } = await app.send('GET', `${base}/.well-known/jwks.json`, { key: null })
    const at = Date.now()
    const read = verifyCapability(made.capability, {
      issuer: issuerOf(app, 'acme'),
      jwks,
      audience: issuerOf(app, 'acme'),
      now: at,
    })
    assert.ok(read.ok, JSON.stringify(read))
    assert.equal(read.refusal({ action: 'read', resource: { type: 'document', id: 'q3/x' }, at }), null)
    assert.equal(read.counted, true)
  })

  test('a check is allowed where both the rules and the capability allow', async () => {
    const { capability } = await issue({ actions: ['read', 'edit'], resources: ['document:q3/*'] })
    assert.equal(await allowed(capability), true)
    assert.equal(await allowed(capability, edit), true)
    assert.match(await why(capability, on('q4/plan')), /not for `document:q4\/plan`/)
    assert.match(await why(capability, { ...edit, ...on('q3/other') }), /not an owner/)
    assert.match(await why(capability, { action: { name: 'own' } }), /not for `own`/)
    assert.match(await why(capability, { subject: { type: 'user', id: 'alice' } }), /it is of agent:bot/)
    const hidden = { object: 'document:q3/deep', relation: 'outsider', user: 'agent:bot' }
    await app.send('POST', `${base}/admin/tuples`, { body: { writes: [hidden] } })
    assert.equal(await allowed(capability, on('q3/deep')), false)
    const header = await app.send('POST', `/orgs/acme/access/v1/evaluation`, {
      key: checker,
      headers: { capability },
      body: { subject: { type: 'agent', id: 'bot' }, action: { name: 'read' }, ...on('q4/plan') },
    })
    assert.equal(header.json.decision, false)
    const many = await app.send('POST', `/orgs/acme/access/v1/evaluations`, {
      key: checker,
      body: {
        subject: { type: 'agent', id: 'bot' },
        action: { name: 'read' },
        capability,
        evaluations: [on('q3/a'), on('q4/a')],
      },
    })
    assert.deepEqual(
      many.json.evaluations.map((e: { decision: boolean }) => e.decision),
      [true, false],
    )
  })

  test('permission checks and Ask take one as well', async () => {
    const { capability } = await issue({ actions: 'read', resources: 'document:q3/*' })
    const permission = async (id: string) =>
      (await call(own, 'authz/check', { permission: 'document.read', resource: `document:${id}`, capability })).json
        .allowed
    assert.deepEqual([await permission('q3/a'), await permission('q4/a')], [true, false])
    const ask = async (id: string) =>
      (await call(own, 'agents/ask', { question: `Can I read document:${id}?`, capability })).json
    assert.equal((await ask('q3/a')).allowed, true)
    assert.match((await ask('q4/a')).reason, /the capability `cap_\w+` does not allow it/)
  })

  test('the decision says which capability was shown', async () => {
    const { capability, jti } = await issue({ actions: 'read', resources: 'document:*' })
    const { context } = await check(capability)
    let found = await app.send('GET', `${base}/decisions/${context.id}`)
    // The log is written in batches.
    for (let tries = 0; found.status === 404 && tries < 100; tries += 1) {
      await new Promise(resolve => setTimeout(resolve, 100))
      found = await app.send('GET', `${base}/decisions/${context.id}`)
    }
    assert.ok(found.text.includes(jti), found.text)
  })

  test('what the rules refuse is not given out', async () => {
    const code = async (body: object, bearer = own) => {
      const { status, json } = await wish(body, bearer)
      return [status, json.code]
    }
    assert.deepEqual(await code({ actions: 'edit', resources: 'document:other' }), [403, 'capability_denied'])
    assert.deepEqual(await code({ actions: 'publish', resources: 'document:*' }), [403, 'capability_denied'])
    assert.deepEqual(await code({ actions: 'share', resources: 'document:*' }), [403, 'capability_denied'])
    assert.deepEqual(await code({ actions: 'delete', resources: 'document:1' }), [403, 'approval_required'])
    assert.deepEqual(await code({ actions: 'read', resources: 'document:*', audience: 'https://other.test' }), [
      403,
      'capability_denied',
    ])
    const narrow = await token({ scope: 'read:documents' })
    assert.deepEqual(await code({ actions: 'edit', resources: 'document:q3/plan' }, narrow), [403, 'capability_denied'])
    assert.deepEqual(await code({ actions: 'read', resources: 'document' }), [400, 'invalid_request'])
    assert.deepEqual(await code({ actions: [], resources: 'document:1' }), [400, 'invalid_request'])
    assert.deepEqual(await code({ actions: 'read', resources: 'document:1', uses: 0 }), [400, 'invalid_request'])
    const key = await app.send('POST', `${base}/capabilities`, { body: { actions: 'read', resources: 'document:1' } })
    assert.equal(key.status, 403)
  })

  test('it ends with the token it was traded for', async () => {
    const mine = await token()
    const { capability } = await issue({ actions: 'read', resources: 'document:*' }, mine)
    assert.equal(await allowed(capability), true)
    assert.equal((await form('revoke', { token: mine })).status, 200)
    assert.match(await why(capability), /what it came from was revoked/)
  })

  test('narrowed with the org, it is never wider, counts for its parent, and dies with it', async () => {
    const parent = await issue({ actions: ['read', 'edit'], resources: 'document:q3/*', uses: 4, depth: 2 })
    const narrow = (body: object) =>
      wish({ actions: 'read', resources: 'document:q3/plan', parent: parent.capability, ...body })
    const child = await narrow({ uses: 2 })
    assert.equal(child.status, 201, child.text)
    assert.deepEqual([child.json.uses, child.json.depth, child.json.expires_at], [2, 1, parent.expires_at])
    for (const body of [
      { actions: ['read', 'delete'] },
      { resources: 'document:q*' },
      { uses: 5 },
      { depth: 2 },
      { audience: API },
    ]) {
      const refused = await narrow(body)
      assert.deepEqual([refused.status, refused.json.code], [403, 'capability_denied'], refused.text)
    }
    const grandchild = await wish({ actions: 'read', resources: 'document:q3/plan', parent: child.json.capability })
    assert.deepEqual([grandchild.status, grandchild.json.depth], [201, 0])
    const none = await wish({ actions: 'read', resources: 'document:q3/plan', parent: grandchild.json.capability })
    assert.match(none.json.message, /may not be handed on/)
    assert.equal(await allowed(grandchild.json.capability, {}), true)
    assert.equal((await call(own, 'capabilities/revoke', { capability: parent.capability })).status, 200)
    for (const one of [child.json.capability, grandchild.json.capability])
      assert.match(await why(one), /came from was revoked/)
  })

  test('narrowed by its holder without the org, for a key of the next one', async () => {
    const [ann, ben] = [keyPair('EdDSA'), keyPair('ES256')]
    const root = await issue({ actions: ['read', 'edit'], resources: 'document:*', jkt: jktOf(ann), audience: API })
    assert.equal(root.token_type, 'DPoP')
    const claims = claimsIn(root.capability) as { nbf: number; exp: number }
    const caveats: Caveats = {
      actions: ['read'],
      resources: patterns('document:q3/*'),
      from: claims.nbf * 1000,
      until: claims.exp * 1000,
      uses: null,
      spend: null,
      audience: [API],
      depth: 1,
      jkt: jktOf(ben),
    }
    const child = deriveCapability(root.capability, holder(ann), caveats)
    const url = `${API}/documents/q3`
    const shown = (text: string, pair: KeyPair, at = url) => ({
      token: text,
      audience: API,
      proof: { jwt: dpopProof(pair, 'GET', at, text), method: 'GET', url: at },
    })
    const once = shown(child, ben)
    assert.equal(await allowed(once), true)
    assert.match(await why(once), /the proof was used before/)
    assert.match(await why(shown(child, ben), on('other')), /not for/)
    assert.match(await why(child), /another audience/)
    assert.match(await why({ token: child, audience: API }), /a proof of it is needed/)
    assert.match(await why(shown(child, ann)), /another key/)
    assert.match(await why(shown(child, ben, 'https://evil.test/x')), /address of somebody else/)
    assert.match(await why({ ...shown(child, ben), audience: 'https://evil.test' }), /another audience/)
    const wider = deriveCapability(root.capability, holder(ann), { ...caveats, actions: ['read', 'delete'] })
    assert.match(await why(shown(wider, ben)), /wider than the one before/)
    const [, link = ''] = child.split('~')
    const another = await issue({ actions: 'read', resources: 'document:*', jkt: jktOf(ann), audience: API })
    assert.match(await why(shown(`${another.capability}~${link}`, ben)), /belongs to another one/)
    const sibling = deriveCapability(root.capability, holder(ann), { ...caveats, actions: ['read', 'edit'] })
    assert.equal((await call(own, 'capabilities/revoke', { capability: child })).status, 200)
    assert.match(await why(shown(child, ben)), /it was revoked/)
    assert.equal(await allowed(shown(sibling, ben)), true)
    assert.equal(
      (await form('revoke', { token: root.capability, client_id: bot.id, client_secret: bot.clientSecret })).status,
      200,
    )
    assert.match(await why(shown(sibling, ben)), /revoked/)
  })

  test('one of another org is worth nothing here', async () => {
    const { capability } = await issue({ actions: 'read', resources: 'document:*' })
    const key = await keyOf(app, 'globex', 'checker')
    assert.match(await why(capability, {}, 'globex', key), /the org did not sign it|another org/)
    for (const text of ['x', own, `${capability}~`, `${capability.slice(0, -4)}AAAA`]) {
      assert.equal(await allowed(text), false, text.slice(0, 20))
    }
  })

  test('on behalf of a user, for the whole chain', async () => {
    await post('consents', { user: 'alice', agent: 'bot', scopes: CAPABILITIES })
    const alice = (await post('users/alice/token', { scopes: CAPABILITIES })).accessToken
    const acting = (
      await form('token', {
        grant_type: EXCHANGE,
        subject_token: alice,
        subject_token_type: TYPE,
        actor_token: own,
        actor_token_type: TYPE,
      })
    ).json.access_token
    const { capability, chain } = await issue({ actions: 'read', resources: 'document:*' }, acting)
    assert.deepEqual(chain, ['user:alice', 'agent:bot'])
    const subject = { type: 'user', id: 'alice' }
    const through = (...actors: string[]) => ({ subject, context: { actors } })
    assert.equal(await allowed(capability, through('agent:bot')), true)
    assert.match(await why(capability, through()), /it is of user:alice through agent:bot/)
    assert.match(await why(capability), /it is of user:alice through agent:bot/)
    assert.equal((await form('revoke', { token: alice })).status, 200)
    assert.match(await why(capability, through('agent:bot')), /came from was revoked/)
  })

  test('introspection tells what it says to its holder and to those who may see tokens', async () => {
    const { capability, jti } = await issue({ actions: 'read', resources: 'document:*', uses: 2 })
    const as = { client_id: bot.id, client_secret: bot.clientSecret }
    const got = await form('introspect', { ...as, token: capability })
    assert.equal(got.json.active, true, got.text)
    assert.deepEqual(
      [got.json.token_type, got.json.jti, got.json.actions, got.json.uses, got.json.chain],
      ['capability', jti, ['read'], 2, ['agent:bot']],
    )
    assert.equal(got.json.uses_left, 2)
    assert.equal(await allowed(capability, { spend: true }), true)
    assert.equal((await form('introspect', { ...as, token: capability })).json.uses_left, 1)
    const other = await post('agents', { name: 'Other', slug: 'other', capabilities: [] })
    const theirs = { client_id: other.id, client_secret: other.clientSecret, token: capability }
    assert.deepEqual((await form('introspect', theirs)).json, { active: false })
    const revoked = await app.send('POST', `${base}/capabilities/revoke`, { body: { jti } })
    assert.equal(revoked.status, 200, revoked.text)
    assert.deepEqual((await form('introspect', { ...as, token: capability })).json, { active: false })
    assert.equal((await call(own, 'capabilities/revoke', { jti })).status, 403)
    assert.equal((await call(own, 'capabilities/revoke', {})).status, 400)
  })

  test('uses are taken by what is done, not by what is asked, and shared by parent and child', async () => {
    const parent = await issue({ actions: 'read', resources: 'document:*', uses: 3 })
    const child = (await wish({ actions: 'read', resources: 'document:q3/*', parent: parent.capability, uses: 2 })).json
    const done = (capability: string) => allowed(capability, { spend: true })
    assert.equal(await allowed(child.capability), true)
    assert.deepEqual([await done(child.capability), await done(child.capability)], [true, true])
    assert.match(await why(child.capability), /at most 2 times, and no more of it is left/)
    assert.deepEqual([await done(child.capability), await done(parent.capability)], [false, true])
    assert.deepEqual([await done(parent.capability), await allowed(parent.capability)], [false, false])
  })

  test('the same act again takes nothing more', async () => {
    const { capability } = await issue({ actions: 'read', resources: 'document:*', uses: 1 })
    const again = { spend: true, idempotency_key: 'one' }
    assert.deepEqual([await allowed(capability, again), await allowed(capability, again)], [true, true])
    assert.equal(await allowed(capability, { spend: true }), false)
  })

  test('a capability for n uses is used n times, however many try at once', async () => {
    const parent = await issue({ actions: 'read', resources: 'document:*', uses: 7 })
    const children = await Promise.all(
      [5, 5].map(
        async uses =>
          (await wish({ actions: 'read', resources: 'document:*', parent: parent.capability, uses })).json.capability,
      ),
    )
    const tries = Array.from({ length: 40 }, (_, i) =>
      allowed([parent.capability, ...children][i % 3], { spend: true }),
    )
    assert.equal((await Promise.all(tries)).filter(Boolean).length, 7)
  })

  test('what is spent is counted in its unit, and never goes beyond', async () => {
    const { capability } = await issue({
      actions: 'read',
      resources: 'document:*',
      spend: { amount: 1_000, unit: 'USD', decimals: 2 },
    })
    const pay = (cost: unknown) => check(capability, { spend: true, context: { cost } })
    const usd = (amount: number, decimals: number) => ({ amount, unit: 'USD', decimals })
    assert.equal((await pay(usd(6, 0))).decision, true)
    assert.equal((await pay(usd(401, 2))).decision, false)
    assert.equal((await pay(usd(3_999_999, 6))).decision, true)
    assert.equal((await pay(usd(1, 6))).decision, false)
    assert.match(JSON.stringify((await pay({ amount: 1, unit: 'EUR' })).context.missing), /it is for `USD`/)
    assert.match(JSON.stringify((await check(capability, { spend: true })).context.missing), /does not say its `cost`/)
  })
})
