import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as openid from 'openid-client'
import { insufficient } from '../../src/protocols/jit/challenge.ts'
import { type App, startApp } from '../support/app.ts'
import { watch } from '../support/events.ts'
import { deleting, introspected, jitToken, paying, requestOf, type Stage, stage, taskOf, use } from '../support/jit.ts'
import { claimsIn, issuerOf, postForm } from '../support/oauth.ts'

let app: App
let at: Stage
before(async () => {
  app = await startApp({ APPROVAL_ESCALATES_SECONDS: '2', APPROVAL_EXPIRES_SECONDS: '6' })
  at = await stage(app, 'doors')
})
after(() => app.close())

/** The address the service is reached at, for clients that follow its metadata. */
const reached = (url: string): string => url.replace(issuerOf(app, 'doors'), `${app.running.url}/orgs/doors/api/v1`)

async function discovered(): Promise<openid.Configuration> {
  const issuer = issuerOf(app, 'doors')
  const options = {
    execute: [openid.allowInsecureRequests],
    [openid.customFetch]: (url: string, init: object) => fetch(reached(url), init),
  }
  const config = await openid.discovery(new URL(issuer), at.bot.id, at.bot.secret, undefined, options)
  config[openid.customFetch] = options[openid.customFetch] as never
  return config
}

test('CIBA by openid-client: the user is asked, answers elsewhere, and the client gets its token once', async () => {
  const config = await discovered()
  const { backchannel_authentication_endpoint: endpoint, authorization_details_types_supported: types } =
    config.serverMetadata()
  assert.equal(endpoint, `${issuerOf(app, 'doors')}/oauth/bc-authorize`)
  assert.ok(Array.isArray(types) && types.includes('payment'))
  const asked = await openid.initiateBackchannelAuthentication(config, {
    scope: 'openid',
    login_hint: 'alice@example.com',
    binding_message: 'read the report',
    authorization_details: JSON.stringify([{ type: 'file_access', actions: ['read'], identifier: 'report' }]),
  })
  assert.ok(asked.auth_req_id.length >= 43 && asked.interval === 5)
  const poll = { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: asked.auth_req_id }
  const client = { client_id: at.bot.id, client_secret: at.bot.secret }
  const codes = async () => (await postForm(app, 'doors', 'token', { ...client, ...poll })).json.error
  assert.equal(await codes(), 'authorization_pending')
  assert.equal(await codes(), 'slow_down')
  const { json } = await at.as('alice', 'GET', '/jit/pending')
  const [one] = json.requests
  assert.deepEqual([one.via, one.addressee, one.justification], ['ciba', 'alice', 'read the report'])
  assert.equal((await at.as('adam', 'POST', `/jit/approve/${one.request_id}`)).json.status, 'pending')
  assert.equal((await at.as('alice', 'POST', `/jit/approve/${one.request_id}`)).json.status, 'approved')
  const got = await openid.pollBackchannelAuthenticationGrant(config, { ...asked, interval: 0.1 })
  const claims = claimsIn(got.access_token)
  assert.deepEqual([claims.chain, claims.jit], [['user:alice', 'agent:bot'], true])
  assert.deepEqual([got.jit_request_id, got.task_id], [one.request_id, one.task_id])
  assert.equal(await codes(), 'invalid_grant', 'fetched once')
  assert.equal((await use(at, got.access_token, 'read', 'file', 'report')).json.decision, true)
  assert.equal((await introspected(at, got.access_token)).active, false)
})

