import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import { deleting, requestOf, type Stage, stage, taskOf } from '../support/jit.ts'
import { until } from '../support/receiver.ts'

let app: App
before(async () => {
  app = await startApp()
})
after(() => app.close())

const risk = async ({ org }: Stage) => (await app.send('GET', `/orgs/${org}/api/v1/admin/risk/agent/bot`)).json.data

/** Asked, and denied by a person, so many times. */
async function denied(at: Stage, task: string, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const made = await requestOf(at, task, deleting(`${task}-${i}`))
    assert.equal((await at.as('olga', 'POST', `/jit/deny/${made.request_id}`)).status, 200)
  }
}

/** A decision about the bot itself. */
const decided = async ({ org }: Stage, action: string): Promise<boolean> =>
  (
    await app.send('POST', `/orgs/${org}/access/v1/evaluation`, {
      body: {
        subject: { type: 'agent', id: 'bot' },
        action: { name: action },
        resource: { type: 'document', id: '1' },
      },
    })
  ).json.decision

test('a task that is refused too often is suspended, and its agent does nothing until somebody has looked', async () => {
  const at = await stage(app, 'judged')
  const task = await taskOf(at)
  await denied(at, task, 2)
  const calm = await at.bot_('POST', `/jit/task/${task}/evaluate`)
  assert.deepEqual([calm.json.active, calm.json.action], [true, 'none'], calm.text)
  assert.equal((await risk(at)).level, 'low')
  await denied(at, task, 2)
  const judged = await at.bot_('POST', `/jit/task/${task}/evaluate`)
  assert.deepEqual([judged.json.active, judged.json.action], [false, 'suspended'], judged.text)
  assert.equal(judged.json.events[0].details.denial_count, 4)
  const found = await risk(at)
  assert.deepEqual([found.level, found.unreviewed, found.source], ['high', 'high', `task:${task}`])
  const refused = await at.bot_('POST', '/jit/task', {})
  assert.equal(refused.status, 403, refused.text)
  await app.send('POST', '/orgs/judged/api/v1/admin/risk/agent/bot/review')
  assert.equal((await at.bot_('POST', '/jit/task', {})).status, 201)
})

test('what rules refused counts as well, as the decision log has it', async () => {
  const at = await stage(app, 'logged')
  const task = await taskOf(at)
  await denied(at, task, 2)
  for (let i = 0; i < 8; i++) assert.equal(await decided(at, 'shred'), false)
  const count = async () =>
    (
      await app.running.service.store.decisions('logged', {
        limit: 100,
        before: null,
        effect: 'deny',
        subject: 'agent:bot',
      })
    ).length
  await until(async () => (await count()) >= 8, 'they are logged')
  const judged = await at.bot_('POST', `/jit/task/${task}/evaluate`)
  assert.equal(judged.json.action, 'suspended', judged.text)
  assert.ok(judged.json.events[0].details.denied_decisions >= 8)
  assert.ok(judged.json.events[0].details.risk_score >= 82)
  const { level, until: end } = await risk(at)
  assert.equal(level, judged.json.events[0].details.risk_score >= 90 ? 'high' : 'medium')
  assert.equal(end === null, level === 'high')
})
