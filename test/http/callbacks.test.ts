import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import { deleting, requestOf, type Stage, stage, taskOf } from '../support/jit.ts'
import { answers, type Receiver, startReceiver, until } from '../support/receiver.ts'

let app: App
let at: Stage
let receiver: Receiver
before(async () => {
  receiver = await startReceiver()
  app = await startApp({
    FETCH_ALLOW: receiver.host,
    WEBHOOK_RETRY_SECONDS: '0.05,0.1',
    WEBHOOK_TIMEOUT_MS: '400',
  })
  at = await stage(app, 'called')
})
after(async () => {
  await app.close()
  await receiver.close()
})

test('whoever asked is told where they said to, signed, what became of it; approvers are told that it was asked', async () => {
  const hook = await app.send('POST', '/orgs/called/api/v1/admin/webhooks', {
    body: { url: `${receiver.url}/hook`, events: ['jit.*'] },
  })
  assert.equal(hook.status, 201, hook.text)
  const task = await taskOf(at)
  const yes = await requestOf(at, task, deleting('1'), { callback_url: `${receiver.url}/yes` })
  await until(() => receiver.to('/hook').some(({ json }) => json.type === 'jit.requested'), 'approvers are told')
  const asked = receiver.to('/hook').find(({ json }) => json.type === 'jit.requested')
  assert.equal(asked?.json.data.target, `approval:${yes.request_id}`)
  assert.equal(asked?.json.data.task_id, task)

  const no = await requestOf(at, task, deleting('2'), { callback_url: `${receiver.url}/no` })
  assert.equal((await at.as('olga', 'POST', `/jit/approve/${yes.request_id}`)).status, 200)
  assert.equal((await at.as('olga', 'POST', `/jit/deny/${no.request_id}`, { reason: 'not that one' })).status, 200)
  await until(() => receiver.to('/yes').length > 0 && receiver.to('/no').length > 0, 'both are told')
  const [said] = receiver.to('/yes')
  assert.equal(said?.json.type, 'jit.approved')
  assert.equal(said?.json.data.target, `approval:${yes.request_id}`)
  assert.equal(receiver.to('/no')[0]?.json.type, 'jit.denied')
  assert.equal(receiver.to('/yes').length, 1)
  const told = receiver.to('/hook').map(({ json }) => `${json.type} ${json.data.target}`)
  assert.equal(new Set(told).size, told.length, 'each step is told once')
  const { secret } = (await at.bot_('GET', '/agents/me/callback-secret')).json
  assert.match(secret, /^whsec_/)
  const signature = createHmac('sha256', secret)
    .update(said?.body ?? '')
    .digest('hex')
  assert.equal(said?.headers['x-lumo-signature'], signature)
  const person = await at.as('olga', 'GET', '/agents/me/callback-secret')
  assert.equal(person.status, 400)
})

test('one that hangs holds up no other, and one that never takes it is given up, which the audit says', async () => {
  const task = await taskOf(at)
  receiver.behave = ({ path }) =>
    path.startsWith('/fine') ? answers(204) : path === '/hangs' ? { kind: 'hang' } : answers(500)
  const hangs = await requestOf(at, task, deleting('3'), { callback_url: `${receiver.url}/hangs` })
  const fails = await requestOf(at, task, deleting('4'), { callback_url: `${receiver.url}/fails` })
  const fine = await requestOf(at, task, deleting('5'), { callback_url: `${receiver.url}/fine` })
  for (const { request_id: id } of [hangs, fails, fine]) await at.as('olga', 'POST', `/jit/deny/${id}`)
  await until(() => receiver.to('/fine').length === 1, 'the last is told')
  const lost = async () =>
    (await app.running.service.store.auditSince('called', 0, 1_000))
      .filter(event => event.kind === 'webhook.callback_failed')
      .map(event => event.target)
      .sort()
  await until(async () => (await lost()).length === 2, 'two are given up')
  assert.deepEqual(await lost(), [`approval:${hangs.request_id}`, `approval:${fails.request_id}`].sort())
  assert.equal(receiver.to('/fails').length, 3)
  assert.equal(receiver.to('/fine').length, 1)
})