test('CIBA: what is refused', async () => {
  const client = { client_id: at.bot.id, client_secret: at.bot.secret }
  const ask = async (form: object) =>
    (await postForm(app, 'doors', 'bc-authorize', { ...client, ...form } as Record<string, string>)).json.error
  const hint = { login_hint: 'alice@example.com' }
  assert.equal(await ask({ ...hint }), 'invalid_scope')
  assert.equal(await ask({ scope: 'read:documents' }), 'invalid_request')
  assert.equal(await ask({ scope: 'read:documents', login_hint: 'nobody' }), 'unknown_user_id')
  assert.equal(
    await ask({ scope: 'read:documents', ...hint, authorization_details: '[{' }),
    'invalid_authorization_details',
  )
  assert.equal(await ask({ scope: 'read:documents', ...hint, client_secret: 'x' }), 'invalid_client')
  const asked = await postForm(app, 'doors', 'bc-authorize', { ...client, ...hint, scope: 'openid read:documents' })
  assert.equal(asked.status, 200, asked.text)
  const { json } = await at.as('alice', 'GET', '/jit/pending')
  const one = json.requests.find((r: { via: string }) => r.via === 'ciba')
  await at.as('alice', 'POST', `/jit/deny/${one.request_id}`)
  const grant_type = 'urn:openid:params:grant-type:ciba'
  const polled = await postForm(app, 'doors', 'token', { ...client, grant_type, auth_req_id: asked.json.auth_req_id })
  assert.equal(polled.json.error, 'access_denied')
  const forged = await postForm(app, 'doors', 'token', { ...client, grant_type, auth_req_id: 'x'.repeat(43) })
  assert.equal(forged.json.error, 'invalid_grant')
})

test('CIBA for a scope gives a token that holds it', async () => {
  const client = { client_id: at.bot.id, client_secret: at.bot.secret }
  const iss = issuerOf(app, 'doors')
  const hint = JSON.stringify({ format: 'iss_sub', iss, sub: 'user:alice' })
  const asked = await postForm(app, 'doors', 'bc-authorize', {
    ...client,
    login_hint: hint,
    scope: 'openid edit:documents',
  })
  const { json } = await at.as('alice', 'GET', '/jit/pending')
  const one = json.requests.find((r: { via: string }) => r.via === 'ciba')
  assert.equal((await at.as('alice', 'POST', `/jit/approve/${one.request_id}`)).json.status, 'pending')
  await at.as('olga', 'POST', `/jit/approve/${one.request_id}`)
  const grant_type = 'urn:openid:params:grant-type:ciba'
  const got = await postForm(app, 'doors', 'token', { ...client, grant_type, auth_req_id: asked.json.auth_req_id })
  assert.equal(got.json.scope, 'edit:documents', got.text)
  assert.equal(claimsIn(got.json.access_token).sub, 'user:alice')
})

test('the stream tells approvers of what is theirs, at once, and goes on where a reader left', async () => {
  const path = '/orgs/doors/api/v1/jit/stream'
  const olga = await watch(app.running.url, path, { key: at.keys.olga ?? '' })
  const eve = await watch(app.running.url, path, { key: at.keys.eve ?? '' })
  await olga.next(({ event }) => event === 'start')
  await eve.next(({ event }) => event === 'start')
  const task = await taskOf(at)
  const made = await requestOf(at, task, deleting('40'))
  const isMade = (data: { request_id?: string }) => data.request_id === made.request_id
  const told = await olga.next(({ event, data }) => event === 'approval.requested' && isMade(data))
  assert.equal(told.data.approve_url, `/orgs/doors/api/v1/jit/approve/${made.request_id}`)
  olga.close()
  await at.as('olga', 'POST', `/jit/approve/${made.request_id}`)
  const again = await watch(app.running.url, path, { key: at.keys.olga ?? '', headers: { 'last-event-id': told.id } })
  const approved = await again.next(({ event, data }) => event === 'approval.approved' && isMade(data))
  assert.ok(Number(approved.id) > Number(told.id))
  again.close()
  assert.ok(!eve.told.some(({ data }) => isMade(data)), 'it is not for everybody')
  eve.close()
})

