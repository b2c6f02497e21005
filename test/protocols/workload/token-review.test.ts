import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { outcome, workbench } from '../../support/workload/bench.ts'
import { startIssuer } from '../../support/workload/issuer.ts'
import { makeKey, sign } from '../../support/workload/keys.ts'
import { changed, SHAPES, trustFor, US } from '../../support/workload/shapes.ts'

/** A cluster, as far as accounts, pods and reviews of tokens go. */
const cluster = {
  accounts: new Map([['prod/research-bot', 'uid-1']]),
  pods: new Set(['pod-1']),
  audiences: [US],
  status: 201,
  says: {} as Readonly<Record<string, unknown>>,
  reviewed: 0,
}
const key = await makeKey('RS256', 'k1')
const server = await startIssuer([key.jwk])
after(() => server.close())
server.other = (request, body, response) => {
  if (request.url !== '/apis/authentication.k8s.io/v1/tokenreviews' || request.method !== 'POST') return false
  if (request.headers.authorization !== 'Bearer ours') return response.writeHead(401).end() !== undefined
  cluster.reviewed += 1
  const { spec } = JSON.parse(body) as { spec: { token: string; audiences: string[] } }
  const claims = JSON.parse(Buffer.from(spec.token.split('.')[1] ?? '', 'base64url').toString())
  const { namespace, serviceaccount, pod } = claims['kubernetes.io']
  const uid = cluster.accounts.get(`${namespace}/${serviceaccount.name}`)
  const stands = uid === serviceaccount.uid && (pod === undefined || cluster.pods.has(pod.uid))
  const status = stands
    ? {
        authenticated: true,
        audiences: spec.audiences.filter(a => cluster.audiences.includes(a)),
        user: {
          username: claims.sub,
          uid,
          extra: { 'authentication.kubernetes.io/pod-uid': pod === undefined ? [] : [pod.uid] },
        },
        ...cluster.says,
      }
    : { authenticated: false, error: 'the pod or account is gone' }
  response
    .writeHead(cluster.status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ kind: 'TokenReview', status }))
  return true
}

const shape = SHAPES.kubernetes
const config = trustFor(shape, {
  jwksUri: `${server.url}/jwks`,
  singleUse: false,
  bind: { namespace: 'prod', service_account: 'research-bot' },
  tokenReview: { url: server.url, token: 'ours', ca: null },
})
const token = await sign(shape.claims, key)

const scene = (more = {}) => {
  Object.assign(cluster, { status: 201, says: {}, audiences: [US], pods: new Set(['pod-1']) })
  cluster.accounts.set('prod/research-bot', 'uid-1')
  const bench = workbench([server.host], 400)
  bench.trust('research-bot', [{ ...config, ...more }])
  return bench
}

test('a token that stands is accepted, with and without a pod', async () => {
  const bench = scene()
  assert.equal(outcome(await bench.verify(token)), 'ok')
  const without = await sign(changed(shape.claims, ['kubernetes.io', 'pod'], undefined), key)
  assert.equal(outcome(await bench.verify(without)), 'ok')
})

test('a pod that was deleted: its signature is good, and it counts for nothing', async () => {
  const bench = scene()
  assert.equal(outcome(await bench.verify(token)), 'ok')
  cluster.pods.delete('pod-1')
  assert.equal(outcome(await bench.verify(token)), 'review')
  bench.trust('research-bot', [{ ...config, tokenReview: null }])
  assert.equal(outcome(await bench.verify(token)), 'ok')
})

test('an account that was deleted and made anew', async () => {
  const bench = scene()
  cluster.accounts.set('prod/research-bot', 'uid-2')
  assert.equal(outcome(await bench.verify(token)), 'review')
})

test('the cluster is not asked about a token whose signature is not good', async () => {
  const bench = scene()
  const before = cluster.reviewed
  const stranger = await makeKey('RS256', 'k1')
  assert.equal(outcome(await bench.verify(await sign(shape.claims, stranger))), 'signature')
  assert.equal(cluster.reviewed, before)
})

const SAYS: readonly (readonly [what: string, says: Readonly<Record<string, unknown>>])[] = [
  ['not authenticated', { authenticated: false }],
  ['authenticated as text', { authenticated: 'true' }],
  ['an error beside it', { error: 'odd' }],
  ['no audiences', { audiences: undefined }],
  ['other audiences', { audiences: ['https://kubernetes.default.svc'] }],
  ['another account', { user: { username: 'system:serviceaccount:prod:other', uid: 'uid-1', extra: {} } }],
  [
    'another uid',
    {
      user: { username: shape.claims.sub, uid: 'uid-9', extra: { 'authentication.kubernetes.io/pod-uid': ['pod-1'] } },
    },
  ],
  ['no uid', { user: { username: shape.claims.sub, extra: { 'authentication.kubernetes.io/pod-uid': ['pod-1'] } } }],
  [
    'another pod',
    {
      user: { username: shape.claims.sub, uid: 'uid-1', extra: { 'authentication.kubernetes.io/pod-uid': ['pod-2'] } },
    },
  ],
  ['no user', { user: null }],
]
for (const [what, says] of SAYS) {
  test(`the cluster answers ${what}: refused`, async () => {
    const bench = scene()
    cluster.says = says
    assert.equal(outcome(await bench.verify(token)), 'review')
  })
}

test('a cluster that fails, refuses us or cannot be reached is a refusal', async () => {
  const bench = scene()
  cluster.status = 500
  assert.equal(outcome(await bench.verify(token)), 'review')
  bench.trust('research-bot', [{ ...config, tokenReview: { url: server.url, token: 'wrong', ca: null } }])
  assert.equal(outcome(await bench.verify(token)), 'review')
  bench.trust('research-bot', [{ ...config, tokenReview: { url: server.url, token: 'another key', ca: null } }])
  assert.equal(outcome(await bench.verify(token)), 'review')
  for (const url of ['http://127.0.0.1:1', 'https://169.254.169.254', 'https://10.0.0.1']) {
    bench.trust('research-bot', [{ ...config, tokenReview: { url, token: 'ours', ca: null } }])
    assert.equal(outcome(await bench.verify(token)), 'review')
  }
})
