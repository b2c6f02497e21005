import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Fetch, FetchError, type Fetched } from '../../src/lib/fetch.ts'
import { createDiscovery } from '../../src/pdp/discovery.ts'
import { createJwksCache } from '../../src/pdp/jwks.ts'

const MINUTE = 60_000
const URL_A = 'https://a.example/jwks'

/** A server whose answers and time are in the test's hand. */
function server(headers: Record<string, string> = {}) {
  const state = { now: 1_000_000, times: 0, kids: ['k1'], down: false, text: null as string | null }
  const fetch: Fetch = async () => {
    state.times += 1
    await Promise.resolve()
    if (state.down) throw new FetchError('timeout', 'down')
    const text = state.text ?? JSON.stringify({ keys: state.kids.map(kid => ({ kty: 'OKP', kid })) })
    return { status: 200, headers: { 'content-type': 'application/json', ...headers }, text } satisfies Fetched
  }
  return { state, fetch, cache: createJwksCache(fetch, () => state.now) }
}

const kidsOf = (set: { keys: readonly { kid?: unknown }[] }) => set.keys.map(key => key.kid)

const LIVES: readonly (readonly [headers: Record<string, string>, minutes: number])[] = [
  [{}, 5],
  [{ 'cache-control': 'no-store' }, 5],
  [{ 'cache-control': 'max-age=1' }, 5],
  [{ 'cache-control': 'public, max-age=600' }, 10],
  [{ 'cache-control': 'max-age=1200', age: '600' }, 10],
  [{ 'cache-control': 'max-age=999999999' }, 24 * 60],
  [{ 'cache-control': 'max-age=nonsense', age: '-1' }, 5],
]
for (const [headers, minutes] of LIVES) {
  test(`keys with ${JSON.stringify(headers)} are fresh for ${minutes} minutes`, async () => {
    const { state, cache } = server(headers)
    await cache.keys(URL_A)
    state.now += minutes * MINUTE - 1
    await cache.keys(URL_A)
    assert.equal(state.times, 1)
    state.now += 1
    await cache.keys(URL_A)
    assert.equal(state.times, 2)
  })
}

test('who asks while the keys are on their way waits for the same fetch', async () => {
  const { state, cache } = server()
  await Promise.all([cache.keys(URL_A), cache.keys(URL_A), cache.refreshed(URL_A), cache.refreshed(URL_A)])
  assert.equal(state.times, 1)
})

test('a flood of unknown kids makes one fetch a minute', async () => {
  const { state, cache } = server()
  await cache.keys(URL_A)
  state.kids = ['k1', 'k2']
  for (let i = 0; i < 1_000; i += 1) await cache.refreshed(URL_A)
  assert.equal(state.times, 1)
  state.now += MINUTE
  for (let i = 0; i < 1_000; i += 1) assert.deepEqual(kidsOf(await cache.refreshed(URL_A)), ['k1', 'k2'])
  assert.equal(state.times, 2)
})

test('a server that is down is asked once a minute, and old keys stand in for an hour', async () => {
  const { state, cache } = server()
  await cache.keys(URL_A)
  state.down = true
  state.now += 5 * MINUTE
  for (let i = 0; i < 10; i += 1) assert.deepEqual(kidsOf(await cache.keys(URL_A)), ['k1'])
  assert.equal(state.times, 2)
  state.now += 60 * MINUTE
  await assert.rejects(cache.keys(URL_A), { code: 'timeout' })
  await assert.rejects(cache.keys(URL_A), { code: 'timeout' })
  assert.equal(state.times, 3)
  state.down = false
  state.now += MINUTE
  assert.deepEqual(kidsOf(await cache.keys(URL_A)), ['k1'])
})

test('a first fetch that fails is remembered for a minute', async () => {
  const { state, cache } = server()
  state.down = true
  for (let i = 0; i < 5; i += 1) await assert.rejects(cache.keys(URL_A), { code: 'timeout' })
  for (let i = 0; i < 5; i += 1) await assert.rejects(cache.refreshed(URL_A), { code: 'timeout' })
  assert.equal(state.times, 1)
})

for (const text of ['[]', 'null', '{}', '{"keys":{}}', '{"keys":', JSON.stringify({ keys: new Array(101).fill({}) })]) {
  test(`no JWK set: ${text.slice(0, 30)}`, async () => {
    const { state, cache } = server()
    state.text = text
    await assert.rejects(cache.keys(URL_A), { code: 'bad_answer' })
  })
}

test('an empty set is a set, and what is no key in one is left out', async () => {
  const { state, cache } = server()
  state.text = '{"keys":[null,1,"x",{},{"kty":1},{"kty":"RSA","kid":"r"}]}'
  assert.deepEqual(kidsOf(await cache.keys(URL_A)), ['r'])
  state.text = '{"keys":[]}'
  assert.deepEqual(kidsOf(await cache.keys('https://b.example/jwks')), [])
})

test('so many sets are kept and no more', async () => {
  const { state, cache } = server()
  for (let i = 0; i < 3_000; i += 1) await cache.keys(`https://a.example/${i}`)
  await cache.keys('https://a.example/0')
  assert.equal(state.times, 3_001)
})

const discovery = (document: unknown) => {
  const seen: string[] = []
  const state = { now: 0 }
  const fetch: Fetch = async ({ url }) => {
    seen.push(url)
    return { status: 200, headers: { 'content-type': 'application/json' }, text: JSON.stringify(document) }
  }
  return { seen, state, discover: createDiscovery(fetch, () => state.now) }
}

test('discovery: where the pinned issuer says its keys are, kept for an hour', async () => {
  const issuer = 'https://a.example/id/1'
  const { seen, state, discover } = discovery({ issuer, jwks_uri: 'https://keys.example/jwks' })
  assert.equal(await discover(issuer), 'https://keys.example/jwks')
  await discover(issuer)
  assert.deepEqual(seen, ['https://a.example/id/1/.well-known/openid-configuration'])
  state.now += 60 * MINUTE
  await discover(issuer)
  assert.equal(seen.length, 2)
})

test('discovery: an issuer that ends with a slash keeps it', async () => {
  const { seen, discover } = discovery({ issuer: 'https://a.example/', jwks_uri: 'https://a.example/j' })
  await discover('https://a.example/')
  assert.deepEqual(seen, ['https://a.example/.well-known/openid-configuration'])
  await assert.rejects(discover('https://a.example'), { code: 'bad_answer' })
})

for (const document of [
  null,
  [],
  {},
  { issuer: 'https://b.example', jwks_uri: 'https://b.example/j' },
  { issuer: 'https://a.example' },
  { issuer: 'https://a.example', jwks_uri: 7 },
]) {
  test(`discovery refuses ${JSON.stringify(document)}, and remembers it for a minute`, async () => {
    const { seen, state, discover } = discovery(document)
    await assert.rejects(discover('https://a.example'), { code: 'bad_answer' })
    await assert.rejects(discover('https://a.example'), { code: 'bad_answer' })
    assert.equal(seen.length, 1)
    state.now += MINUTE
    await assert.rejects(discover('https://a.example'), { code: 'bad_answer' })
    assert.equal(seen.length, 2)
  })
}