test('nobody answers: others are asked after a time, and may stand in; then it is over', async () => {
  const task = await taskOf(at)
  const made = await requestOf(at, task, deleting('41'))
  const early = await at.as('adam', 'POST', `/jit/approve/${made.request_id}`)
  assert.equal(early.json.status, 'pending', 'an admin is not the owner')
  const other = await requestOf(at, task, deleting('42'))
  const stream = await watch(app.running.url, '/orgs/doors/api/v1/jit/stream', { key: at.keys.adam ?? '' })
  const isOther = (data: { request_id?: string }) => data.request_id === other.request_id
  await stream.next(({ event, data }) => event === 'approval.escalated' && isOther(data))
  const late = await at.as('adam', 'POST', `/jit/approve/${other.request_id}`)
  assert.equal(late.json.status, 'approved', late.text)
  await stream.next(({ event, data }) => event === 'approval.expired' && data.request_id === made.request_id)
  stream.close()
  const over = await at.as('olga', 'POST', `/jit/approve/${made.request_id}`)
  assert.equal(over.json.code, 'approval_over')
  const status = await at.bot_('GET', `/jit/request/${made.request_id}/status`)
  assert.equal(status.json.status, 'expired')
})

test('a token is no longer good once what was approved is over', async () => {
  const task = await taskOf(at)
  const made = await requestOf(at, task, deleting('43'), { requested_ttl: 2 })
  await at.as('olga', 'POST', `/jit/approve/${made.request_id}`)
  const token = await jitToken(at, made.request_id)
  for (let tries = 0; (await introspected(at, token)).active; tries += 1) {
    assert.ok(tries < 100, 'it never ended')
    await sleep(100)
  }
  assert.equal((await use(at, token, 'delete', 'document', '43')).status, 401)
})

/** The order of calls of the published client, by plain HTTP: a refusal of a resource, the request, the answer, the token. */
test('as the published client goes about it', async () => {
  const made = await at.bot_('POST', '/jit/task', { name: 'n', type: 't', on_behalf_of: 'alice@example.com' })
  assert.deepEqual([made.status, made.json.agent.slug, made.json.on_behalf_of], [201, 'bot', 'user:alice'])
  assert.match(made.json.caep_session_id, /^caep_/)
  const refusal = insufficient([paying('sdk-1')], 'a payment takes a yes')
  const header = refusal.headers['insufficient-authorization-details'] ?? ''
  const details = JSON.parse(Buffer.from(header, 'base64').toString())
  assert.deepEqual(details, paying('sdk-1'))
  const asked = await app.send('POST', '/t/doors/api/v1/jit/request', {
    key: null,
    headers: { authorization: `Bearer ${at.token}` },
    body: { task_id: made.json.task_id, authorization_details: details, justification: 'the bill', requested_ttl: 300 },
  })
  assert.deepEqual([asked.status, asked.json.status], [201, 'pending'])
  assert.equal(asked.json.status_url, `/t/doors/api/v1/jit/request/${asked.json.request_id}/status`)
  for (const who of ['fred', 'fay']) await at.as(who, 'POST', `/jit/approve/${asked.json.request_id}`)
  const headers = { authorization: `Bearer ${at.token}` }
  const status = await app.send('GET', asked.json.status_url, { key: null, headers })
  assert.deepEqual([status.json.status, status.json.granted_ttl], ['approved', 300])
  const got = await app.send('POST', status.json.token_url, { key: null, headers })
  assert.deepEqual([got.json.token_type, got.json.authorization_details], ['Bearer', [details]])
  const paid = await use(at, got.json.access_token, 'initiate', 'payment', 'sdk-1', { amount: 120 })
  assert.equal(paid.json.decision, true, paid.text)
  const judged = await at.bot_('POST', `/jit/task/${made.json.task_id}/evaluate`)
  assert.deepEqual([judged.json.active, judged.json.action], [true, 'none'])
  const done = await at.bot_('POST', `/jit/task/${made.json.task_id}/evaluate`, { result: 'completed' })
  assert.deepEqual([done.json.active, done.json.status], [false, 'completed'])
})

