import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { ADMIN_KEY, type App, startApp } from '../support/app.ts'
import { type Receiver, startReceiver, until } from '../support/receiver.ts'
import { spansAt, traceAt } from '../support/traces.ts'

const PARENT = 'b7ad6b7169203331'
const CHECK = '/orgs/acme-corp/access/v1/evaluation'
const MANY = '/orgs/acme-corp/access/v1/evaluations'

const asked = (id: string, context: object = {}) => ({
  subject: { type: 'user', id },
  action: { name: 'view' },
  resource: { type: 'document', id: 'roadmap' },
  context,
})

/** A trace that a caller has begun. */
function newTrace() {
  const id = randomBytes(16).toString('hex')
  return { id, headers: { traceparent: `00-${id}-${PARENT}-01` } }
}

/** The record of a decision, once it is written; null where none is. */
async function recordOf(app: App, id: string, other: string) {
  const { store } = app.running.service
  await until(async () => (await store.decision('acme-corp', other)) !== null, 'a later decision is logged')
  return store.decision('acme-corp', id)
}

describe('traces', () => {
  let receiver: Receiver
  let app: App
  before(async () => {
    receiver = await startReceiver()
    app = await startApp({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=a%20b,x-more=1',
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      DECISION_LOG: 'all',
    })
  })
  after(async () => {
    await app.close()
    await receiver.close()
  })

  test('a decision is a span within that of its request, which is within the caller’s', async () => {
    const { id, headers } = newTrace()
    const sent = { body: asked('alice'), headers: { ...headers, tracestate: 'other=1' } }
    const one = await app.send('POST', CHECK, sent)
    const two = await app.send('POST', CHECK, sent)
    const { requests, decisions } = await traceAt(receiver, id, 4)
    const [first, second] = requests
    const [cold, warm] = decisions
    assert.ok(first !== undefined && second !== undefined && cold !== undefined && warm !== undefined)
    assert.deepEqual([first.parentSpanId, first.traceState, first.service], [PARENT, 'other=1', 'lumoauth'])
    assert.deepEqual([cold.parentSpanId, warm.parentSpanId], [first.spanId, second.spanId])
    assert.equal(first.name, 'POST /orgs/{org}/access/v1/evaluation')
    assert.ok(first.took > 0n && cold.took <= first.took)
    assert.deepEqual(first.attributes, {
      'http.route': '/orgs/{org}/access/v1/evaluation',
      'lumoauth.operation': 'evaluateInOrg',
      'lumoauth.org': 'acme-corp',
      'http.request.method': 'POST',
      'url.scheme': 'http',
      'network.protocol.version': '1.1',
      'http.response.status_code': 200,
    })
    const { context } = one.json
    assert.deepEqual(cold.attributes, {
      'lumoauth.org': 'acme-corp',
      'lumoauth.decision_id': context.id,
      'lumoauth.effect': context.effect,
      'lumoauth.policy_version': context.policy_version,
      'lumoauth.revision': context.revision,
      'lumoauth.rules': context.reasons.map(({ rule }: { rule: string }) => rule),
      'lumoauth.cache_hit': false,
    })
    assert.equal(warm.attributes['lumoauth.decision_id'], two.json.context.id)
    assert.equal(warm.attributes['lumoauth.cache_hit'], true)
    assert.deepEqual([receiver.got[0]?.path, receiver.got[0]?.headers['x-tenant']], ['/v1/traces', 'a b'])
  })

  test('the record of a decision names the trace that began here', async () => {
    const { json } = await app.send('POST', CHECK, { body: asked('carol') })
    const row = await recordOf(app, json.context.id, json.context.id)
    const trace = String(row?.record.trace)
    const { requests, decisions } = await traceAt(receiver, trace, 2)
    assert.equal(requests[0]?.parentSpanId, undefined)
    assert.equal(decisions[0]?.attributes['lumoauth.decision_id'], json.context.id)
  })

  test('each decision of a batch has its span; an item that cannot be read has none', async () => {
    const { id, headers } = newTrace()
    const evaluations = [asked('alice'), { subject: 7 }, asked('bob')]
    assert.equal((await app.send('POST', MANY, { body: { evaluations }, headers })).status, 200)
    const { requests, decisions, all } = await traceAt(receiver, id, 3)
    assert.equal(all.length, 3)
    const parents = decisions.map(span => [span.parentSpanId, span.status])
    assert.deepEqual(parents, Array(2).fill([requests[0]?.spanId, 0]))
  })

  for (const [what, method, path, sent, name, status] of [
    ['no key', 'POST', CHECK, { body: asked('alice'), key: null }, 'POST /orgs/{org}/access/v1/evaluation', 401],
    ['no body', 'POST', CHECK, { raw: '{' }, 'POST /orgs/{org}/access/v1/evaluation', 400],
    ['no such path', 'GET', '/users/ann@example.com', {}, 'GET', 404],
    ['a path by a parameter', 'GET', '/errors/not_found', {}, 'GET /errors/{code}', 404],
  ] as const) {
    test(`${what}: a fault of the caller, none of the service, under a name that says nothing else`, async () => {
      const { id, headers } = newTrace()
      const got = await app.send(method, path, { ...sent, headers: { ...headers, 'content-type': 'application/json' } })
      assert.equal(got.status, status, got.text)
      const [span] = (await traceAt(receiver, id, 1)).requests
      assert.deepEqual([span?.name, span?.attributes['http.response.status_code'], span?.status], [name, status, 0])
    })
  }

  test('no name, no secret and nothing that was sent is in a span', async () => {
    const { id, headers } = newTrace()
    const body = asked('alice-personal', { secret: 'hush-hush', actors: ['agent:zed'] })
    const more = { authorization: `Bearer ${ADMIN_KEY}`, 'x-odd': 'hush-hush', 'x-request-id': 'rid-hush-hush' }
    await app.send('POST', `${CHECK}?q=hush-hush`, { body, headers: { ...headers, ...more }, key: null })
    await app.send('POST', CHECK, { body: { ...body, action: { name: 'peruse' } }, headers })
    await traceAt(receiver, id, 4)
    const told = receiver.got.map(message => message.body).join()
    for (const word of ['hush-hush', 'alice-personal', 'zed', 'peruse', 'roadmap', ADMIN_KEY]) {
      assert.ok(!told.includes(word), word)
    }
  })
})

