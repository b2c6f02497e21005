import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, keyOf, startApp } from '../support/app.ts'
import { CLIENT, makeRoles, ORG } from '../support/authz.ts'

/** Tuple, allowed or not, and the tuple that is missing where one would do. */
const CASES: readonly (readonly [tuple: string, allowed: boolean, missing?: string])[] = [
  ['document:plan#owner@user:owen', true],
  ['document:plan#editor@user:owen', true],
  ['document:plan#viewer@user:owen', true],
  ['document:plan#viewer@user:wanda', true],
  ['document:plan#viewer@user:olga', true],
  ['document:plan#viewer@group:writers#member', true],
  ['document:plan#viewer@group:seniors#member', true],
  ['document:plan#viewer@user:sam', false],
  ['document:plan#editor@user:wanda', false, 'document:plan#editor@user:wanda'],
  ['document:plan#publisher@user:owen', true],
  ['document:plan#publisher@user:wanda', false],
  ['document:plan#publisher@user:olga', false],
  ['document:memo#reader@user:ed', false],
  ['document:memo#odd@user:ed', true],
  ['document:notice#viewer@user:anyone', true],
  ['document:notice#viewer@user:*', true],
  ['document:notice#viewer@user:mallory', false],
  ['document:plan#viewer@user:*', false, 'document:plan#viewer@user:*'],
  ['group:writers#member@user:sam', true],
  ['group:writers#member@group:writers#member', true],
  ['group:writers#member@user:vic', false, 'group:writers#member@user:vic'],
  ['org:roles#viewer@user:sam', true],
  ['folder:plans#viewer@user:olga', true],
  ['folder:nowhere#viewer@user:olga', false, 'folder:nowhere#viewer@user:olga'],
]

