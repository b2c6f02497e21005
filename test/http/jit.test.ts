import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import {
  deleting,
  introspected,
  jitToken,
  paying,
  relate,
  requestOf,
  type Stage,
  stage,
  taskOf,
  use,
} from '../support/jit.ts'
import { claimsIn } from '../support/oauth.ts'

let app: App
let at: Stage
before(async () => {
  app = await startApp()
  at = await stage(app, 'jit')
})
after(() => app.close())

test('an owner says yes: the operation is done once, and never again', async () => {
  const task = await taskOf(at, { name: 'tidy up' })
  const made = await requestOf(at, task, deleting('1'))
  assert.deepEqual([made.status, made.risk_level], ['pending', 'high'])
  assert.match(made.message, /the owner of agent:bot/)
  const early = await at.bot_('POST', `/jit/request/${made.request_id}/token`)
  assert.equal(early.status, 403)
  const yes = await at.as('olga', 'POST', `/jit/approve/${made.request_id}`, { notes: 'go on' })
  assert.deepEqual([yes.status, yes.json.status, yes.json.granted_ttl], [200, 'approved', 600], yes.text)
  const status = await at.bot_('GET', `/jit/request/${made.request_id}/status`)
  assert.equal(status.json.token_url, `/orgs/jit/api/v1/jit/request/${made.request_id}/token`)
  const token = await jitToken(at, made.request_id)
  const claims = claimsIn(token)
  assert.equal(claims.sub, `agent:bot:task:${task}`)
  assert.deepEqual([claims.jit, claims.task_id, claims.authorization_details], [true, task, [deleting('1')]])
  assert.ok((claims.exp as number) - (claims.iat as number) <= 900)
  assert.equal((await introspected(at, token)).active, true)
  const other = await use(at, token, 'delete', 'document', '2')
  assert.deepEqual([other.status, other.json.code], [403, 'capability_denied'])
  const done = await use(at, token, 'delete', 'document', '1')
  assert.equal(done.json.decision, true, done.text)
  assert.deepEqual(await introspected(at, token), { active: false })
  const again = await use(at, token, 'delete', 'document', '1')
  assert.equal(again.status, 401)
  const over = await at.bot_('GET', `/jit/request/${made.request_id}/status`)
  assert.equal(over.json.status, 'consumed')
})

test('what rules permit and is not grave is granted at once; what they forbid is refused at once', async () => {
  const task = await taskOf(at)
  const low = await requestOf(at, task, { type: 'file_access', actions: ['read'], identifier: 'a.txt' })
  assert.deepEqual([low.status, low.risk_level], ['approved', 'low'])
  assert.match(low.approved_by_policy, /Agents can obtain approvals/)
  const medium = await requestOf(at, task, [{ type: 'file_access', actions: ['write'], identifier: 'a.txt' }])
  assert.deepEqual([medium.status, medium.risk_level], ['approved', 'medium'])
  const token = await jitToken(at, low.request_id)
  assert.equal((await use(at, token, 'read', 'file', 'a.txt')).json.decision, true)
  assert.equal((await use(at, token, 'read', 'file', 'a.txt')).status, 401)
  const barred = await at.bot_('POST', '/jit/request', {
    task_id: task,
    authorization_details: { type: 'file_access', actions: ['delete'], identifier: 'a.txt' },
  })
  assert.deepEqual([barred.status, barred.json.code], [403, 'access_denied'], barred.text)
  const unknown = await requestOf(at, task, { type: 'lumoauth_action', actions: ['send'], identifier: 'mail:1' })
  assert.equal(unknown.status, 'pending', 'what no rule permits is for people, however small')
})

