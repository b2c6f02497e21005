import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Koa from 'koa'
import { type Caller, forExpress, forKoa, forNode, type Receiver } from '../../../src/receiver/index.ts'
import { type App, startApp } from '../../support/app.ts'
import {
  agentWithSecret,
  claimsIn,
  dpopProof,
  issuerOf,
  keyPair,
  postForm,
  serviceWithSecret,
  tokenOf,
} from '../../support/oauth.ts'
import { startProxy, type Proxy as Through } from '../../support/proxy.ts'
import { type Chain, chainIn, receiverOf, receivingOrg, until } from '../../support/receiving.ts'
import { skipWithout, startPostgres } from '../../support/services.ts'
import { dataDirectory } from '../../support/store.ts'

const ORG = 'received'
const BASE = `/orgs/${ORG}/api/v1`
const ENV = { LUMOAUTH_MASTER_KEY: 'cd'.repeat(32), PUBLIC_URL: 'http://auth.example.test' }
const SLOW = { TOKEN_RATE_PER_CLIENT: '100000', TOKEN_RATE_PER_ADDRESS: '100000' }

describe('a receiver behind one node, of what is done on another', async () => {
  const postgres = await startPostgres()
  const skip = skipWithout(postgres)
  let one: App
  let two: App
  let key: string
  let receiver: Receiver
  before(async () => {
    if (postgres.kind === 'missing') return
    const env = { ...ENV, ...SLOW, DATABASE_URL: postgres.url }
    ;[one, two] = (await Promise.all([startApp(env), startApp(env)])) as [App, App]
    key = await receivingOrg(one, ORG)
    receiver = receiverOf(two, ORG, key)
    await receiver.ready()
  })
  after(async () => {
    receiver?.close()
    await Promise.all([one?.close(), two?.close()])
    if (postgres.kind === 'running') await postgres.stop()
  })

  const admin = async (method: string, path: string, body: object = {}) => {
    const got = await one.send(method, `${BASE}/admin/${path}`, { body })
    assert.ok(got.status < 300, got.text)
    return got.json
  }
  const jti = (token: string): string => String(claimsIn(token).jti)

  const ENDS: readonly (readonly [
    what: string,
    end: (chain: Chain, name: string) => Promise<unknown>,
    dead: (chain: Chain) => readonly string[],
    alive: (chain: Chain) => readonly string[],
  ])[] = [
    [
      'a token in the middle',
      ({ second }) => admin('POST', 'revocations', { jti: jti(second) }),
      c => [c.second, c.third],
      c => [c.own, c.first, c.sibling],
    ],
    [
      'the token everything came from',
      ({ own }) => postForm(one, ORG, 'revoke', { token: own }),
      c => [c.own, c.first, c.second, c.third],
      c => [c.sibling],
    ],
    [
      'an agent in the middle',
      (_, name) => admin('POST', `agents/${name}-tool/suspend`),
      c => [c.second, c.third],
      c => [c.own, c.first, c.sibling],
    ],
    [
      'the agent in front',
      (_, name) => admin('DELETE', `agents/${name}`),
      c => [c.own, c.first, c.second, c.third],
      c => [c.sibling],
    ],
    [
      'a consent',
      c => admin('DELETE', `consents/${c.consent}`),
      c => [c.first, c.second, c.third],
      c => [c.own, c.sibling],
    ],
    [
      'all tokens of a client',
      c => admin('POST', 'revocations', { client_id: c.bot.id }),
      c => [c.own, c.first, c.second, c.third],
      c => [c.sibling],
    ],
    [
      'whoever stands behind all of it',
      () => admin('POST', 'revocations', { subject: 'user:alice' }),
      c => [c.first, c.second, c.third, c.sibling],
      c => [c.own],
    ],
  ]
  ENDS.forEach(([what, end, dead, alive], n) => {
    test(`${what} dies, and what came from it, and no more`, { skip }, async () => {
      const name = `chain-${n}`
      const chain = await chainIn(one, ORG, name)
      for (const token of [...dead(chain), ...alive(chain)]) {
        const { kind } = await receiver.verify(token)
        assert.equal(kind, 'good')
      }
      await end(chain, name)
      for (const token of dead(chain)) await until(receiver, token, 'dead')
      for (const token of alive(chain)) assert.equal((await receiver.verify(token)).kind, 'good')
    })
  })

  test('an agent that is active again has new tokens, and its old ones stay dead', { skip }, async () => {
    const bot = await agentWithSecret(one, ORG, 'again', { capabilities: ['x'] })
    const old: string = (await tokenOf(one, ORG, bot)).json.access_token
    await until(receiver, old, 'good')
    await admin('POST', 'agents/again/suspend')
    await until(receiver, old, 'dead')
    await admin('POST', 'agents/again/resume')
    const fresh: string = (await tokenOf(one, ORG, bot)).json.access_token
    await until(receiver, fresh, 'good')
    assert.equal((await receiver.verify(old)).kind, 'dead')
  })

  test('keys that are replaced go on, keys that are withdrawn take their tokens with them', { skip }, async () => {
    const bot = await agentWithSecret(one, ORG, 'keyed', { capabilities: ['x'] })
    const first: string = (await tokenOf(one, ORG, bot)).json.access_token
    await until(receiver, first, 'good')
    await admin('POST', 'signing-keys/rotate', { lead_seconds: 0 })
    const second: string = (await tokenOf(one, ORG, bot)).json.access_token
    await until(receiver, second, 'good')
    assert.equal((await receiver.verify(first)).kind, 'good')
    await admin('POST', 'signing-keys/rotate', { withdraw: true })
    await until(receiver, second, 'dead')
    await until(receiver, first, 'dead')
    const third: string = (await tokenOf(one, ORG, bot)).json.access_token
    await until(receiver, third, 'good')
  })

  test('one that begins later knows what died before', { skip }, async () => {
    const bot = await agentWithSecret(one, ORG, 'earlier', { capabilities: ['x'] })
    const token: string = (await tokenOf(one, ORG, bot)).json.access_token
    await admin('POST', 'revocations', { jti: jti(token) })
    const late = receiverOf(one, ORG, key)
    assert.equal((await late.verify(token)).kind === 'good', false, 'nothing is accepted before anything is known')
    await late.ready()
    assert.equal((await late.verify(token)).kind, 'dead')
    late.close()
  })

  test('by a token of its own, got anew when it ends', { skip }, async () => {
    const gate = await serviceWithSecret(one, ORG, 'gate', { capabilities: ['revocations.read'] })
    const bot = await agentWithSecret(one, ORG, 'byone', { capabilities: ['x'] })
    let asked = 0
    const token = async (): Promise<string> => {
      asked += 1
      return (await tokenOf(one, ORG, gate)).json.access_token
    }
    const own = receiverOf(one, ORG, '', { credentials: { token } })
    await own.ready()
    const before = asked
    await admin('POST', 'revocations', { client_id: gate.id })
    const its: string = (await tokenOf(one, ORG, bot)).json.access_token
    await admin('POST', 'revocations', { jti: jti(its) })
    await until(own, its, 'dead')
    await sleep(100)
    assert.ok(asked > before)
    own.close()
  })

  test('what is for others, of others, or nothing at all is no token here', { skip }, async () => {
    const bot = await agentWithSecret(one, ORG, 'hostile', { capabilities: ['x'] })
    const token: string = (await tokenOf(one, ORG, bot)).json.access_token
    const elsewhere = receiverOf(two, ORG, key, { audience: 'https://elsewhere.example.com' })
    await elsewhere.ready()
    assert.equal((await elsewhere.verify(token)).kind, 'dead')
    elsewhere.close()
    const [head, body, sign] = token.split('.') as [string, string, string]
    const claims = JSON.stringify({ ...claimsIn(token), exp: 9_999_999_999 })
    const longer = Buffer.from(claims).toString('base64url')
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    for (const wrong of [
      '',
      'x',
      'a.b.c',
      `${head}.${longer}.${sign}`,
      `${none}.${body}.`,
      `${head}.${body}.`,
      'x'.repeat(99_999),
    ]) {
      assert.equal((await receiver.verify(wrong)).kind, 'dead', wrong.slice(0, 40))
    }
    assert.equal((await receiver.verify(token)).kind, 'good')
  })

  test('a token that is bound to a key takes a proof, once', { skip }, async () => {
    const bot = await agentWithSecret(one, ORG, 'bound', { capabilities: ['x'] })
    const pair = keyPair('ES256')
    const form = { grant_type: 'client_credentials', client_id: bot.id, client_secret: bot.secret }
    const at = 'http://auth.example.test'
    const got = await postForm(one, ORG, 'token', form, { dpop: dpopProof(pair, 'POST', `${at}${BASE}/oauth/token`) })
    assert.equal(got.status, 200, got.text)
    const token: string = got.json.access_token
    const url = 'https://files.example.com/a'
    const proof = dpopProof(pair, 'GET', url, token)
    assert.equal((await receiver.verify(token)).kind, 'dead')
    assert.equal((await receiver.verify(token, { method: 'POST', url, proof })).kind, 'dead')
    assert.equal(
      (await receiver.verify(token, { method: 'GET', url: 'https://files.example.com/b', proof })).kind,
      'dead',
    )
    assert.equal((await receiver.verify(token, { method: 'GET', url, proof })).kind, 'good')
    assert.equal((await receiver.verify(token, { method: 'GET', url, proof })).kind, 'dead', 'a second time')
    const other = dpopProof(keyPair('ES256'), 'GET', url, token)
    assert.equal((await receiver.verify(token, { method: 'GET', url, proof: other })).kind, 'dead')
  })

  test('in front of handlers of node:http, Express and Koa', { skip }, async () => {
    const bot = await agentWithSecret(one, ORG, 'guarded', { capabilities: ['x', 'y'] })
    const good: string = (await tokenOf(one, ORG, bot, { scope: 'x' })).json.access_token
    const options = { scopes: ['x'] }
    const koa = new Koa()
    koa.use(forKoa(receiver, options))
    koa.use(ctx => {
      ctx.body = (ctx.state.caller as Caller).claims.sub
    })
    const express = forExpress(receiver, options)
    const handlers = {
      node: forNode(receiver, (_, response, caller) => response.end(caller.claims.sub), options),
      express: (request: Parameters<typeof express>[0], response: Parameters<typeof express>[1]) =>
        express(request, response, () => response.end(request.caller?.claims.sub)),
      koa: koa.callback(),
    }
    for (const [name, handler] of Object.entries(handlers)) {
      const server = createServer((request, response) => void handler(request, response))
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const call = (authorization?: string) =>
        fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/doc?x=1`, {
          headers: authorization === undefined ? {} : { authorization },
        })
      assert.equal(await (await call(`Bearer ${good}`)).text(), 'agent:guarded', name)
      const without = await call()
      assert.equal(without.status, 401, name)
      assert.match(without.headers.get('www-authenticate') ?? '', /^Bearer /)
      const other: string = (await tokenOf(one, ORG, bot, { scope: 'y' })).json.access_token
      const refused = await call(`Bearer ${other}`)
      assert.equal(refused.status, 403, name)
      assert.match(refused.headers.get('www-authenticate') ?? '', /insufficient_scope/)
      await admin('POST', 'revocations', { jti: jti(other) })
      await until(receiver, other, 'dead')
      const dead = await call(`Bearer ${other}`)
      assert.equal(dead.status, 401, name)
      assert.match(dead.headers.get('www-authenticate') ?? '', /error="invalid_token"/)
      server.closeAllConnections()
      server.close()
    }
  })
})

describe('a receiver that is cut off', () => {
  let app: App
  let proxy: Through
  let key: string
  const time = { ahead: 0 }
  const mono = (): number => performance.now() + time.ahead
  before(async () => {
    app = await startApp({ ...ENV, ...SLOW })
    proxy = await startProxy(app.running.url)
    key = await receivingOrg(app, ORG)
  })
  after(async () => {
    proxy.close()
    await app.close()
  })
  const cut = (more: Parameters<typeof receiverOf>[3] = {}): Receiver =>
    receiverOf(app, ORG, key, { reachedAt: `${proxy.url}${BASE}`, mono, ...more })
  const revoke = async (token: string) => {
    const got = await app.send('POST', `${BASE}/admin/revocations`, { body: { jti: String(claimsIn(token).jti) } })
    assert.equal(got.status, 202, got.text)
  }

  test('refuses the sooner the more a token may do, and is right again when it is back', async () => {
    const bot = await agentWithSecret(app, ORG, 'teller', { capabilities: ['read:documents', 'payments:pay'] })
    const plain: string = (await tokenOf(app, ORG, bot, { scope: 'read:documents' })).json.access_token
    const paying: string = (await tokenOf(app, ORG, bot, { scope: 'payments:pay' })).json.access_token
    const doomed: string = (await tokenOf(app, ORG, bot, { scope: 'read:documents' })).json.access_token
    const receivers = { careful: cut(), open: cut({ failOpen: true }) }
    const all = Object.values(receivers)
    for (const one of all) {
      await one.ready()
      for (const token of [plain, paying, doomed]) await until(one, token, 'good')
    }
    proxy.set({ kind: 'refuse' })
    await revoke(doomed)
    const kinds = (one: Receiver) => Promise.all([plain, paying, doomed].map(async t => (await one.verify(t)).kind))
    time.ahead += 10_000
    for (const one of all) {
      assert.equal(one.freshness, 'stale')
      assert.deepEqual(await kinds(one), ['good', 'blind', 'good'])
      const verdict = await one.verify(plain)
      assert.ok(verdict.kind === 'good' && verdict.degraded)
    }
    time.ahead += 50_000
    assert.deepEqual(await kinds(receivers.careful), ['blind', 'blind', 'blind'])
    assert.deepEqual(await kinds(receivers.open), ['good', 'blind', 'good'])
    proxy.set({ kind: 'pass' })
    for (const one of all) {
      await one.ready()
      // INVARIANT: there is no moment in which news are fresh and the dead are alive.
      assert.deepEqual(await kinds(one), ['good', 'good', 'dead'])
      one.close()
    }
  })

  test('notices a connection on which nothing comes any more', async () => {
    const receiver = cut({ freshMs: 1_500 })
    await receiver.ready()
    proxy.set({ kind: 'hang' })
    const end = Date.now() + 20_000
    while (receiver.freshness === 'fresh') {
      assert.ok(Date.now() < end)
      await sleep(50)
    }
    proxy.set({ kind: 'pass' })
    await receiver.ready()
    receiver.close()
  })

  test('asks the server about a token while the feed is silent and the server is not', async () => {
    const client = await serviceWithSecret(app, ORG, 'asker', { allowedAudiences: [issuerOf(app, ORG)] })
    const bot = await agentWithSecret(app, ORG, 'asked', { capabilities: ['payments:pay'] })
    const [token, other] = [
      (await tokenOf(app, ORG, bot)).json.access_token,
      (await tokenOf(app, ORG, bot)).json.access_token,
    ]
    const feed = new AbortController()
    const holes: typeof fetch = (url, init = {}) => {
      const signals = [feed.signal, ...(init.signal == null ? [] : [init.signal])]
      return fetch(url, String(url).includes('/revocations/') ? { ...init, signal: AbortSignal.any(signals) } : init)
    }
    const introspection = { clientId: client.id, clientSecret: client.secret }
    const receiver = receiverOf(app, ORG, key, { introspection, fetch: holes, mono })
    await receiver.ready()
    feed.abort()
    await revoke(other)
    time.ahead += 10_000
    while (receiver.freshness === 'fresh') await sleep(20)
    const verdict = await receiver.verify(token)
    assert.equal(verdict.kind, 'good', JSON.stringify(verdict))
    assert.equal((await receiver.verify(other)).kind, 'dead')
    time.ahead += 60_000
    assert.equal((await receiver.verify(token)).kind, 'blind', 'a privileged one passes by no other word')
    receiver.close()
  })
})

test('a receiver outlives the server it follows, which comes back with what it acknowledged', async () => {
  const dir = await dataDirectory('db')
  const env = { ...ENV, ...SLOW, DATA_DIR: dir }
  let app = await startApp(env)
  const key = await receivingOrg(app, ORG)
  const bot = await agentWithSecret(app, ORG, 'keeper', { capabilities: ['x'] })
  const tokens: string[] = []
  for (let i = 0; i < 3; i += 1) tokens.push((await tokenOf(app, ORG, bot)).json.access_token)
  const first = app.running.url
  const moved: typeof fetch = (url, init) => fetch(String(url).replace(first, app.running.url), init)
  const receiver = receiverOf(app, ORG, key, { fetch: moved })
  await receiver.ready()
  for (const token of tokens) await until(receiver, token, 'good')
  const revoke = (token: string) =>
    app.send('POST', `${BASE}/admin/revocations`, { body: { jti: String(claimsIn(token).jti) } })
  await revoke(tokens[0] ?? '')
  await app.close()
  app = await startApp(env)
  await revoke(tokens[1] ?? '')
  await until(receiver, tokens[1] ?? '', 'dead')
  assert.equal((await receiver.verify(tokens[0] ?? '')).kind, 'dead')
  assert.equal((await receiver.verify(tokens[2] ?? '')).kind, 'good')
  receiver.close()
  await app.close()
})

test('two thousand tokens that are revoked at once are known, by the feed and by a snapshot', async () => {
  const app = await startApp({ ...ENV, ...SLOW })
  const key = await receivingOrg(app, ORG)
  const receiver = receiverOf(app, ORG, key)
  await receiver.ready()
  const { service } = app.running
  const state = await service.orgs.get(ORG)
  const until = Date.now() + 600_000
  for (let from = 0; from < 2_000; from += 500) {
    const changes = Array.from({ length: 500 }, (_, i) => {
      const of = { kind: 'token', jti: `burst-${from + i}` } as const
      const entry = { kind: 'revocation', id: `rev_${from + i}`, of, at: Date.now(), until, reason: 'burst' } as const
      return { kind: 'registered', entry, by: 'key:test' } as const
    })
    await service.write(state, changes)
  }
  const end = Date.now() + 60_000
  while (receiver.size < 2_000) {
    assert.ok(Date.now() < end, `${receiver.size} are known`)
    await sleep(20)
  }
  assert.equal(receiver.freshness, 'fresh')
  const late = receiverOf(app, ORG, key)
  await late.ready()
  assert.equal(late.size, 2_000, 'by the snapshot')
  for (const one of [receiver, late]) one.close()
  await app.close()
})
