import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { verifyExport } from '../../src/pdp/audit/offline.ts'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'
import { agentWithSecret, tokenOf } from '../support/oauth.ts'

const ORG = 'audited'
const admin = `/orgs/${ORG}/api/v1/admin`
const logs = `${admin}/audit-logs`
const MODEL = `model
  schema 1.1
type user
type agent
type document
  relations
    define viewer: [user]
`

/** Asks until the answer is as wished: events are written moments after what they tell of. */
async function until<T>(ask: () => Promise<T>, good: (got: T) => boolean): Promise<T> {
  for (const end = Date.now() + 30_000; ; await sleep(50)) {
    const got = await ask()
    if (good(got)) return got
    assert.ok(Date.now() < end, `not in time: ${JSON.stringify(got)}`)
  }
}

const linesOf = async function* (text: string) {
  yield* text.split('\n')
}

describe('the audit over HTTP', () => {
  let app: App
  let bot: Awaited<ReturnType<typeof agentWithSecret>>
  before(async () => {
    app = await startApp()
    await makeOrg(
      app,
      ORG,
      MODEL,
      'Viewers of the document can view documents.\nAgents can obtain scopes and audiences.',
    )
    bot = await agentWithSecret(app, ORG, 'bot', { capabilities: ['read:documents'] })
  })
  after(() => app.close())

  const get = async (path: string, key?: string) => {
    const got = await app.send('GET', path, key === undefined ? {} : { key })
    assert.equal(got.status, 200, `${path}: ${got.text}`)
    return got.json
  }
  const list = (query = '') => get(`${logs}?limit=100${query}`)

  test('what was done is there, by whom, and in which trace', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const put = await app.send('POST', `${admin}/tuples`, {
      body: { writes: [{ object: 'document:1', relation: 'viewer', user: 'user:ann' }] },
      headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    })
    assert.equal(put.status, 200, put.text)
    const { data } = await list('&action=relations.written')
    const [entry] = data
    assert.equal(entry.event_type, 'relations.written')
    assert.deepEqual([entry.actor.type, entry.actor.id], ['key', 'bootstrap'])
    assert.equal(entry.trace_id, trace)
    assert.equal(entry.ip_address, '127.0.0.1')
    assert.equal(entry.target_name, 'document:1')
    assert.deepEqual(entry.metadata.writes, [{ object: 'document:1', relation: 'viewer', user: 'user:ann' }])
    const { data: whole } = await get(`${logs}/${entry.id}`)
    const { data: same } = await get(`${logs}/${entry.log_id}`)
    assert.deepEqual(whole, same)
    assert.equal(whole.proof.parts.length, 2)
  })

  test('a token is there with the decisions behind it, and both are on the timeline of the agent', async () => {
    const answered = await tokenOf(app, ORG, bot)
    assert.equal(answered.status, 200, answered.text)
    const { data } = await until(
      () => list('&action=token.issued&actorId=agent:bot'),
      got => got.data.length > 0,
    )
    assert.equal(data[0].agent_id, 'bot')
    const timeline = await until(
      () => get(`${admin}/agents/bot/timeline`),
      got =>
        got.data.some((one: { type: string }) => one.type === 'token') &&
        got.data.some((one: { type: string }) => one.type === 'decision'),
    )
    const times = timeline.data.map((one: { at: string }) => one.at)
    assert.deepEqual(times, times.toSorted().reverse())
    assert.ok(
      timeline.data.some((one: { event?: { event_type: string } }) => one.event?.event_type === 'agent.created'),
    )
    const pages: unknown[] = []
    for (let token = ''; ; ) {
      const page = await get(`${admin}/agents/${bot.id}/timeline?limit=2${token === '' ? '' : `&page_token=${token}`}`)
      pages.push(...page.data)
      token = page.meta.next_token
      if (token === '') break
    }
    assert.deepEqual(pages, timeline.data)
  })

  test('filters and pages', async () => {
    const all = (await list()).data as { seq: number; category: string; outcome: string }[]
    assert.deepEqual(
      all.map(({ seq }) => seq),
      Array.from({ length: all.length }, (_, n) => all.length - n),
    )
    const two = await get(`${logs}?limit=2&page=2`)
    assert.deepEqual(two.data, all.slice(2, 4))
    assert.equal(two.meta.hasPreviousPage, true)
    const after = await get(`${logs}?limit=2&page_token=${two.meta.next_token}`)
    assert.deepEqual(after.data, all.slice(4, 6))
    for (const category of ['configuration', 'user_management', 'token_management']) {
      const found = (await list(`&category=${category}`)).data
      assert.ok(found.length > 0, category)
      assert.deepEqual(
        found,
        all.filter(one => one.category === category),
      )
    }
    assert.deepEqual((await list('&outcome=denied')).data, [])
    assert.deepEqual((await list('&startDate=2001-01-01&endDate=2001-01-02')).data, [])
    assert.equal(
      (await list(`&startDate=2001-01-01&endDate=${new Date().toISOString().slice(0, 10)}`)).data.length,
      all.length,
    )
    assert.deepEqual((await get(`/orgs/${ORG}/api/v1/audit-logs?limit=100`)).data, all)
    for (const bad of ['actorId=bot', 'page=0', 'page=900000', 'category=nothing', 'page_token=x', 'startDate=x']) {
      assert.equal((await app.send('GET', `${logs}?${bad}`)).status, 400, bad)
    }
    assert.equal((await app.send('GET', `${logs}/999999`)).status, 404)
    assert.equal((await app.send('GET', `${logs}/log_nothing`)).status, 404)
  })

  test('kinds and counts', async () => {
    const { actions } = await get(`${logs}/actions`)
    assert.ok(actions.includes('token.issued'))
    const { data } = await get(`${logs}/stats`)
    assert.equal(data.total, (await list()).data.length)
    assert.equal(data.by_action['relations.written'], 1)
  })

  test('the whole export proves itself, and any change of it is found', async () => {
    await app.send('POST', `${logs}/checkpoints`)
    const got = await app.send('GET', `${logs}/export`)
    assert.equal(got.status, 200)
    const report = await verifyExport(linesOf(got.text), [], new Map())
    assert.deepEqual(report.findings, [])
    assert.ok(report.ok && report.events > 5 && (report.batches ?? 0) > 0 && report.checkpoints > 0)
    const lines = got.text.trimEnd().split('\n')
    for (const [what, changed] of [
      ['a changed word', got.text.replace('relations.written', 'relations.read')],
      ['a line less', lines.filter((_, n) => n !== 5).join('\n')],
      ['the last line less', lines.slice(0, -1).join('\n')],
      ['two lines swapped', [...lines.slice(0, 4), lines[5], lines[4], ...lines.slice(6)].join('\n')],
      ['a line twice', [...lines.slice(0, 5), lines[4], ...lines.slice(5)].join('\n')],
    ] as const) {
      assert.equal((await verifyExport(linesOf(changed), [], new Map())).ok, false, what)
    }
  })

  test('as CSV and in OCSF', async () => {
    const csv = await app.send('GET', `${logs}/export?format=csv`)
    assert.match(String(csv.headers['content-type']), /text\/csv/)
    const [head, ...rows] = csv.text.trimEnd().split('\r\n')
    assert.match(head ?? '', /^seq,log_id,timestamp,action/)
    assert.ok(rows.length > 5)
    const ocsf = await app.send('POST', `${logs}/export?format=ocsf&action=token.issued`)
    const first = JSON.parse(ocsf.text.split('\n')[0] ?? '')
    assert.deepEqual([first.class_uid, first.activity_id, first.type_uid, first.status_id], [3003, 1, 300_301, 1])
    assert.equal(first.metadata.tenant_uid, ORG)
    await until(
      () => list('&action=audit.exported'),
      ({ data }) => data.length >= 3,
    )
  })

  test('it verifies, and its checkpoints are there for whoever keeps them', async () => {
    const signed = await app.send('POST', `${logs}/checkpoints`)
    assert.equal(signed.status, 201, signed.text)
    const { data } = await get(`${logs}/checkpoints`)
    assert.equal(data.at(-1).jws, signed.json.data.jws)
    const verified = await app.send('POST', `${logs}/verify`, { body: { checkpoints: [signed.json.data.jws] } })
    assert.deepEqual([verified.status, verified.json.data.ok, verified.json.data.findings], [200, true, []])
    const forged = `${signed.json.data.jws.slice(0, -8)}AAAAAAAA`
    const bad = await app.send('POST', `${logs}/verify`, { body: { checkpoints: [forged] } })
    assert.match(bad.json.data.findings[0].why, /signature/)
  })

  test('a person is erased, and it still verifies', async () => {
    const made = await app.send('POST', `${admin}/users`, {
      body: { id: 'zed', name: 'Zed Zebra', email: 'zed@zebra.example' },
    })
    assert.equal(made.status, 201, made.text)
    await app.send('POST', `/orgs/${ORG}/access/v1/evaluation`, {
      body: {
        subject: { type: 'user', id: 'zed' },
        action: { name: 'view' },
        resource: { type: 'document', id: '1' },
        context: { note: 'zebra crossing' },
      },
    })
    await until(
      () => get(`${admin}/decisions?subject=user:zed`),
      ({ data }) => data.length === 1,
    )
    await app.send('DELETE', `${admin}/users/zed`)
    const named = () => list('&targetId=user:zed')
    assert.ok((await named()).data.length >= 2)
    const erased = await app.send('POST', `${logs}/erase`, { body: { subject: 'user:zed' } })
    assert.equal(erased.status, 200, erased.text)
    assert.deepEqual([erased.json.data.events >= 2, erased.json.data.decisions], [true, 1])
    assert.equal((await named()).data.length, 0)
    assert.equal((await get(`${admin}/decisions?subject=user:zed`)).data.length, 0)
    const { text } = await app.send('GET', `${logs}/export`)
    assert.doesNotMatch(text, /zed|zebra/i)
    assert.deepEqual((await verifyExport(linesOf(text), [], new Map())).findings, [])
    const verified = await app.send('POST', `${logs}/verify`, { body: {} })
    assert.deepEqual(verified.json.data.findings, [])
    assert.ok(verified.json.data.erased >= 2)
    const event = await until(
      () => list('&action=gdpr.erased'),
      ({ data }) => data.length === 1,
    )
    assert.doesNotMatch(JSON.stringify(event), /zed/)
  })

  test('how long it is kept', async () => {
    assert.equal((await get(`${logs}/retention`)).data.retention_days, 90)
    const put = await app.send('PUT', `${logs}/retention`, { body: { retention_days: 7 } })
    assert.equal(put.json.data.retentionDays, 7)
    const forever = await app.send('PATCH', `${logs}/retention`, { body: { retentionDays: null } })
    assert.equal(forever.json.data.retention_days, null)
    for (const body of [{}, { retention_days: 0 }, { retention_days: 1, retentionDays: 1 }]) {
      assert.equal((await app.send('PUT', `${logs}/retention`, { body })).status, 400)
    }
  })

  test('a stream gives all from where a reader left, and no other', async () => {
    const { data } = await list()
    const all = data.map((one: { seq: number }) => one.seq).reverse() as number[]
    const read = async (headers: Record<string, string>) => {
      const got = await app.send('GET', `${logs}/stream?follow=false&since=0`, { headers })
      return [...got.text.matchAll(/^id: (\d+)\nevent: audit$/gm)].map(([, id]) => Number(id))
    }
    assert.deepEqual((await read({})).slice(0, all.length), all)
    assert.deepEqual((await read({ 'last-event-id': '5' })).slice(0, all.length - 5), all.slice(5))
    assert.equal((await app.send('GET', `${logs}/stream?since=999999`)).status, 409)
    assert.equal((await app.send('GET', `${logs}/stream?since=x`)).status, 400)
  })

  test('who may read, export, end and erase is said by the rules', async () => {
    const keys = { auditor: await keyOf(app, ORG, 'auditor'), author: await keyOf(app, ORG, 'author') }
    const status = async (key: string, method: string, path: string, body?: object) =>
      (await app.send(method, path, { key, ...(body !== undefined && { body }) })).status
    assert.equal(await status(keys.auditor, 'GET', logs), 200)
    assert.equal(await status(keys.auditor, 'GET', `${logs}/export?format=csv`), 200)
    assert.equal(await status(keys.auditor, 'POST', `${logs}/erase`, { subject: 'user:a' }), 403)
    assert.equal(await status(keys.auditor, 'PUT', `${logs}/retention`, { retention_days: 1 }), 403)
    assert.equal(await status(keys.author, 'GET', logs), 403)
    assert.equal(await status(keys.author, 'GET', `${logs}/export`), 403)
  })
})