test('a payment takes two people, one of them an approver', async () => {
  const task = await taskOf(at)
  const made = await requestOf(at, task, paying('p1'))
  assert.deepEqual([made.status, made.risk_level], ['pending', 'critical'])
  const one = await at.as('adam', 'POST', `/jit/approve/${made.request_id}`)
  assert.equal(one.json.status, 'pending', one.text)
  const twice = await at.as('adam', 'POST', `/jit/approve/${made.request_id}`)
  assert.deepEqual([twice.status, twice.json.code], [409, 'answered_already'])
  const two = await at.as('fred', 'POST', `/jit/approve/${made.request_id}`)
  assert.equal(two.json.status, 'approved', two.text)
  const token = await jitToken(at, made.request_id)
  const wrong = await use(at, token, 'initiate', 'payment', 'p1', { amount: 12_000 })
  assert.notEqual(wrong.json.decision, true)
  const right = await use(at, token, 'initiate', 'payment', 'p1', { amount: 120 })
  assert.equal(right.json.decision, true, right.text)
})

const refusals: readonly {
  readonly name: string
  readonly who: string
  readonly body?: object
  readonly status: number
  readonly code: string
}[] = [
  { name: 'somebody whom no rule names', who: 'eve', status: 403, code: 'permission_denied' },
  { name: 'for whom it is done', who: 'alice', status: 403, code: 'own_request' },
  { name: 'longer than asked', who: 'olga', body: { ttl: 800 }, status: 400, code: 'wider_than_asked' },
  { name: 'more often than asked', who: 'olga', body: { max_uses: 2 }, status: 400, code: 'wider_than_asked' },
  {
    name: 'more than asked',
    who: 'olga',
    body: { authorization_details: deleting('*') },
    status: 400,
    code: 'wider_than_asked',
  },
]

test('who may not, and what may not, be approved', async () => {
  const task = await taskOf(at, { on_behalf_of: 'alice@example.com' })
  const made = await requestOf(at, task, deleting('7'))
  for (const { name, who, body, status, code } of refusals) {
    const got = await at.as(who, 'POST', `/jit/approve/${made.request_id}`, body ?? {})
    assert.deepEqual([got.status, got.json.code], [status, code], `${name}: ${got.text}`)
  }
  const itself = await at.bot_('POST', `/jit/approve/${made.request_id}`)
  assert.deepEqual([itself.status, itself.json.code], [403, 'own_request'])
  const forged = await at.as('olga', 'POST', `/jit/approve/jit_${'0'.repeat(32)}`)
  assert.equal(forged.status, 404)
  const no = await at.as('olga', 'POST', `/jit/deny/${made.request_id}`, { reason: 'not that one' })
  assert.equal(no.json.status, 'denied')
  const late = await at.as('adam', 'POST', `/jit/approve/${made.request_id}`)
  assert.deepEqual([late.status, late.json.code], [400, 'approval_over'])
  const told = await at.bot_('GET', `/jit/request/${made.request_id}/status`)
  assert.deepEqual([told.json.review_notes, told.json.deny_reason], ['not that one', 'not that one'])
})

test('even an owner is no approver of what is done in their own name', async () => {
  await relate(app, 'jit', ['org:jit', 'admin', 'user:alice'])
  const task = await taskOf(at, { on_behalf_of: 'alice' })
  const made = await requestOf(at, task, deleting('8'))
  const got = await at.as('alice', 'POST', `/jit/approve/${made.request_id}`)
  assert.equal(got.json.code, 'own_request')
  const open = await at.as('alice', 'GET', '/jit/pending')
  assert.ok(!open.json.requests.some((one: { request_id: string }) => one.request_id === made.request_id))
})

test('an approver leaves less: only that is granted', async () => {
  const task = await taskOf(at)
  const wide = { type: 'lumoauth_action', actions: ['delete', 'edit'], identifier: 'document:n-*' }
  const made = await requestOf(at, task, wide, { max_uses: 3 })
  const narrow = { authorization_details: [deleting('n-1')], max_uses: 1, ttl: 60 }
  const yes = await at.as('olga', 'POST', `/jit/approve/${made.request_id}`, narrow)
  assert.equal(yes.json.status, 'approved', yes.text)
  const token = await jitToken(at, made.request_id)
  assert.deepEqual(claimsIn(token).authorization_details, [deleting('n-1')])
  assert.equal((await use(at, token, 'delete', 'document', 'n-2')).status, 403)
  assert.equal((await use(at, token, 'edit', 'document', 'n-1')).status, 403)
  assert.equal((await use(at, token, 'delete', 'document', 'n-1')).json.decision, true)
})