test('refused again and again, a task is suspended', async () => {
  const task = await taskOf(at)
  for (const n of [1, 2, 3]) {
    const made = await requestOf(at, task, deleting(`s-${n}`))
    await at.as('olga', 'POST', `/jit/deny/${made.request_id}`)
  }
  const judged = await at.bot_('POST', `/jit/task/${task}/evaluate`)
  assert.deepEqual([judged.json.active, judged.json.action], [false, 'suspended'], judged.text)
  assert.equal(judged.json.events[0].details.denial_count, 3)
  const more = await at.bot_('POST', '/jit/request', { task_id: task, authorization_details: deleting('s-4') })
  assert.equal(more.json.code, 'task_inactive')
})

test('scopes, as older clients ask for them: approved, then exchanged for', async () => {
  const own = await stage(app, 'doors-scopes')
  const made = await own.bot_('POST', '/jit/task', {
    task_description: 'edit',
    required_scopes: ['edit:documents'],
    duration: 300,
  })
  assert.deepEqual([made.status, made.json.status, made.json.expires_in], [201, 'pending', 300], made.text)
  const yes = await own.as('olga', 'POST', `/jit/approve/${made.json.request_id}`)
  assert.equal(yes.json.status, 'approved', yes.text)
  const status = await own.bot_('GET', `/jit/status/${made.json.task_id}`)
  assert.deepEqual(
    [status.json.status, status.json.approved_scopes, status.json.approved_by],
    ['approved', ['edit:documents'], 'user:olga'],
  )
  const got = await postForm(app, 'doors-scopes', 'token', {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: own.token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    jit_task_id: made.json.task_id,
    scope: 'edit:documents',
  })
  assert.equal(got.json.scope, 'edit:documents', got.text)
  assert.equal(claimsIn(got.json.access_token).task_id, made.json.task_id)
  await own.bot_('POST', `/jit/task/${made.json.task_id}/complete`)
  assert.equal((await introspected(own, got.json.access_token)).active, false)
})

test('authorization details at the token endpoint: what rules let pass now, or what to ask for', async () => {
  const client = { client_id: at.bot.id, client_secret: at.bot.secret, grant_type: 'client_credentials' }
  const ask = (details: unknown) =>
    postForm(app, 'doors', 'token', { ...client, scope: 'read:files', authorization_details: JSON.stringify(details) })
  const both = await ask([{ type: 'file_access', actions: ['read', 'delete'], identifier: 'x' }])
  const read = [{ type: 'file_access', actions: ['read'], identifier: 'x' }]
  assert.deepEqual(both.json.authorization_details, read, both.text)
  assert.deepEqual(claimsIn(both.json.access_token).authorization_details, read)
  assert.deepEqual((await introspected(at, both.json.access_token)).authorization_details, read)
  const held = await ask(deleting('1'))
  assert.deepEqual([held.status, held.json.code], [403, 'approval_required'])
  assert.deepEqual(held.json.details.authorization_details, [deleting('1')])
  assert.equal((await ask({ type: 'rocket', actions: ['go'] })).json.error, 'invalid_authorization_details')
})

test('a yes or no of the user an agent acts for', async () => {
  const asked = {
    task_id: 'order 7',
    reason: 'buy the tickets?',
    impact: 'high',
    on_behalf_of: 'alice@example.com',
    meta: null,
  }
  const made = await at.bot_('POST', '/agents/me/approvals', asked)
  assert.deepEqual([made.status, made.json.status, made.json.task_id], [201, 'pending', 'order 7'], made.text)
  const path = `/agents/me/approvals/${made.json.approval_token}/status`
  assert.equal((await at.bot_('GET', path)).json.approved_by, null)
  assert.equal((await at.as('adam', 'POST', `/jit/approve/${made.json.approval_token}`)).json.status, 'pending')
  assert.equal((await at.as('alice', 'POST', `/jit/approve/${made.json.approval_token}`)).json.status, 'approved')
  const { json } = await at.bot_('GET', path)
  assert.equal(json.status, 'approved')
  assert.deepEqual(json.approved_by, { user_id: 'alice', email: 'alice@example.com' })
  const stranger = await at.bot_('POST', '/agents/me/approvals', { ...asked, on_behalf_of: 'eve' })
  assert.deepEqual([stranger.status, stranger.json.code], [403, 'delegation_not_allowed'])
})
