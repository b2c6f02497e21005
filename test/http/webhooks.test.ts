import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { timedId } from '../../src/lib/ids.ts'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'
import { answers, type Received, type Receiver, startReceiver, until } from '../support/receiver.ts'

const MODEL = 'model\n  schema 1.1\n\ntype user\n\ntype document\n  relations\n    define viewer: [user]\n'
const POLICY = 'Viewers can view documents.'

let app: App
let receiver: Receiver
let orgs = 0
let admin = ''
let org = ''

before(async () => {
  receiver = await startReceiver()
  app = await startApp({
    FETCH_ALLOW: receiver.host,
    WEBHOOK_RETRY_SECONDS: '0.05,0.1,0.1',
    WEBHOOK_TIMEOUT_MS: '400',
    WEBHOOK_DISABLE_AFTER: '3',
  })
})
after(async () => {
  await app.close()
  await receiver.close()
})
beforeEach(async () => {
  orgs += 1
  org = `hooked-${orgs}`
  admin = `/orgs/${org}/api/v1/admin`
  receiver.behave = () => answers(204)
  await makeOrg(app, org, MODEL, POLICY)
})

const send = (method: string, path: string, body?: unknown) =>
  app.send(method, `${admin}${path}`, { ...(body !== undefined && { body }) })

/** A webhook for a path of the receiver that is the org's own. */
async function hook(events: readonly string[] = ['jit.*'], more: object = {}, path = '/') {
  const made = await send('POST', '/webhooks', { url: `${receiver.url}/${org}${path}`, events, ...more })
  assert.equal(made.status, 201, made.text)
  return made.json.data as { readonly id: number; readonly secret: string }
}

const got = (path = '/'): readonly Received[] => receiver.to(`/${org}${path}`)

/** Something that happened, as the audit is told of it. */
function happens(kind: string, data = {}): string {
  const at = Date.now()
  const id = timedId('log', at)
  app.running.service.audit.append(org, () => ({ id, at, kind, actor: 'user:ann', target: 'jit:one', data }))
  return `evt_${id.slice(4)}`
}

const deliveries = async (id: number, query = '') =>
  (await send('GET', `/webhooks/${id}/deliveries?limit=100${query}`)).json.data as readonly {
    readonly id: string
    readonly event_id: string
    readonly state: string
    readonly attempts: number
    readonly history: readonly { readonly status: number | null; readonly error: string | null }[]
  }[]
const ended = (id: number, count: number, state: string) =>
  until(async () => (await deliveries(id, `&state=${state}`)).length === count, `${count} ${state}`)