test('the same asked again while it waits joins it', async () => {
  const task = await taskOf(at)
  const all = await Promise.all(Array.from({ length: 5 }, () => requestOf(at, task, deleting('9'))))
  assert.equal(new Set(all.map(one => one.request_id)).size, 1)
  const shown = await at.as('olga', 'GET', `/jit/request/${all[0].request_id}`)
  assert.equal(shown.json.repeats, 4)
  await at.as('olga', 'POST', `/jit/deny/${all[0].request_id}`)
  const next = await requestOf(at, task, deleting('9'))
  assert.notEqual(next.request_id, all[0].request_id)
})

test('two approvers at once: one answer counts, or both where it takes two', async () => {
  const task = await taskOf(at)
  const made = await requestOf(at, task, deleting('10'))
  const both = await Promise.all([
    at.as('olga', 'POST', `/jit/approve/${made.request_id}`),
    at.as('adam', 'POST', `/jit/deny/${made.request_id}`),
  ])
  const codes = both.map(one => one.json.code ?? one.json.status)
  assert.ok(codes.includes('approval_over') && (codes.includes('approved') || codes.includes('denied')), codes.join())
  const grants = (await app.running.service.orgs.get('jit')).registry.grantsOf(made.request_id)
  assert.ok(grants.length <= 1)
  const pays = await requestOf(at, task, paying('p9'))
  const two = await Promise.all(['fred', 'fay'].map(who => at.as(who, 'POST', `/jit/approve/${pays.request_id}`)))
  assert.deepEqual(two.map(one => one.json.status).toSorted(), ['approved', 'pending'])
})

test('many at once use it exactly as often as was approved', async () => {
  const task = await taskOf(at)
  const made = await requestOf(at, task, deleting('11'), { max_uses: 3 })
  await at.as('olga', 'POST', `/jit/approve/${made.request_id}`)
  const token = await jitToken(at, made.request_id)
  const all = await Promise.all(Array.from({ length: 20 }, () => use(at, token, 'delete', 'document', '11')))
  assert.equal(all.filter(one => one.json.decision === true).length, 3)
})

test('a task that ends takes with it what was asked and granted for it', async () => {
  const task = await taskOf(at)
  const inner = await taskOf(at, { parent_task_id: task })
  const asked = await requestOf(at, inner, deleting('12'))
  const given = await requestOf(at, inner, deleting('13'))
  await at.as('olga', 'POST', `/jit/approve/${given.request_id}`)
  const token = await jitToken(at, given.request_id)
  const done = await at.bot_('POST', `/jit/task/${task}/complete`)
  assert.deepEqual([done.status, done.json.status], [200, 'completed'])
  assert.deepEqual(await introspected(at, token), { active: false })
  assert.equal((await use(at, token, 'delete', 'document', '13')).status, 401)
  assert.equal((await at.as('olga', 'POST', `/jit/approve/${asked.request_id}`)).json.code, 'approval_over')
  const more = await at.bot_('POST', '/jit/request', { task_id: inner, authorization_details: deleting('14') })
  assert.deepEqual([more.status, more.json.code], [400, 'task_inactive'])
})

test('a consent taken back ends what was asked and granted under it', async () => {
  const own = await stage(app, 'jit-consent')
  const task = await taskOf(own, { on_behalf_of: 'alice' })
  const asked = await requestOf(own, task, deleting('1'))
  const given = await requestOf(own, task, deleting('2'))
  await own.as('olga', 'POST', `/jit/approve/${given.request_id}`)
  const token = await jitToken(own, given.request_id)
  assert.deepEqual(claimsIn(token).act, { sub: 'agent:bot' })
  await app.send('DELETE', `/orgs/jit-consent/api/v1/admin/consents/con_alice_jit-consent`)
  assert.equal((await use(own, token, 'delete', 'document', '2')).status, 401)
  assert.equal((await own.as('olga', 'POST', `/jit/approve/${asked.request_id}`)).json.code, 'approval_over')
})