describe('relations in the words of Zanzibar', () => {
  let app: App
  let key: string
  before(async () => {
    app = await startApp()
    await makeRoles(app)
    key = await keyOf(app, ORG, 'author')
  })
  after(() => app.close())

  const post = (path: string, body: unknown, sender = key, base = '/api/v1/authz/zanzibar') =>
    app.send('POST', `${base}/${path}`, { key: sender, body })
  const parts = (tuple: string) => {
    const [, object = '', relation = '', subject = ''] = /^([^#]+)#([^@]+)@(.+)$/.exec(tuple) ?? []
    return { object, relation, subject }
  }

  for (const [tuple, allowed, missing] of CASES) {
    test(`${tuple} is ${allowed ? 'so' : 'not so'}`, async () => {
      const got = await post('check', parts(tuple))
      assert.equal(got.status, 200, got.text)
      CLIENT.relation.parse(got.json)
      const { subject, ...rest } = parts(tuple)
      const { allowed: said, missing: near, ...echo } = got.json
      assert.deepEqual([said, echo], [allowed, { ...rest, subject, user: subject }], got.text)
      if (missing !== undefined) assert.deepEqual(near, [missing])
      if (allowed) assert.equal(near, undefined)
    })
  }

  const SAME: readonly object[] = [
    { object: 'document:plan', relation: 'viewer', subject: 'user:wanda' },
    { object: 'document:plan', permission: 'viewer', user: 'user:wanda' },
    { object_type: 'document', object_id: 'plan', relation: 'viewer', user_type: 'user', user_id: 'wanda' },
    { object_type: 'document', object_id: 'plan', permission: 'viewer', subject_type: 'user', subject_id: 'wanda' },
    { tuple: 'document:plan#viewer@user:wanda' },
    { tuple: 'document:plan:viewer:user:wanda' },
    { object: 'document:plan', relation: 'viewer', subject: 'user:wanda', user: null, context: null, tuple: null },
  ]
  for (const body of SAME) {
    test(`the same, spelled ${JSON.stringify(body)}`, async () => {
      for (const base of ['/api/v1/authz/zanzibar', '/api/v1/zanzibar', `/t/${ORG}/api/v1/zanzibar`]) {
        const got = await post('check', body, key, base)
        const { allowed, object, relation, subject, user } = got.json
        assert.deepEqual(
          [allowed, object, relation, subject, user],
          [true, 'document:plan', 'viewer', 'user:wanda', 'user:wanda'],
        )
      }
    })
  }

  test('the split form is told the way, tuple by tuple', async () => {
    const split = (tuple: string) => {
      const { object, relation, subject } = parts(tuple)
      const [object_type, object_id] = object.split(':')
      const [user_type, user_id] = subject.split(':')
      return post('check', { object_type, object_id, relation, user_type, user_id })
    }
    const direct = (await split('document:plan#owner@user:owen')).json.resolution_metadata
    assert.deepEqual(direct, { resolved_via: 'direct', depth: 1, path: ['document:plan:owner:user:owen'] })
    const computed = (await split('document:plan#viewer@user:owen')).json.resolution_metadata
    assert.deepEqual(computed, { resolved_via: 'inheritance', depth: 1, path: ['document:plan:owner:user:owen'] })
    const far = (await split('document:plan#viewer@user:olga')).json.resolution_metadata
    assert.deepEqual(far, {
      resolved_via: 'inheritance',
      depth: 3,
      path: ['document:plan:parent:folder:plans', 'folder:plans:parent:folder:top', 'folder:top:owner:user:olga'],
    })
    const no = (await split('document:plan#viewer@user:vic')).json
    assert.equal(no.resolution_metadata, undefined)
    assert.deepEqual(no.missing, ['document:plan#viewer@user:vic'])
  })

  test('what is missing would do: once written, the answer is yes', async () => {
    for (const tuple of [
      'document:plan#viewer@user:late',
      'folder:plans#viewer@user:late2',
      'org:roles#viewer@user:late3',
    ]) {
      const before = await post('check', parts(tuple))
      assert.equal(before.json.allowed, false)
      const wrote = await post('tuples', { tuple: before.json.missing[0] })
      assert.deepEqual([wrote.status, wrote.json.success, wrote.json.tuple], [200, true, before.json.missing[0]])
      assert.equal((await post('check', parts(tuple))).json.allowed, true)
      const gone = await app.send('DELETE', '/api/v1/authz/zanzibar/tuples', {
        key,
        body: parts(before.json.missing[0]),
      })
      assert.deepEqual([gone.status, gone.json.success], [200, true], gone.text)
      assert.equal((await post('check', parts(tuple))).json.allowed, false)
    }
  })

  test('writing what is there and deleting what is not change nothing', async () => {
    const tuple = 'document:plan#owner@user:owen'
    const first = await post('tuples', { tuple })
    const again = await post('tuples', parts(tuple))
    assert.deepEqual([first.status, again.status], [200, 200])
    const gone = await app.send('DELETE', '/api/v1/zanzibar/tuples', {
      key,
      body: { tuple: 'document:x#owner@user:x' },
    })
    assert.equal(gone.status, 200, gone.text)
    assert.equal((await post('check', parts(tuple))).json.allowed, true)
  })

  test('a condition is asked in the context, and never guessed', async () => {
    const asked = parts('document:memo#editor@user:early')
    assert.equal((await post('check', { ...asked, context: { hour: 9 } })).json.allowed, true)
    assert.equal((await post('check', { ...asked, context: { hour: 13 } })).json.allowed, false)
    const open = await post('check', asked)
    assert.deepEqual([open.status, open.json.code], [400, 'ZANZIBAR_CHECK_FAILED'], open.text)
    assert.match(open.json.message, /hour/)
    const list = await post('list-users', { object: 'document:memo', relation: 'editor', subject_type: 'user' })
    assert.deepEqual([list.status, list.json.code], [400, 'ZANZIBAR_CHECK_FAILED'], list.text)
  })

  const BAD: readonly (readonly [path: string, body: unknown, code: string])[] = [
    ['check', {}, 'MISSING_FIELDS'],
    ['check', { object: 'document:1', relation: 'viewer' }, 'MISSING_FIELDS'],
    ['check', { object: 'document:1', subject: 'user:a' }, 'MISSING_FIELDS'],
    ['check', { object_type: 'document', relation: 'viewer', subject: 'user:a' }, 'MISSING_FIELDS'],
    ['check', { tuple: 'document:1 viewer user:a' }, 'MISSING_FIELDS'],
    ['check', { object: 'document', relation: 'viewer', subject: 'user:a' }, 'ZANZIBAR_CHECK_FAILED'],
    ['check', { object: 'document:1', relation: 'viewer', subject: 'alice' }, 'ZANZIBAR_CHECK_FAILED'],
    ['check', { object: 'planet:1', relation: 'viewer', subject: 'user:a' }, 'ZANZIBAR_CHECK_FAILED'],
    ['check', { object: 'document:1', relation: 'sees', subject: 'user:a' }, 'ZANZIBAR_CHECK_FAILED'],
    ['check', { object: 'document:1', relation: 'viewer', subject: 'robot:a' }, 'ZANZIBAR_CHECK_FAILED'],
    ['check', { object: 'document:1', relation: 'viewer', subject: 'group:a#boss' }, 'ZANZIBAR_CHECK_FAILED'],
    ['check', { object: 7, relation: 'viewer', subject: 'user:a' }, 'invalid_request'],
    ['check', { object: 'document:1', relation: 'viewer', subject: 'user:a', context: 1 }, 'invalid_request'],
    ['check', null, 'invalid_request'],
    ['expand', { relation: 'viewer' }, 'MISSING_FIELDS'],
    ['expand', { object: 'document:1', relation: 'sees' }, 'ZANZIBAR_CHECK_FAILED'],
    ['expand', { object: 'document:1#viewer', relation: 'viewer' }, 'ZANZIBAR_CHECK_FAILED'],
    ['tuples', { object: 'document:1', relation: 'viewer' }, 'MISSING_FIELDS'],
    ['tuples', { tuple: 'document:1#viewer@robot:a' }, 'invalid_tuple'],
    ['tuples', { tuple: 'document:1#publisher@user:a' }, 'invalid_tuple'],
    ['tuples', { tuple: 'document:1#editor@user:a', condition: { name: 'never' } }, 'invalid_tuple'],
    ['list-objects', { subject: 'user:a', permission: 'viewer' }, 'MISSING_FIELDS'],
    ['list-objects', { subject: 'user:a', permission: 'sees', object_type: 'document' }, 'ZANZIBAR_CHECK_FAILED'],
    [
      'list-objects',
      { subject: 'user:a', permission: 'viewer', object_type: 'document', page_size: 0 },
      'invalid_request',
    ],
    [
      'list-objects',
      { subject: 'user:a', permission: 'viewer', object_type: 'document', continuation_token: 'bm8' },
      'invalid_page_token',
    ],
    ['list-users', { object: 'document:1', permission: 'viewer' }, 'MISSING_FIELDS'],
    ['list-users', { object: 'document:1', permission: 'viewer', subject_type: 'robot' }, 'ZANZIBAR_CHECK_FAILED'],
    ['list-users', { object: 'document:1', permission: 'viewer', user_type: 'group#boss' }, 'ZANZIBAR_CHECK_FAILED'],
  ]
  for (const [path, body, code] of BAD) {
    test(`400 ${code} for ${path} ${JSON.stringify(body)}`, async () => {
      const got = await post(path, body)
      assert.deepEqual([got.status, got.json.code], [400, code], got.text)
      CLIENT.error.parse(got.json)
    })
  }

  interface Node {
    readonly type: 'union' | 'intersection' | 'leaf'
    readonly children: readonly Node[]
    readonly subjects: readonly string[]
    readonly negated?: true
  }
  const expand = async (object: string, relation: string): Promise<Node> => {
    const got = await post('expand', { object, relation })
    assert.equal(got.status, 200, got.text)
    CLIENT.tree.parse(got.json)
    return got.json.tree
  }

  test('a tree reaches through every rewrite down to stored subjects', async () => {
    const leaf = (object: string, relation: string, ...subjects: string[]) => ({
      ...{ type: 'leaf', object, relation, children: [], subjects },
    })
    const inner = (type: string, object: string, relation: string, ...children: object[]) => ({
      ...{ type, object, relation, children, subjects: [] },
    })
    const top = inner(
      'union',
      'folder:top',
      'viewer',
      leaf('folder:top', 'viewer'),
      leaf('folder:top', 'owner', 'user:olga'),
      leaf('folder:top', 'viewer'),
    )
    const plans = inner(
      'union',
      'folder:plans',
      'viewer',
      leaf('folder:plans', 'viewer'),
      leaf('folder:plans', 'owner'),
      top,
    )
    const editor = inner(
      'union',
      'document:plan',
      'editor',
      leaf('document:plan', 'editor'),
      leaf('document:plan', 'owner', 'user:owen'),
    )
    assert.deepEqual(
      await expand('document:plan', 'viewer'),
      inner(
        'intersection',
        'document:plan',
        'viewer',
        inner(
          'union',
          'document:plan',
          'viewer',
          leaf('document:plan', 'viewer', 'group:writers#member'),
          editor,
          plans,
        ),
        { ...leaf('document:plan', 'blocked', 'user:sam'), negated: true },
      ),
    )
    const reader = await expand('document:memo', 'reader')
    assert.deepEqual(reader.children[1], { ...leaf('document:memo', 'reader', 'user:ed'), negated: true })
    const odd = await expand('document:memo', 'odd')
    assert.deepEqual([odd.children[1]?.type, odd.children[1]?.negated], ['intersection', true])
  })

  test('a tree describes those whom a check allows', async () => {
    const users = ['wanda', 'sam', 'olga', 'owen', 'vic', 'ed', 'mallory', 'stranger'].map(id => `user:${id}`)
    const describes = async (node: Node, user: string): Promise<boolean> => {
      const parts = node.type === 'leaf' ? node.subjects : node.children
      const found: boolean[] = []
      for (const part of parts)
        found.push(typeof part === 'string' ? await stands(part, user) : await describes(part, user))
      const plain = node.type === 'intersection' ? found.every(Boolean) : found.some(Boolean)
      return plain !== (node.negated === true)
    }
    const stands = async (subject: string, user: string): Promise<boolean> => {
      const [object = '', relation] = subject.split('#')
      if (relation === undefined) return subject === user || subject === 'user:*'
      return (await post('check', { object, relation, subject: user })).json.allowed
    }
    for (const [object, relation] of [
      ['document:plan', 'viewer'],
      ['document:plan', 'publisher'],
      ['document:notice', 'viewer'],
      ['document:memo', 'reader'],
      ['document:memo', 'odd'],
      ['org:roles', 'viewer'],
    ] as const) {
      const tree = await expand(object, relation)
      for (const subject of users) {
        const asked = await post('check', { object, relation, subject, context: { hour: 13 } })
        assert.equal(await describes(tree, subject), asked.json.allowed, `${object}#${relation}@${subject}`)
      }
    }
  })

  test('lists: objects and subjects, whole', async () => {
    const objects = async (body: object) => (await post('list-objects', body)).json.objects
    const query = { permission: 'viewer', object_type: 'document' }
    assert.deepEqual(await objects({ ...query, subject: 'user:olga' }), ['document:notice', 'document:plan'])
    assert.deepEqual(await objects({ ...query, user: 'user:sam' }), ['document:notice'])
    assert.deepEqual(await objects({ ...query, user: 'user:mallory' }), [])
    assert.deepEqual(await objects({ ...query, subject: 'group:writers#member' }), ['document:plan'])
    assert.deepEqual(await objects({ ...query, user_type: 'user', user_id: 'owen' }), [
      'document:notice',
      'document:plan',
    ])
    const users = async (body: object) => (await post('list-users', body)).json
    const plan = { object: 'document:plan', relation: 'viewer' }
    const people = await users({ ...plan, subject_type: 'user' })
    assert.deepEqual(people.users, ['user:olga', 'user:owen', 'user:wanda'])
    assert.deepEqual([people.subjects, people.wildcard, people.except], [people.users, false, []])
    assert.deepEqual((await users({ ...plan, user_type: 'group#member' })).users, [
      'group:seniors#member',
      'group:writers#member',
    ])
    const notice = await users({
      object_type: 'document',
      object_id: 'notice',
      permission: 'viewer',
      subject_type: 'user',
    })
    assert.deepEqual([notice.users, notice.wildcard, notice.except], [['user:*'], true, ['user:mallory']])
  })

  test('pages go on where they ended, whatever is written in between', async () => {
    const write = (method: string, id: string) =>
      app.send(method, '/api/v1/zanzibar/tuples', { key, body: { tuple: `article:${id}#owner@user:many` } })
    const ids = Array.from({ length: 23 }, (_, i) => `m${String(i).padStart(2, '0')}`)
    for (const id of ids) assert.equal((await write('POST', id)).status, 200)
    const query = { subject: 'user:many', permission: 'owner', object_type: 'article' }
    const seen: string[] = []
    let token = ''
    let pages = 0
    do {
      const got = await post('list-objects', { ...query, page_size: 5, continuation_token: token })
      assert.equal(got.status, 200, got.text)
      seen.push(...got.json.objects)
      token = got.json.continuation_token
      pages += 1
      // Written behind and ahead of the place; one that was seen and one that was not are deleted.
      if (pages === 1) for (const id of ['m00a', 'm10a']) await write('POST', id)
      if (pages === 2) for (const id of ['m01', 'm22']) await write('DELETE', id)
    } while (token !== '')
    assert.equal(pages, 5)
    assert.deepEqual(
      seen,
      [...ids.filter(id => id !== 'm22'), 'm10a'].sort().map(id => `article:${id}`),
    )
    assert.equal(new Set(seen).size, seen.length)
    const whole = (await post('list-objects', query)).json
    assert.deepEqual([whole.objects.length, whole.continuation_token], [23, ''])
    const first = (await post('list-objects', { ...query, page_size: 2 })).json.continuation_token
    const other = await post('list-objects', { ...query, subject: 'user:else', continuation_token: first })
    assert.deepEqual([other.status, other.json.code], [400, 'invalid_page_token'])
  })

  test('who may: a checker asks and writes nothing, an auditor asks nothing of others', async () => {
    const tuple = parts('team:eng#member@user:alice')
    const [checker, auditor] = [await keyOf(app, 'acme-corp', 'checker'), await keyOf(app, 'acme-corp', 'auditor')]
    const list = { ...tuple, object_type: 'team', subject_type: 'user' }
    for (const path of ['check', 'expand', 'list-objects', 'list-users']) {
      assert.equal((await post(path, list, checker)).status, 200, path)
      const got = await post(path, list, auditor)
      assert.deepEqual([got.status, got.json.code], [403, 'insufficient_permissions'], path)
    }
    for (const sender of [checker, auditor]) {
      const got = await post('tuples', tuple, sender)
      assert.deepEqual([got.status, got.json.code], [403, 'insufficient_permissions'])
    }
    const acme = await app.send('POST', '/orgs/acme-corp/api/v1/zanzibar/check', { body: tuple })
    assert.equal(acme.json.allowed, true)
  })

  test('without a model nothing is so, and it is said', async () => {
    await app.send('POST', '/api/v1/admin/organizations', { body: { slug: 'bare' } })
    const bare = await keyOf(app, 'bare', 'admin')
    const asked = parts('document:1#viewer@user:a')
    const check = await post('check', asked, bare)
    assert.deepEqual([check.status, check.json.code], [400, 'ZANZIBAR_CHECK_FAILED'])
    const write = await post('tuples', asked, bare)
    assert.deepEqual([write.status, write.json.code], [409, 'model_missing'])
    const named = await app.send('POST', '/api/v1/authz/check', {
      key: bare,
      body: { permission: 'a.b', user_id: 'x' },
    })
    assert.deepEqual([named.status, named.json.allowed], [200, false])
  })
})
