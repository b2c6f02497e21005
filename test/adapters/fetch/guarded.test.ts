import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { createFetch, type FetchOptions } from '../../../src/adapters/fetch/guarded.ts'
import { targetOf } from '../../../src/adapters/fetch/target.ts'
import { FetchError, type FetchErrorCode, type FetchRequest, jsonOf } from '../../../src/lib/fetch.ts'
import { CERTIFICATE, CERTIFICATE_KEY } from '../../support/certificate.ts'

const asked: { path: string; host: string | undefined; method: string | undefined; body: string }[] = []
let held: (() => void)[] = []

const answer: RequestListener = (request, response) => {
  let body = ''
  request.on('data', chunk => {
    body += chunk
  })
  request.on('end', () => {
    const path = request.url ?? ''
    asked.push({ path, host: request.headers.host, method: request.method, body })
    switch (path) {
      case '/redirect':
        return response.writeHead(302, { location: '/json' }).end()
      case '/slow':
        return undefined
      case '/drip':
        response.writeHead(200, { 'content-type': 'application/json' })
        return response.write('{')
      case '/large':
        return response.writeHead(200).end('x'.repeat(64 * 1024 + 1))
      case '/full':
        return response.writeHead(200).end('x'.repeat(64 * 1024))
      case '/zipped':
        return response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')
      case '/bytes':
        return response.writeHead(200).end(Buffer.from([0xff, 0xfe]))
      case '/cut':
        response.writeHead(200, { 'content-length': '100' })
        response.write('half')
        return response.destroy()
      case '/hold':
        held.push(() => response.writeHead(200).end('held'))
        return undefined
      default:
        return response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}')
    }
  })
}

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  after(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}
const plain = await listen(createServer(answer))
const secure = await listen(createTlsServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, answer))

const here = `127.0.0.1:${plain}`
const fetchWith = (more: Partial<FetchOptions> = {}) => createFetch({ allow: [here], ...more })
const refusal = async (fetch: ReturnType<typeof createFetch>, request: FetchRequest): Promise<FetchErrorCode> => {
  const error = await fetch(request).then(
    () => assert.fail(`\`${request.url}\` was fetched`),
    (e: unknown) => e,
  )
  assert.ok(error instanceof FetchError, String(error))
  return error.code
}

test('what is allowed is fetched, with its method, headers and body', async () => {
  const got = await fetchWith()({ method: 'POST', url: `http://${here}/json?x=1`, body: 'é', headers: { 'x-a': 'b' } })
  assert.deepEqual(jsonOf(got, 'x'), { a: 1 })
  assert.deepEqual(asked.at(-1), { path: '/json?x=1', host: here, method: 'POST', body: 'é' })
})

const URLS: readonly (readonly [url: string, code: FetchErrorCode])[] = [
  ['not a url', 'bad_url'],
  ['/relative', 'bad_url'],
  ['ftp://example.com/', 'bad_url'],
  ['file:///etc/passwd', 'bad_url'],
  ['http://example.com/', 'bad_url'],
  [`http://127.0.0.1:${plain + 1}/`, 'bad_url'],
  [`http://localhost:${plain}/`, 'bad_url'],
  ['https://user:pass@example.com/', 'bad_url'],
  ['https://example.com/#part', 'bad_url'],
  ['https://127.0.0.1/', 'forbidden_address'],
  ['https://127.1/', 'forbidden_address'],
  ['https://0x7f000001/', 'forbidden_address'],
  ['https://2130706433/', 'forbidden_address'],
  ['https://[::1]/', 'forbidden_address'],
  ['https://[::ffff:127.0.0.1]/', 'forbidden_address'],
  ['https://169.254.169.254/latest/meta-data', 'forbidden_address'],
  ['https://[fd00:ec2::254]/', 'forbidden_address'],
  ['https://localhost/', 'forbidden_address'],
]
for (const [url, code] of URLS) {
  test(`${url} is refused: ${code}`, async () => assert.equal(await refusal(fetchWith(), { url }), code))
}

test('a name is refused for any one address that is not public, before anything is connected', async () => {
  for (const address of ['10.0.0.1', '127.0.0.1', '::1', '169.254.169.254', '100.64.0.1', '::ffff:10.0.0.1', 'junk']) {
    const fetch = fetchWith({ resolve: async () => ['8.8.8.8', address] })
    assert.equal(await refusal(fetch, { url: 'https://issuer.test/' }), 'forbidden_address', address)
  }
})