test('taken back by the one who asked', async () => {
  const task = await taskOf(at)
  const asked = await requestOf(at, task, deleting('15'))
  const gone = await at.bot_('POST', `/jit/request/${asked.request_id}/cancel`)
  assert.equal(gone.json.status, 'cancelled')
  assert.equal((await at.as('olga', 'POST', `/jit/approve/${asked.request_id}`)).json.code, 'approval_over')
  const given = await requestOf(at, task, deleting('16'))
  await at.as('olga', 'POST', `/jit/approve/${given.request_id}`)
  const token = await jitToken(at, given.request_id)
  assert.equal((await at.bot_('POST', `/jit/request/${given.request_id}/cancel`)).json.status, 'cancelled')
  assert.equal((await use(at, token, 'delete', 'document', '16')).status, 401)
})

test('emergency access waits for nobody, and is reviewed', async () => {
  const task = await taskOf(at)
  const made = await requestOf(at, task, paying('p20'), { emergency: true, justification: 'the bank is on fire' })
  assert.equal(made.status, 'approved')
  const open = await at.as('adam', 'GET', '/jit/pending?emergency=unreviewed')
  assert.ok(open.json.requests.some((one: { request_id: string }) => one.request_id === made.request_id))
  const token = await jitToken(at, made.request_id)
  const bad = await at.as('adam', 'POST', `/jit/review/${made.request_id}`, { ok: false, notes: 'no fire' })
  assert.equal(bad.json.status, 'cancelled', bad.text)
  assert.equal((await use(at, token, 'initiate', 'payment', 'p20', { amount: 120 })).status, 401)
  const silent = await at.bot_('POST', '/jit/request', {
    task_id: task,
    authorization_details: paying('p21'),
    emergency: true,
  })
  assert.equal(silent.status, 400)
  const kinds = async (): Promise<readonly string[]> => {
    const { json } = await app.send('GET', `/orgs/jit/api/v1/admin/audit-logs?task_id=${task}`)
    return json.data.map((one: { event_type: string }) => one.event_type)
  }
  const told = await kinds()
  assert.ok(told.includes('approval.emergency') && told.includes('approval.reviewed'), told.join())
})

test('what an approver is shown', async () => {
  const task = await taskOf(at, { name: 'spring cleaning', on_behalf_of: 'alice', budget: { max_tool_calls: 5 } })
  const made = await requestOf(at, task, deleting('30'), { justification: 'it is a copy' })
  const { json } = await at.as('olga', 'GET', `/jit/request/${made.request_id}`)
  assert.deepEqual(json.chain, ['user:alice', 'agent:bot'])
  assert.deepEqual(
    [json.on_behalf_of, json.justification, json.task.name],
    ['user:alice', 'it is a copy', 'spring cleaning'],
  )
  assert.equal(json.rules[0].sentence, 'Agents need approval from their owner to delete documents')
  assert.deepEqual(json.budget.task, { max_tool_calls: 5 })
  const [held] = json.budget.tasks
  assert.deepEqual([held.task_id, held.windows[0].limit, held.windows[0].used], [task, 5, 0])
  assert.ok(Array.isArray(json.recent))
  assert.equal((await at.as('eve', 'GET', `/jit/request/${made.request_id}`)).status, 404)
  const page = await at.as('olga', 'GET', '/jit/pending?limit=1')
  assert.deepEqual([page.json.requests.length, page.json.pagination.limit], [1, 1])
  assert.ok(page.json.count >= 1 && page.json.pending_requests.length === 1 && page.json.data.length === 1)
})