/** A Wednesday, about eleven. */
const AT_WORK = { time: '2026-03-04T10:00:00Z' }

describe('traces with names, to a receiver that hangs; the other switches', () => {
  let receiver: Receiver
  let app: App
  before(async () => {
    receiver = await startReceiver()
    app = await startApp({
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER: 'always_on',
      TRACE_NAMES: 'on',
      DECISION_LOG: 'denials',
      METRICS: 'off',
    })
    receiver.behave = () => ({ kind: 'hang' })
  })
  after(() => receiver.close())

  test('without metrics there are none to be had', async () => {
    assert.equal((await app.send('GET', '/metrics')).status, 404)
    assert.ok(!Object.hasOwn((await app.send('GET', '/openapi.json')).json.paths, '/metrics'))
  })

  test('of denials alone, a denial is logged and an allow is not', async () => {
    const allowed = await app.send('POST', CHECK, { body: asked('alice', { actors: ['agent:zed'], ...AT_WORK }) })
    const own = await app.send('POST', CHECK, { body: { ...asked('alice', AT_WORK), action: { name: 'edit' } } })
    const denied = await app.send('POST', CHECK, { body: asked('nobody-at-all') })
    assert.equal(denied.json.decision, false)
    const all = [allowed, own].filter(({ json }) => json.decision)
    assert.ok(all.length > 0, 'none of the questions is allowed')
    for (const { json } of all) assert.equal(await recordOf(app, json.context.id, denied.json.context.id), null)
  })

  test('all requests are answered, the service ends, and spans that arrived have names', async () => {
    await until(() => receiver.got.length > 0, 'some spans arrive')
    for (let i = 0; i < 50; i++) assert.equal((await app.send('POST', CHECK, { body: asked('alice') })).status, 200)
    await app.close()
    const named = spansAt(receiver).find(span => Array.isArray(span.attributes['lumoauth.actors']))?.attributes ?? {}
    assert.deepEqual(
      [named['lumoauth.subject'], named['lumoauth.actors'], named['lumoauth.action'], named['lumoauth.resource']],
      ['user:alice', ['agent:zed'], 'view', 'document:roadmap'],
    )
  })
})