test('a name without an address, or that cannot be resolved', async () => {
  const url = 'https://issuer.test/'
  assert.equal(await refusal(fetchWith({ resolve: async () => [] }), { url }), 'unresolved')
  assert.equal(await refusal(fetchWith({ resolve: () => Promise.reject(new Error('x')) }), { url }), 'unresolved')
})

test('the address that was looked at is the one that is asked: the name is resolved once', async () => {
  let times = 0
  const fetch = fetchWith({
    allow: [`issuer.test:${plain}`],
    resolve: async name => {
      times += 1
      assert.equal(name, 'issuer.test')
      return times === 1 ? ['127.0.0.1'] : ['10.0.0.1']
    },
  })
  assert.equal((await fetch({ url: `http://issuer.test:${plain}/json` })).status, 200)
  assert.equal(times, 1)
  assert.equal(asked.at(-1)?.host, `issuer.test:${plain}`)
})

test('a name that answers a public address first and a private one then is looked at each time', async () => {
  const answers = [['8.8.8.8'], ['127.0.0.1']]
  const resolve = async () => answers.shift() ?? []
  const url = new URL('https://issuer.test/')
  assert.equal((await targetOf(url, new Set(), resolve)).address, '8.8.8.8')
  await assert.rejects(targetOf(url, new Set(), resolve), { code: 'forbidden_address' })
})

test('TLS: the certificate must be for the name, and signed by whom we trust', async () => {
  const resolve = async () => ['127.0.0.1']
  const fetch = fetchWith({ allow: [`issuer.test:${secure}`, `other.test:${secure}`], resolve })
  const ca = CERTIFICATE
  assert.equal((await fetch({ url: `https://issuer.test:${secure}/json`, ca })).status, 200)
  assert.equal(await refusal(fetch, { url: `https://issuer.test:${secure}/json` }), 'unreachable')
  assert.equal(await refusal(fetch, { url: `https://other.test:${secure}/json`, ca }), 'unreachable')
})

const ANSWERS: readonly (readonly [path: string, code: FetchErrorCode])[] = [
  ['/redirect', 'redirect'],
  ['/slow', 'timeout'],
  ['/drip', 'timeout'],
  ['/large', 'too_large'],
  ['/zipped', 'bad_answer'],
  ['/bytes', 'bad_answer'],
  ['/cut', 'unreachable'],
]
for (const [path, code] of ANSWERS) {
  test(`an answer at ${path} fails: ${code}`, async () => {
    const before = asked.length
    assert.equal(await refusal(fetchWith({ timeoutMs: 400 }), { url: `http://${here}${path}` }), code)
    assert.equal(asked.length, before + 1)
  })
}

test('64 KB are still taken', async () => {
  const got = await fetchWith()({ url: `http://${here}/full` })
  assert.equal(got.text.length, 64 * 1024)
  assert.throws(() => jsonOf(got, here), FetchError)
})

test('resolving is within the timeout', async () => {
  const fetch = fetchWith({ timeoutMs: 200, resolve: () => new Promise(() => undefined) })
  assert.equal(await refusal(fetch, { url: 'https://issuer.test/' }), 'timeout')
})

test('nobody listens', async () => {
  const fetch = createFetch({ allow: ['127.0.0.1:1'] })
  assert.equal(await refusal(fetch, { url: 'http://127.0.0.1:1/' }), 'unreachable')
})

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise(done => setTimeout(done, 5))
}

test('so many at once and to one host; the others wait, and beyond that are sent away', async () => {
  const fetch = fetchWith({ limits: { total: 3, perHost: 2, waiting: 2 } })
  const url = `http://${here}/hold`
  held = []
  const got = [0, 1, 2, 3].map(() => fetch({ url }))
  await until(() => held.length === 2)
  assert.equal(await refusal(fetch, { url }), 'busy')
  held.splice(0).forEach(release => void release())
  await until(() => held.length === 2)
  held.splice(0).forEach(release => void release())
  assert.deepEqual(
    (await Promise.all(got)).map(g => g.text),
    ['held', 'held', 'held', 'held'],
  )
  assert.equal((await fetch({ url: `http://${here}/json` })).status, 200)
})

test('who waits too long for a place is told so', async () => {
  const fetch = fetchWith({ timeoutMs: 300, limits: { total: 1, perHost: 1, waiting: 5 } })
  const first = refusal(fetch, { url: `http://${here}/slow` })
  const second = refusal(fetch, { url: `http://${here}/slow` })
  assert.deepEqual(await Promise.all([first, second]), ['timeout', 'timeout'])
  assert.equal((await fetch({ url: `http://${here}/json` })).status, 200)
})
