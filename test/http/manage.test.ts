import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, makeOrg, startApp } from '../support/app.ts'

const MODEL = `model
  schema 1.1
type user
type org
  relations
    define approver: [user]
type document
  relations
    define owner: [user]
`

describe('management', () => {
  let app: App
  before(async () => {
    app = await startApp()
    await makeOrg(app, 'globex', MODEL, 'Users can read documents owned by them.')
  })
  after(() => app.close())

  const admin = (path: string) => `/orgs/globex/api/v1/admin${path}`
  const ask = async (subject: string, action: string, resource: string, headers: Record<string, string> = {}) => {
    const [type = '', id = ''] = resource.split(':')
    const got = await app.send('POST', '/orgs/globex/access/v1/evaluation', {
      body: { subject: { type: 'user', id: subject }, action: { name: action }, resource: { type, id } },
      headers,
    })
    return got
  }
  const allowed = async (subject: string, action: string, resource: string) =>
    (await ask(subject, action, resource)).json.decision

  test('a tuple changes the very next check, and so does taking it away', async () => {
    const tuple = { object: 'document:1', relation: 'owner', user: 'user:ann' }
    for (let round = 0; round < 5; round += 1) {
      assert.equal(await allowed('ann', 'read', 'document:1'), false)
      const written = await app.send('POST', admin('/tuples'), { body: { writes: [tuple] } })
      assert.equal(written.status, 200, written.text)
      assert.equal(await allowed('ann', 'read', 'document:1'), true)
      const read = await app.send('GET', admin('/tuples?object=document:1'))
      assert.deepEqual(
        read.json.data.map((t: { user: string }) => t.user),
        ['user:ann'],
      )
      await app.send('POST', admin('/tuples'), { body: { deletes: [tuple] } })
    }
    assert.equal(await allowed('ann', 'read', 'document:1'), false)
  })

  test('a rule changes the very next check, and old versions stay readable', async () => {
    assert.equal(await allowed('zoe', 'print', 'document:9'), false)
    const published = await app.send('POST', admin('/policies'), {
      body: { text: 'Users can read documents owned by them.\nAnyone can print documents.', note: 'printing' },
    })
    assert.equal(published.status, 201, published.text)
    assert.equal(await allowed('zoe', 'print', 'document:9'), true)
    const stale = await app.send('POST', admin('/policies'), {
      body: { text: 'Anyone can print documents.', expected_version: 1 },
    })
    assert.equal(stale.status, 409)
    assert.equal(stale.json.code, 'policy_conflict')
    const list = await app.send('GET', admin('/policies'))
    assert.deepEqual(
      list.json.data.map((v: { version: number }) => v.version),
      [2, 1],
    )
    const first = await app.send('GET', admin('/policies/1'))
    assert.equal(first.json.data.text, 'Users can read documents owned by them.')
    const current = await app.send('GET', admin('/policies/current'), { headers: { accept: 'text/plain' } })
    assert.match(current.text, /print/)
    assert.equal((await app.send('GET', admin('/policies/99'))).status, 404)
  })

  test('an attribute changes the very next check', async () => {
    const text = 'A document has a status of draft or public.\nAnyone can view public documents.'
    assert.equal((await app.send('POST', admin('/policies'), { body: { text } })).status, 201)
    assert.equal(await allowed('zoe', 'view', 'document:7'), false)
    await app.send('PATCH', admin('/attributes/document/7'), { body: { status: 'public' } })
    assert.equal(await allowed('zoe', 'view', 'document:7'), true)
    const read = await app.send('GET', admin('/attributes/document/7'))
    assert.deepEqual(read.json.data, { status: 'public' })
    await app.send('PATCH', admin('/attributes/document/7'), { body: { status: null } })
    assert.equal(await allowed('zoe', 'view', 'document:7'), false)
  })

  test('a text with a fault is refused whole, with every place', async () => {
    const text = 'Anyone can view documents.\nUsers can fly spaceships.\nUsers can can.'
    const checked = await app.send('POST', admin('/policies/check'), { body: { text } })
    assert.equal(checked.status, 200)
    assert.equal(checked.json.data.ok, false)
    assert.deepEqual(
      [...new Set(checked.json.data.diagnostics.map((d: { span: { line: number } }) => d.span.line))],
      [2, 3],
    )
    const before = (await app.send('GET', admin('/policies/current'))).json.data.version
    const published = await app.send('POST', admin('/policies'), { body: { text } })
    assert.equal(published.status, 422, published.text)
    assert.ok(published.json.details.diagnostics.length >= 2)
    assert.equal((await app.send('GET', admin('/policies/current'))).json.data.version, before)
  })

  test('what only the engine can refuse is refused before anything is stored', async () => {
    const text = 'Anyone can view documents from 10.0.0.1/8.'
    const published = await app.send('POST', admin('/policies'), { body: { text } })
    assert.equal(published.status, 422, published.text)
    assert.equal(
      (await app.send('POST', admin('/policies'), { body: { text: 'Anyone can view documents.' } })).status,
      201,
    )
  })

  test('a draft may have faults, decides nothing, and becomes a version', async () => {
    const made = await app.send('POST', admin('/policy-drafts'), { body: { text: 'Anyone can teleport.' } })
    assert.equal(made.status, 201, made.text)
    const id = made.json.data.id
    const fixed = await app.send('PUT', admin(`/policy-drafts/${id}`), { body: { text: 'Anyone can sign documents.' } })
    assert.equal(fixed.json.data.checkup.ok, true, fixed.text)
    assert.equal(await allowed('zoe', 'sign', 'document:1'), false)
    const published = await app.send('POST', admin('/policies'), { body: { draft_id: id } })
    assert.equal(published.status, 201, published.text)
    assert.equal(await allowed('zoe', 'sign', 'document:1'), true)
    assert.equal((await app.send('GET', admin('/policy-drafts'))).json.data.length, 1)
    assert.equal((await app.send('GET', admin(`/policy-drafts/${id}`))).status, 200)
    assert.equal((await app.send('DELETE', admin(`/policy-drafts/${id}`))).status, 204)
    assert.equal((await app.send('GET', admin(`/policy-drafts/${id}`))).status, 404)
  })

  test('an author is told what a text would change and what is wrong with it', async () => {
    const { text } = (await app.send('GET', admin('/policies/current'))).json.data
    const more = `${text}\nAnyone can stamp documents on Sundays.\nNobody can stamp documents.\n`
    const checked = await app.send('POST', admin('/policies/check'), { body: { text: more } })
    assert.equal(checked.status, 200, checked.text)
    const { findings, complete } = checked.json.data.analysis
    assert.equal(complete, true, checked.text)
    assert.deepEqual(
      findings.map((f: { kind: string }) => f.kind).filter((kind: string) => kind === 'contradicts'),
      ['contradicts'],
    )
    const wider = await app.send('POST', admin('/policies'), {
      body: { text: `${text}\nAnyone can stamp documents on Sundays.\n` },
    })
    assert.equal(wider.status, 201, wider.text)
    const [finding] = wider.json.data.analysis.findings
    assert.equal(finding.kind, 'wider')
    assert.deepEqual([finding.example.before, finding.example.effect], ['deny', 'allow'])
    assert.match(finding.text, /user:alice can now stamp document:1 on Sunday/)
    const asked = await app.send('POST', '/orgs/globex/access/v1/evaluation', { body: finding.example.request })
    assert.equal(asked.json.decision, true, asked.text)
    const broken = await app.send('POST', admin('/policies/check'), { body: { text: 'Anyone can teleport.' } })
    assert.equal(broken.json.data.analysis, null)
  })

  test('a model with faults, of the service’s own types, or unfit for the policy is refused', async () => {
    const put = (dsl: string) => app.send('PUT', admin('/model'), { body: { dsl } })
    const broken = await put('model\n  schema 1.1\ntype user\ntype document\n  relations\n    define owner: [ghost]\n')
    assert.equal(broken.status, 400, broken.text)
    assert.equal(broken.json.details.problems[0].line, 6)
    assert.equal((await put('model\n  schema 1.1\ntype user\ntype org_policy\n')).status, 400)
    await app.send('POST', admin('/policies'), { body: { text: 'Users can read documents owned by them.' } })
    const unfit = await put('model\n  schema 1.1\ntype user\n')
    assert.equal(unfit.status, 409, unfit.text)
    const asText = await app.send('PUT', admin('/model'), { raw: MODEL, headers: { 'content-type': 'text/plain' } })
    assert.equal(asText.status, 200, asText.text)
    const read = await app.send('GET', admin('/model'), { headers: { accept: 'text/plain' } })
    assert.equal(read.text, MODEL)
  })

  const wrongTuples: readonly [string, object][] = [
    ['an unknown type', { object: 'ghost:1', relation: 'owner', user: 'user:a' }],
    ['an unknown relation', { object: 'document:1', relation: 'ghost', user: 'user:a' }],
    ['a user the relation does not take', { object: 'document:1', relation: 'owner', user: 'org:a' }],
    ['an object that is no entity', { object: 'document', relation: 'owner', user: 'user:a' }],
    [
      'a condition the model does not have',
      { object: 'document:1', relation: 'owner', user: 'user:a', condition: { name: 'x' } },
    ],
  ]
  for (const [what, tuple] of wrongTuples) {
    test(`a tuple with ${what} is refused, and its neighbours with it`, async () => {
      const fine = { object: 'document:new', relation: 'owner', user: 'user:a' }
      const got = await app.send('POST', admin('/tuples'), { body: { writes: [fine, tuple] } })
      assert.equal(got.status, 400, got.text)
      assert.equal(got.json.code, 'invalid_tuple')
      assert.deepEqual((await app.send('GET', admin('/tuples?object=document:new'))).json.data, [])
    })
  }

  test('a model in modules is kept as the one they make, and a fault is told of its file', async () => {
    await makeOrg(app, 'modular', MODEL, '')
    const path = '/orgs/modular/api/v1/admin/model'
    const mod = "schema: '1.2'\ncontents:\n  - core.fga\n  - wiki.fga\n"
    const core = 'module core\ntype user\n'
    const put = (wiki: string) =>
      app.send('PUT', path, { body: { mod, files: { 'core.fga': core, 'wiki.fga': wiki } } })
    const wrong = await put('module wiki\ntype page\n  relations\n    define editor: [nobody]\n')
    assert.deepEqual([wrong.status, wrong.json.code], [400, 'invalid_model'])
    assert.deepEqual([wrong.json.details.problems[0].file, wrong.json.details.problems[0].line], ['wiki.fga', 4])
    assert.equal((await put('module wiki\ntype page\n  relations\n    define editor: [user]\n')).status, 200)
    assert.match((await app.send('GET', path)).json.data.dsl, /type page/)
    assert.equal((await app.send('PUT', path, { body: { mod, files: {} } })).status, 400)
  })

  test('a tuple written twice is a conflict, unless that is what was asked for', async () => {
    const tuple = { object: 'document:twice', relation: 'owner', user: 'user:a' }
    const write = (extra: object) => app.send('POST', admin('/tuples'), { body: { writes: [tuple], ...extra } })
    const first = await write({})
    assert.equal((await write({})).status, 409)
    const again = await write({ on_conflict: 'ignore' })
    assert.equal(again.json.data.revision, first.json.data.revision)
  })

  test('pages of tuples are complete', async () => {
    const writes = Array.from({ length: 30 }, (_, i) => ({
      object: `document:p${i}`,
      relation: 'owner',
      user: 'user:pager',
    }))
    await app.send('POST', admin('/tuples'), { body: { writes } })
    const seen: string[] = []
    let token = ''
    do {
      const page = await app.send(
        'GET',
        admin(`/tuples?user=user:pager&limit=7${token === '' ? '' : `&page_token=${token}`}`),
      )
      assert.equal(page.status, 200, page.text)
      seen.push(...page.json.data.map((t: { object: string }) => t.object))
      token = page.json.pagination.next_token
    } while (token !== '')
    assert.deepEqual([...new Set(seen)].sort(), writes.map(w => w.object).sort())
    assert.equal(seen.length, 30)
  })

  test('a role may do what the shipped rules say, and no more; a revoked key nothing', async () => {
    const checker = await keyOf(app, 'globex', 'checker')
    const author = await keyOf(app, 'globex', 'author')
    const auditor = await keyOf(app, 'globex', 'auditor')
    const read = (key: string, path: string) => app.send('GET', admin(path), { key }).then(r => r.status)
    assert.deepEqual(
      [await read(checker, '/policies'), await read(author, '/policies'), await read(auditor, '/policies')],
      [403, 200, 200],
    )
    assert.deepEqual([await read(author, '/keys'), await read(auditor, '/keys')], [403, 403])
    const publish = (key: string) =>
      app.send('POST', admin('/policies'), { key, body: { text: '' } }).then(r => r.status)
    assert.deepEqual([await publish(checker), await publish(auditor)], [403, 403])
    const elsewhere = await app.send('POST', '/orgs/acme-corp/access/v1/evaluation', { key: checker, body: {} })
    assert.equal(elsewhere.status, 403)
    const nowhere = await app.send('POST', '/orgs/no-such-org/access/v1/evaluation', { key: checker, body: {} })
    assert.equal(nowhere.status, 403, 'a stranger is not told which orgs there are')
    assert.equal((await app.send('GET', '/api/v1/admin/organizations', { key: checker })).status, 403)
    const keys = (await app.send('GET', admin('/keys?limit=100'))).json.data
    for (const { id } of keys) assert.equal((await app.send('DELETE', admin(`/keys/${id}`))).status, 204)
    for (const key of [checker, author, auditor]) {
      assert.equal((await app.send('GET', admin('/policies'), { key })).status, 401)
    }
  })

  test('an org’s rules hold for its keys, but cannot lock the operators out', async () => {
    await makeOrg(app, 'lockout', MODEL, 'Nobody can do anything.')
    const admin = await keyOf(app, 'lockout', 'admin')
    const path = '/orgs/lockout/api/v1/admin/policies'
    assert.equal((await app.send('GET', path, { key: admin })).status, 403)
    assert.equal((await app.send('POST', path, { body: { text: 'Anyone can read documents.' } })).status, 201)
    assert.equal((await app.send('GET', path, { key: admin })).status, 200)
  })

  test('a consistency token is waited for, or refused when it does not exist', async () => {
    const written = await app.send('POST', admin('/tuples'), {
      body: { writes: [{ object: 'document:fresh', relation: 'owner', user: 'user:fresh' }] },
    })
    const revision = String(written.json.data.revision)
    const good = await ask('fresh', 'read', 'document:fresh', { 'x-consistency-token': revision })
    assert.equal(good.json.decision, true)
    assert.ok(good.json.context.revision >= Number(revision))
    assert.equal((await ask('fresh', 'read', 'document:fresh', { 'x-consistency-token': '999999' })).status, 409)
    assert.equal((await ask('fresh', 'read', 'document:fresh', { 'x-consistency-token': 'soon' })).status, 400)
  })

  test('orgs: listed, renamed, moved to another zone, never made twice', async () => {
    const twice = await app.send('POST', '/api/v1/admin/organizations', { body: { slug: 'globex' } })
    assert.equal(twice.status, 409)
    const wrong = await app.send('POST', '/api/v1/admin/organizations', { body: { slug: 'x', zone: 'Mars/Base' } })
    assert.equal(wrong.status, 400)
    const list = await app.send('GET', '/api/v1/admin/organizations?limit=1')
    assert.equal(list.json.pagination.hasNextPage, true)
    const patched = await app.send('PATCH', admin('/organization'), { body: { zone: 'Asia/Tokyo' } })
    assert.equal(patched.status, 200, patched.text)
    assert.equal((await app.send('GET', admin('/organization'))).json.data.zone, 'Asia/Tokyo')
  })
})
