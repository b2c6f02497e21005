import assert from 'node:assert/strict'
import type { Answered, App } from './app.ts'
import { watch } from './events.ts'
import { deleting, jitToken, paying, requestOf, stage, taskOf, use } from './jit.ts'
import { postForm } from './oauth.ts'

/** Calls every operation of just-in-time approval once, as the document wants it. */
export async function callJit(app: App, org: string): Promise<void> {
  const at = await stage(app, org)
  const ok = async (made: Promise<Answered>, status = 200) => {
    const got = await made
    assert.equal(got.status, status, got.text)
    return got
  }
  const task = await taskOf(at, { name: 'all of it' })
  await ok(at.bot_('GET', `/jit/task/${task}`))
  const made = await requestOf(at, task, deleting('1'))
  await ok(at.bot_('GET', `/jit/request/${made.request_id}/status`))
  await ok(at.as('olga', 'GET', `/jit/request/${made.request_id}`))
  await ok(at.as('olga', 'GET', '/jit/pending'))
  const stream = await watch(app.running.url, `/orgs/${org}/api/v1/jit/stream`, { key: at.keys.olga ?? '' })
  await stream.next(({ event }) => event === 'approval.requested')
  stream.close()
  await ok(app.send('GET', `/orgs/${org}/api/v1/jit/stream?follow=false`, { key: at.keys.olga ?? null }))
  await ok(at.as('olga', 'POST', `/jit/approve/${made.request_id}`))
  await ok(use(at, await jitToken(at, made.request_id), 'delete', 'document', '1'))
  const denied = await requestOf(at, task, deleting('2'))
  await ok(at.as('olga', 'POST', `/jit/deny/${denied.request_id}`))
  const taken = await requestOf(at, task, deleting('3'))
  await ok(at.bot_('POST', `/jit/request/${taken.request_id}/cancel`))
  const urgent = await requestOf(at, task, paying('p1'), { emergency: true })
  await ok(at.as('adam', 'POST', `/jit/review/${urgent.request_id}`, { ok: true }))
  await ok(at.bot_('GET', `/jit/status/${task}`))
  const asked = { task_id: 'mine', reason: 'may I go on?', impact: 'low', on_behalf_of: 'alice', meta: null }
  const push = await ok(at.bot_('POST', '/agents/me/approvals', asked), 201)
  await ok(at.bot_('GET', `/agents/me/approvals/${push.json.approval_token}/status`))
  const client = { client_id: at.bot.id, client_secret: at.bot.secret }
  await ok(
    postForm(app, org, 'bc-authorize', { ...client, scope: 'openid read:documents', login_hint: 'alice@example.com' }),
  )
  await ok(at.bot_('POST', `/jit/task/${task}/evaluate`))
  await ok(at.bot_('POST', `/jit/task/${task}/complete`))
}
