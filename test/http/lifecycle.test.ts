import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'

const MODEL = 'model\n  schema 1.1\ntype user\ntype document\n'
const READ = 'Anyone can read documents.'
const PRINT = 'Anyone can read documents.\nUsers can print documents.'

describe('the life of a policy', () => {
  let app: App
  before(async () => {
    app = await startApp()
  })
  after(() => app.close())

  const admin = (org: string, path: string) => `/orgs/${org}/api/v1/admin${path}`
  const publish = (org: string, body: object, key?: string) =>
    app.send('POST', admin(org, '/policies'), { body, ...(key !== undefined && { key }) })
  const current = async (org: string) => (await app.send('GET', admin(org, '/policies/current'))).json.data
  const prints = async (org: string) => {
    const [subject, resource] = [
      { type: 'user', id: 'zoe' },
      { type: 'document', id: '1' },
    ]
    const body = { subject, action: { name: 'print' }, resource }
    return (await app.send('POST', `/orgs/${org}/access/v1/evaluation`, { body })).json.decision
  }

  test('a version has its author, time and note, and the next decision follows it', async () => {
    await makeOrg(app, 'notes', MODEL, READ)
    const author = await keyOf(app, 'notes', 'author')
    const id = /^lmk_([0-9a-f]+)_/.exec(author)?.[1]
    for (let round = 0; round < 5; round += 1) {
      assert.equal((await publish('notes', { text: PRINT, note: `on ${round}` }, author)).status, 201)
      assert.equal(await prints('notes'), true)
      assert.equal((await publish('notes', { text: READ, note: `off ${round}` }, author)).status, 201)
      assert.equal(await prints('notes'), false)
    }
    const { data } = (await app.send('GET', admin('notes', '/policies?limit=3'))).json
    assert.deepEqual(
      data.map((v: { version: number; note: string; author: string }) => [v.version, v.note, v.author]),
      [
        [11, 'off 4', `key:${id}`],
        [10, 'on 4', `key:${id}`],
        [9, 'off 3', `key:${id}`],
      ],
    )
    assert.ok(data.every((v: { published_at: string }) => Math.abs(Date.parse(v.published_at) - Date.now()) < 600_000))
  })

  test('one call goes back, as a new version that says so', async () => {
    await makeOrg(app, 'back', MODEL, READ)
    assert.equal((await publish('back', { text: PRINT })).status, 201)
    const done = await app.send('POST', admin('back', '/policies/1/rollback'), { body: { note: 'too many prints' } })
    assert.equal(done.status, 201, done.text)
    assert.equal(done.json.data.version, 3)
    assert.equal(await prints('back'), false)
    const { version, text, note } = await current('back')
    assert.deepEqual([version, text, note], [3, READ, 'rolled back to version 1: too many prints'])
    for (const [path, body, status] of [
      ['3', {}, 400],
      ['99', {}, 404],
      ['latest', {}, 404],
      ['-1', {}, 404],
      ['1', { expected_version: 2 }, 409],
      ['1', { note: 7 }, 400],
    ] as const) {
      const got = await app.send('POST', admin('back', `/policies/${path}/rollback`), { body })
      assert.equal(got.status, status, `${path}: ${got.text}`)
    }
    assert.equal((await current('back')).version, 3)
    const auditor = await keyOf(app, 'back', 'auditor')
    const refused = await app.send('POST', admin('back', '/policies/2/rollback'), { key: auditor, body: {} })
    assert.equal(refused.status, 403)
  })

  test('of publishes and rollbacks at once one wins each version, and no version is written twice', async () => {
    await makeOrg(app, 'race', MODEL, READ)
    assert.equal((await publish('race', { text: PRINT })).status, 201)
    const statuses: number[] = []
    for (let round = 0; round < 4; round += 1) {
      const base = (await current('race')).version
      const tries = [
        ...Array.from({ length: 4 }, (_, i) =>
          publish('race', { text: `${PRINT}\n# ${round} ${i}`, expected_version: base }),
        ),
        app.send('POST', admin('race', '/policies/1/rollback'), { body: { expected_version: base } }),
        app.send('POST', admin('race', '/policies/1/rollback'), { body: {} }),
      ]
      const got = await Promise.all(tries)
      for (const { status, json } of got) {
        statuses.push(status)
        assert.ok(status === 201 || (status === 409 && json.code === 'policy_conflict'), JSON.stringify(json))
      }
      const won = got.filter(g => g.status === 201).map(g => g.json.data.version)
      assert.ok(won.length >= 1)
      assert.equal(new Set(won).size, won.length)
      const now = await current('race')
      assert.equal(now.version, base + won.length)
      assert.equal(await prints('race'), now.text.includes('print'))
    }
    assert.ok(statuses.includes(409))
  })

  test('a draft knows the version it was begun from, and conflicts with a newer one', async () => {
    await makeOrg(app, 'drafts', MODEL, READ)
    const made = await app.send('POST', admin('drafts', '/policy-drafts'), { body: { text: PRINT } })
    assert.equal(made.json.data.base_version, 1, made.text)
    const { id } = made.json.data
    assert.equal((await publish('drafts', { text: 'Users can sign documents.' })).status, 201)
    const stale = await publish('drafts', { draft_id: id })
    assert.equal(stale.status, 409, stale.text)
    assert.equal(stale.json.details.current, 2)
    const rebased = await app.send('PUT', admin('drafts', `/policy-drafts/${id}`), {
      body: { text: PRINT, base_version: 2 },
    })
    assert.equal(rebased.json.data.base_version, 2, rebased.text)
    assert.equal((await publish('drafts', { draft_id: id })).status, 201)
    assert.equal(await prints('drafts'), true)
  })

  test('what changed is told between versions and drafts, as JSON and to read', async () => {
    await makeOrg(app, 'diffs', MODEL, READ)
    await publish('diffs', { text: PRINT })
    const draft = await app.send('POST', admin('diffs', '/policy-drafts'), {
      body: { text: 'Anyone may read documents.' },
    })
    const { id } = draft.json.data
    const diff = (query: string, headers = {}) =>
      app.send('GET', admin('diffs', `/policies/diff?${query}`), { headers })
    const forth = await diff('from=1')
    assert.deepEqual(
      forth.json.data.map((c: { kind: string; after: { text: string } }) => [c.kind, c.after.text]),
      [['added', 'Users can print documents']],
    )
    const toDraft = await diff(`from=current&to=${id}`, { accept: 'text/plain' })
    assert.equal(
      toDraft.text,
      '= Anyone can read documents\n  now, with the same meaning: Anyone may read documents\n- Users can print documents\n',
    )
    assert.equal((await diff('from=0&to=1')).json.data.length, 1)
    assert.equal((await diff('from=9')).status, 404)
    assert.equal((await diff('from=no-such-draft')).status, 404)
    assert.equal((await diff('from=a%20b')).status, 400)
    const broken = await app.send('POST', admin('diffs', '/policy-drafts'), { body: { text: 'Gremlins can.' } })
    const refused = await diff(`to=${broken.json.data.id}`)
    assert.equal(refused.status, 422)
    assert.ok(refused.json.details.diagnostics.length > 0)
  })

  test('what a draft would change for logged decisions is told before it is published', async () => {
    await makeOrg(app, 'impact', MODEL, READ)
    for (let i = 0; i < 3; i += 1) await prints('impact')
    const impact = (body: object, key?: string) =>
      app.send('POST', admin('impact', '/policies/impact'), { body, ...(key !== undefined && { key }) })
    let got = await impact({ text: PRINT })
    for (let tries = 0; tries < 50 && got.json.data.looked < 3; tries += 1) {
      await new Promise(resolve => setTimeout(resolve, 50))
      got = await impact({ text: PRINT, examples: 2 })
    }
    const { looked, flips, turns, rules, version, complete } = got.json.data
    assert.deepEqual([looked, flips, version, complete], [3, 3, 1, true], got.text)
    assert.deepEqual(turns, [{ before: 'deny', after: 'allow', count: 3 }])
    assert.equal(rules.length, 1)
    assert.deepEqual([rules[0].sentence, rules[0].in, rules[0].count], ['Users can print documents', 'draft', 3])
    assert.equal(rules[0].examples.length, 2)
    assert.match(
      rules[0].examples[0].request,
      /^may user:zoe print document:1 on \d{4}-\d{2}-\d{2} at \d{2}:\d{2} in UTC\?$/,
    )
    const recorded = await impact({ text: '', facts: 'recorded', last: 2 })
    assert.deepEqual([recorded.json.data.looked, recorded.json.data.flips], [2, 0], recorded.text)
    assert.equal((await current('impact')).text, READ)
    for (const [body, status] of [
      [{}, 400],
      [{ text: PRINT, last: 0 }, 400],
      [{ text: PRINT, last: 10_001 }, 400],
      [{ text: PRINT, since: 'yesterday' }, 400],
      [{ text: PRINT, facts: 'guessed' }, 400],
      [{ draft_id: 'none' }, 404],
      [{ text: 'Gremlins can.' }, 422],
    ] as const) {
      assert.equal((await impact(body)).status, status, JSON.stringify(body))
    }
    const checker = await keyOf(app, 'impact', 'checker')
    assert.equal((await impact({ text: PRINT }, checker)).status, 403)
  })
})