describe('webhooks', () => {
  test('are told at once of what they asked for, and of nothing else', async () => {
    const { id } = await hook(['jit.requested', 'token.*'])
    const ids = [happens('jit.requested', { risk: 'high' }), happens('jit.denied'), happens('token.revoked')]
    await until(() => got().length === 2, 'two messages')
    const [first, second] = got()
    assert.deepEqual(
      got().map(message => message.json.id),
      [ids[0], ids[2]],
    )
    assert.equal(first?.json.type, 'jit.requested')
    assert.equal(first?.json.tenant, org)
    assert.equal(first?.json.organization, org)
    assert.deepEqual(first?.json.data.details, { risk: 'high' })
    assert.equal(first?.json.data.actor, 'user:ann')
    assert.equal(first?.headers['x-lumoauth-event'], 'jit.requested')
    assert.equal(first?.headers['webhook-id'], ids[0])
    assert.equal(second?.json.type, 'token.revoked')
    await ended(id, 2, 'delivered')
    const { failureCount, lastTriggeredAt } = (await send('GET', `/webhooks/${id}`)).json.data
    assert.equal(failureCount, 0)
    assert.ok(lastTriggeredAt !== null)
  })

  test('are signed three ways, and by the old secret too for a while after it was replaced', async () => {
    const { id, secret } = await hook(['jit.*'], { configuration: { headers: { 'X-Gateway': 'abc' } } })
    happens('jit.requested')
    await until(() => got().length === 1, 'a message')
    const plain = (key: string, body: string) => createHmac('sha256', key).update(body).digest('hex')
    const timed = (key: string, { headers, body }: Received) =>
      `v1,${createHmac('sha256', Buffer.from(key.slice(6), 'base64'))
        .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
        .digest('base64')}`
    const [first] = got()
    assert.ok(first !== undefined)
    assert.equal(first.headers['x-lumo-signature'], plain(secret, first.body))
    assert.equal(first.headers['x-lumoauth-signature'], `sha256=${plain(secret, first.body)}`)
    assert.equal(first.headers['webhook-signature'], timed(secret, first))
    assert.equal(first.headers['x-gateway'], 'abc')
    assert.ok(Math.abs(Number(first.headers['webhook-timestamp']) - Date.now() / 1000) < 60)

    const rotated = await send('POST', `/webhooks/${id}/rotate-secret`)
    const next = rotated.json.data.secret as string
    assert.notEqual(next, secret)
    happens('jit.denied')
    await until(() => got().length === 2, 'another message')
    const second = got()[1]
    assert.ok(second !== undefined)
    assert.equal(second.headers['x-lumo-signature'], plain(next, second.body))
    assert.equal(second.headers['webhook-signature'], `${timed(next, second)} ${timed(secret, second)}`)

    const again = await send('POST', `/webhooks/${id}/rotate-secret`, { overlap_seconds: 0 })
    happens('jit.approved')
    await until(() => got().length === 3, 'a third message')
    const third = got()[2]
    assert.ok(third !== undefined)
    assert.equal(third.headers['webhook-signature'], timed(again.json.data.secret, third))
    const shown = await send('GET', `/webhooks/${id}`)
    assert.ok(!shown.text.includes('whsec_') && !shown.text.includes('abc'))
    const rows = await app.running.service.store.changes(org, 0, 100)
    assert.ok(!JSON.stringify(rows).includes(secret.slice(6, 30)))
  })

  const failing = [
    ['answers 500', answers(500), 'it answered 500'],
    ['answers 404', answers(404), 'it answered 404'],
    ['redirects', answers(302, { location: 'http://127.0.0.1:1/' }), 'redirects'],
    ['hangs', { kind: 'hang' }, 'did not answer in time'],
    ['drips', { kind: 'drip' }, 'did not answer in time'],
    ['breaks off', { kind: 'break' }, 'broke off'],
    ['floods', { kind: 'flood' }, 'more than'],
  ] as const
  for (const [what, how, error] of failing) {
    test(`one that ${what} is tried again, and given up after its attempts, where all can see it`, async () => {
      const { id } = await hook()
      receiver.behave = () => how
      const event = happens('jit.requested')
      await ended(id, 1, 'dead')
      const [dead] = await deliveries(id)
      assert.equal(dead?.event_id, event)
      assert.equal(dead?.attempts, 4)
      assert.equal(dead?.history.length, 4)
      assert.ok(
        dead?.history.every(attempt => attempt.error?.includes(error)),
        JSON.stringify(dead),
      )
      assert.equal(got().length, 4)
      assert.equal(new Set(got().map(message => message.body)).size, 1)
      receiver.behave = () => answers(200)
      const replayed = await send('POST', `/webhooks/${id}/deliveries/${dead?.id}/replay`)
      assert.equal(replayed.status, 202)
      await ended(id, 1, 'delivered')
      assert.equal(got().at(-1)?.json.id, event)
    })
  }

  test('one that answers 500 and then 200 has it once more, with the same id', async () => {
    const { id } = await hook()
    let failures = 2
    receiver.behave = () => answers(failures-- > 0 ? 500 : 200)
    happens('jit.requested')
    await ended(id, 1, 'delivered')
    assert.equal(got().length, 3)
    assert.equal(new Set(got().map(message => message.headers['webhook-id'])).size, 1)
  })

  test('one that hangs delays no other', async () => {
    await hook(['jit.*'], {}, '/hangs')
    await hook(['jit.*'], {}, '/fine')
    receiver.behave = ({ path }) => (path.endsWith('hangs') ? { kind: 'hang' } : answers(204))
    for (let i = 0; i < 20; i++) happens('jit.requested')
    await until(() => got('/fine').length === 20, 'all of the other')
    assert.ok(got('/hangs').length < 20)
  })

  test('one that fails all the time is switched off, tells why, and goes on when it is switched on', async () => {
    const { id } = await hook(['jit.*'])
    const watcher = await hook(['webhook.*'], {}, '/watcher')
    receiver.behave = ({ path }) => answers(path.endsWith('watcher') ? 204 : 500)
    const ids = Array.from({ length: 4 }, () => happens('jit.requested'))
    await until(async () => !(await send('GET', `/webhooks/${id}`)).json.data.isActive, 'it is off')
    const off = (await send('GET', `/webhooks/${id}`)).json.data
    assert.match(off.disabledReason, /in a row were given up/)
    assert.ok(off.failureCount >= 3)
    await until(() => got('/watcher').some(({ json }) => json.type === 'webhook.disabled'), 'the other is told')
    assert.ok(watcher.id !== id)
    const meanwhile = happens('jit.denied')
    await sleep(300)
    assert.ok(!got().some(({ json }) => json.id === meanwhile))
    receiver.behave = () => answers(204)
    assert.equal((await send('POST', `/webhooks/${id}/enable`)).json.data.disabledReason, null)
    await until(() => got().some(({ json }) => json.id === meanwhile), 'what happened meanwhile')
    await send('POST', `/webhooks/${id}/replay`, { since: new Date(0).toISOString(), state: 'dead' })
    await ended(id, 5, 'delivered')
    const last = new Map(got().map(({ json }) => [json.id, true]))
    assert.deepEqual([...last.keys()].sort(), [...ids, meanwhile].sort())
  })

  test('one that says 410 is tried no more', async () => {
    const { id } = await hook()
    receiver.behave = () => answers(410)
    happens('jit.requested')
    await until(async () => !(await send('GET', `/webhooks/${id}`)).json.data.isActive, 'it is off')
    assert.equal(got().length, 1)
  })

  test('a test is sent at once and told of, also where it is disabled; skipping leaves out what was', async () => {
    const { id } = await hook()
    assert.equal((await send('POST', `/webhooks/${id}/disable`)).json.data.isActive, false)
    const missed = happens('jit.requested')
    const tested = await send('POST', `/webhooks/${id}/test`)
    assert.equal(tested.json.data.delivered, true)
    assert.equal(got()[0]?.json.type, 'webhook.test')
    receiver.behave = () => answers(503)
    const failed = await send('POST', `/webhooks/${id}/test`)
    assert.deepEqual([failed.json.data.delivered, failed.json.data.status], [false, 503])
    receiver.behave = () => answers(204)
    const written = async () => (await app.running.service.store.auditSince(org, 0, 1_000)).map(event => event.id)
    await until(async () => (await written()).includes(`log_${missed.slice(4)}`), 'it is written')
    assert.equal((await send('POST', `/webhooks/${id}/enable`, { skip: true })).status, 200)
    const next = happens('jit.denied')
    await until(() => got().some(({ json }) => json.id === next), 'what came after')
    assert.ok(!got().some(({ json }) => json.id === missed))
  })

  test('what is said of them is changed, listed, and forgotten with what was sent', async () => {
    const { id } = await hook()
    const changed = await send('PATCH', `/webhooks/${id}`, { events: ['*'], configuration: { max_in_flight: 3 } })
    assert.deepEqual(changed.json.data.events, ['*'])
    assert.deepEqual(changed.json.data.configuration, { max_in_flight: 3, header_names: [] })
    const other = await hook()
    assert.ok(other.id !== id)
    const listed = await send('GET', '/webhooks')
    assert.deepEqual(
      listed.json.data.map((one: { readonly id: number }) => one.id),
      [id, other.id],
    )
    assert.equal((await send('DELETE', `/webhooks/${id}`)).status, 204)
    assert.equal((await send('GET', `/webhooks/${id}`)).status, 404)
    assert.equal((await send('GET', `/webhooks/${id}/deliveries`)).status, 404)
    assert.deepEqual((await app.running.service.store.outlets(org)).length, 1)
    const third = await hook()
    assert.ok(third.id > other.id)
  })

  const refused = [
    ['another scheme', { url: 'ftp://example.com/', events: ['*'] }],
    ['plain http that is not allowed', { url: 'http://example.com/', events: ['*'] }],
    ['a user in the URL', { url: 'https://a:b@example.com/', events: ['*'] }],
    ['an event of no group', { url: 'https://example.com/', events: ['weather.changed'] }],
    ['no events', { url: 'https://example.com/', events: [] }],
    [
      'a header of ours',
      { url: 'https://example.com/', events: ['*'], configuration: { headers: { 'Webhook-Id': 'x' } } },
    ],
    [
      'a header that breaks the line',
      { url: 'https://example.com/', events: ['*'], configuration: { headers: { a: 'x\r\ny' } } },
    ],
  ] as const
  for (const [what, body] of refused) {
    test(`refuses ${what}`, async () => {
      const answer = await send('POST', '/webhooks', body)
      assert.equal(answer.status, 400, answer.text)
    })
  }

  test('an address that is not public is not sent to', async () => {
    const made = await send('POST', '/webhooks', { url: 'https://127.0.0.1:9/', events: ['*'] })
    assert.equal(made.status, 201)
    const tested = await send('POST', `/webhooks/${made.json.data.id}/test`)
    assert.equal(tested.json.data.delivered, false)
    assert.match(tested.json.data.error, /not public/)
  })

  test('are for admins to change and for auditors to see', async () => {
    const { id } = await hook()
    const [auditor, author] = [await keyOf(app, org, 'auditor'), await keyOf(app, org, 'author')]
    const as = (key: string, method: string, path: string) => app.send(method, `${admin}${path}`, { key })
    assert.equal((await as(auditor, 'GET', `/webhooks/${id}/deliveries`)).status, 200)
    assert.equal((await as(auditor, 'POST', `/webhooks/${id}/test`)).status, 403)
    assert.equal((await as(author, 'GET', '/webhooks')).status, 403)
    assert.equal((await app.send('GET', '/orgs/acme-corp/api/v1/admin/webhooks/1')).status, 404)
  })
})
