import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Answered, type App, keyOf, makeOrg, startApp } from '../support/app.ts'
import { type Scripted, startLlm } from '../support/llm.ts'

const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type document
  relations
    define owner: [user, agent]
type folder
  relations
    define editor: [user, agent]
type payment
  relations
    define owner: [user]
`
const POLICY = `Emails are resources.
Calendars are resources.
A payment has an amount in USD.
Users and agents can read and summarize documents.
Owners of a document can edit it.
Users and agents can create documents.
Editors of a folder can write it.
Users and agents can send emails and read calendars.
Users and agents can release payments whose amount is at most $100.
Agents need approval from their owner to delete documents.
Agents can delete documents.
Agents can archive documents at most 2 times per hour.
`
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const TYPE = 'urn:ietf:params:oauth:token-type:access_token'
const CAPABILITIES = [
  'read:documents',
  'document.summarize',
  'edit:documents',
  'create:documents',
  'delete:documents',
  'write:folders',
  'email:send',
  'calendar:read',
  'release:payments',
  'archive:documents',
  'tool:search_web',
  'delegate:on_behalf',
]

describe('what an agent asks', () => {
  let app: App
  let llm: Scripted
  let own: string
  let acting: string
  let narrow: string
  const admin = '/orgs/acme/api/v1/admin'
  const post = async (path: string, body: object, status = 201) => {
    const got = await app.send('POST', `${admin}/${path}`, { body })
    assert.equal(got.status, status, got.text)
    return got.json.data
  }
  const token = async (params: Record<string, string>): Promise<string> => {
    const got = await app.send('POST', '/orgs/acme/api/v1/oauth/token', {
      key: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      raw: new URLSearchParams(params).toString(),
    })
    assert.equal(got.status, 200, got.text)
    return got.json.access_token
  }
  const askAs = (bearer: string, body: object, prefix = '/orgs'): Promise<Answered> =>
    app.send('POST', `${prefix}/acme/api/v1/agents/ask`, {
      key: null,
      headers: { authorization: `Bearer ${bearer}` },
      body,
    })
  const ask = (body: object): Promise<Answered> => askAs(own, body)
  const question = async (text: string, bearer = own, more: object = {}) => {
    const got = await askAs(bearer, { question: text, ...more })
    assert.equal(got.status, 200, got.text)
    return got.json
  }

  before(async () => {
    llm = await startLlm()
    app = await startApp({ LLM_BASE_URL: llm.url, LLM_MODEL: 'tiny', LLM_TIMEOUT_MS: '1500' })
    await makeOrg(app, 'acme', MODEL, POLICY)
    const bot = await post('agents', {
      name: 'Bot',
      slug: 'bot',
      owner: 'user:alice',
      capabilities: CAPABILITIES,
      canActOnBehalfOfUsers: true,
    })
    await post('users', { id: 'alice', email: 'Alice@acme.com' })
    await post('users', { id: 'bob', email: 'bob@acme.com' })
    await post('consents', { user: 'alice', agent: 'bot', scopes: CAPABILITIES })
    const written = await app.send('POST', `${admin}/tuples`, {
      body: {
        writes: [
          { object: 'document:1', relation: 'owner', user: 'agent:bot' },
          { object: 'document:2', relation: 'owner', user: 'user:alice' },
          { object: 'folder:shared', relation: 'editor', user: 'agent:bot' },
        ],
      },
    })
    assert.equal(written.status, 200, written.text)
    const client = { grant_type: 'client_credentials', client_id: bot.id, client_secret: bot.clientSecret }
    own = await token(client)
    narrow = await token({ ...client, scope: 'read:documents' })
    const alice = (await post('users/alice/token', { scopes: CAPABILITIES })).accessToken
    acting = await token({
      grant_type: EXCHANGE,
      subject_token: alice,
      subject_token_type: TYPE,
      actor_token: own,
      actor_token_type: TYPE,
    })
  })
  after(async () => {
    await app.close()
    await llm.close()
  })

  test('an action by its name, as the published clients ask', async () => {
    for (const prefix of ['/orgs', '/t']) {
      const { status, json } = await askAs(own, { action: 'document.read', context: { id: 'doc_99' } }, prefix)
      assert.equal(status, 200)
      assert.deepEqual(
        [json.allowed, json.action, json.context, json.confidence, json.actions],
        [true, 'document.read', { id: 'doc_99' }, 1, ['document.read']],
      )
      assert.match(json.reason, /^allowed by: /)
      assert.equal(json.explanation, json.reason)
      assert.equal(json.audit_id, json.decision_id)
      assert.deepEqual(json.requests[0].request.resource, { type: 'document', id: 'doc_99' })
      assert.deepEqual(json.required_scopes, ['read:documents'])
    }
  })

  test('a no is an answer, and says what lacks', async () => {
    const { status, json } = await ask({ action: 'document.edit', context: { id: '2' } })
    assert.equal(status, 200)
    assert.equal(json.allowed, false)
    assert.match(json.reason, /agent:bot is not an? owner of document:2/)
    assert.equal(json.missing[0].truth, 'no')
    assert.equal((await ask({ action: 'document.edit', context: { resource: 'document:1' } })).json.allowed, true)
    const typed = { resource_type: 'document', resource_id: '1' }
    assert.equal((await ask({ action: 'edit', context: typed })).json.allowed, true)
  })

  test('what the context says of the thing and the call counts', async () => {
    const pay = async (amount: number) =>
      (await ask({ action: 'payment.release', context: { id: 'p1', amount } })).json.allowed
    assert.equal(await pay(90), true)
    assert.equal(await pay(110), false)
  })

  test('the question of the guides: all of its actions, on behalf of whom it names', async () => {
    const text = 'Can I read and summarize documents for user alice@acme.com?'
    const json = await question(text)
    assert.equal(json.allowed, true, json.reason)
    assert.deepEqual(json.understood, ['Can agent:bot read and summarize documents on behalf of user:alice?'])
    assert.ok(json.assumptions.includes('`alice@acme.com` is the address of user:alice'))
    assert.deepEqual(json.actions, ['document.read', 'document.summarize'])
    assert.deepEqual(json.required_scopes, ['read:documents', 'delegate:on_behalf', 'document.summarize'])
    assert.equal(json.requests.length, 2)
    const also = await question(text, acting)
    assert.equal(also.allowed, true)
    assert.deepEqual(also.understood, json.understood)
    const some = await question('Can I read and release documents for user alice@acme.com?')
    assert.equal(some.allowed, false)
  })

  test('for those who have not agreed it is no, and nothing is told of what they may do', async () => {
    const json = await question('Can I edit document:2 for user bob@acme.com?')
    assert.equal(json.allowed, false)
    assert.match(json.reason, /user:bob has not agreed that agent:bot acts for them/)
    assert.deepEqual(
      json.requests[0].context.missing.map((m: { for: string }) => m.for),
      ['agent:bot'],
    )
    const other = await question('Can I read document:2 for bob@acme.com?', acting)
    assert.match(other.reason, /the token is for acting on behalf of user:alice/)
  })

  test('I is the whole chain', async () => {
    const both = await question('Can I edit document:2?', acting)
    assert.equal(both.allowed, false)
    assert.deepEqual(both.requests[0].request.subject, { type: 'user', id: 'alice' })
    assert.deepEqual(both.requests[0].request.actors, [{ type: 'agent', id: 'bot' }])
    assert.deepEqual(both.understood, ['Can agent:bot edit document:2 on behalf of user:alice?'])
  })

  test('sample intents', async () => {
    const { allowed, required_scopes } = await question('Can I send an email for the user?', acting)
    assert.deepEqual([allowed, required_scopes], [true, ['email:send']])
    const calendar = await question("Can I read the user's calendar?", acting)
    assert.deepEqual([calendar.allowed, calendar.required_scopes], [true, ['calendar:read']])
    const made = await question('Can I create documents? Can I write folder:shared?')
    assert.deepEqual([made.allowed, made.understood.length], [true, 2], made.reason)
    assert.equal((await question('Can I create documents? Can I write folder:other?')).allowed, false)
    const nobody = await ask({ question: "Can I read the user's calendar?" })
    assert.equal(nobody.status, 422)
  })

  test('searches', async () => {
    const found = await question('What can I edit?')
    assert.deepEqual([found.allowed, found.results], [true, [{ type: 'document', id: '1' }]])
    assert.match(found.audit_id, /^log_/)
    assert.equal(found.decision_id, null)
    const none = await question('What can I edit?', narrow)
    assert.deepEqual([none.allowed, none.results], [false, []])
    assert.equal((await ask({ question: 'Who can edit document:1?' })).status, 403)
  })

  test('a token is good for what its scopes cover', async () => {
    const json = await question('Can I send emails?', narrow)
    assert.equal(json.allowed, false)
    assert.equal(json.reason, 'denied: the token does not hold the scope `email:send`')
    assert.deepEqual(json.required_scopes, ['email:send'])
    assert.equal((await question('Can I read documents?', narrow)).allowed, true)
  })

  test('others are asked about by those who may', async () => {
    const refused = await ask({ question: 'Can Alice edit document:2?' })
    assert.deepEqual([refused.status, refused.json.code], [403, 'permission_denied'])
    const checker = await keyOf(app, 'acme', 'checker')
    const got = await app.send('POST', '/orgs/acme/api/v1/agents/ask', {
      key: checker,
      body: { question: 'Can Alice edit document:2?' },
    })
    assert.deepEqual([got.status, got.json.allowed], [200, true])
    const alice = (await post('users/alice/token', { scopes: ['edit:documents'] })).accessToken
    assert.equal((await question('Can I edit document:2?', alice)).allowed, true)
  })

  test('what waits for an approval says how to ask for it', async () => {
    const { status, json } = await ask({ action: 'document.delete', context: { id: '7' } })
    assert.equal(status, 200)
    assert.deepEqual([json.allowed, json.effect], [false, 'escalate'])
    const [obligation] = json.obligations
    assert.equal(obligation.type, 'jit')
    assert.equal(obligation.authorization_details.identifier, 'document:7')
    assert.deepEqual(obligation.authorization_details.actions, ['delete'])
    assert.deepEqual(obligation.approvers, [{ relation: 'owner', on: 'agent:bot', for: 'agent:bot' }])
    assert.match(obligation.sentence, /need approval/)
    const headers = { authorization: `Bearer ${own}` }
    const post = (path: string, body: object) =>
      app.send('POST', `/orgs/acme/api/v1/jit/${path}`, { key: null, headers, body })
    const task = await post('task', { name: 'tidy up' })
    assert.equal(task.status, 201, task.text)
    const { authorization_details } = obligation
    const asked = await post('request', {
      task_id: task.json.task_id,
      authorization_details,
      justification: 'it is old',
    })
    assert.deepEqual([asked.status, asked.json.status], [201, 'pending'], asked.text)
  })

  test('what cannot be asked', async () => {
    const code = async (body: object) => {
      const { status, json } = await ask(body)
      return [status, json.code]
    }
    llm.script({ kind: 'says', text: { questions: [], cannot: 'no question' } })
    assert.deepEqual(await code({}), [400, 'invalid_request'])
    assert.deepEqual(await code({ context: { id: '1' } }), [400, 'invalid_request'])
    assert.deepEqual(await code({ action: 'read', context: { id: '1', resource_id: '2' } }), [400, 'invalid_request'])
    assert.deepEqual(await code({ action: 'read', context: { resource: [] } }), [400, 'invalid_request'])
    const refused = await ask({ question: 'The weather is nice' })
    assert.deepEqual([refused.status, refused.json.code], [422, 'question_refused'])
    assert.equal(refused.json.details.model, 'not_said')
    assert.ok(refused.json.details.diagnostics[0].expected.length > 0)
    assert.equal((await askAs('x.y.z', { action: 'read' })).status, 401)
  })

  test('acting takes one thing, here and now', async () => {
    const acted = await ask({ action: 'document.read', context: { id: '1' }, spend: true })
    assert.equal(acted.json.allowed, true)
    const code = async (text: string) => (await ask({ question: text, spend: true })).status
    assert.equal(await code('Can I read and summarize document:1?'), 400)
    assert.equal(await code('Can I read document:1 on Sunday?'), 400)
    assert.equal(await code('What can I edit?'), 400)
  })

  test('asking takes nothing; what is done does, and beyond a limit it is 429', async () => {
    const body = { action: 'document.archive', context: { id: '1' } }
    for (let i = 0; i < 4; i += 1) assert.equal((await ask(body)).json.allowed, true)
    const same = { ...body, spend: true, idempotency_key: 'first' }
    assert.deepEqual([(await ask(same)).json.allowed, (await ask(same)).json.allowed], [true, true])
    assert.equal((await ask({ ...body, spend: true })).json.allowed, true)
    for (const sent of [body, { ...body, spend: true }]) {
      const over = await ask(sent)
      assert.deepEqual([over.status, over.json.code], [429, 'budget_exceeded'], over.text)
    }
  })

  describe('by the language model', () => {
    const says = (...questions: string[]) => ({ kind: 'says', text: { questions, cannot: null } }) as const

    test('a question in other words is answered by the engine', async () => {
      llm.script(says('Can I read document:1?'))
      const json = await question('hi there, am I good to read the document 1')
      assert.equal(json.understood_by, 'model')
      assert.equal(json.allowed, true, json.reason)
      assert.ok(json.confidence < 1 && json.confidence >= 0.8, String(json.confidence))
      assert.deepEqual(json.understood, ['Can agent:bot read document:1?'])
    })

    test('a folder beside the document: both must hold', async () => {
      llm.script(says('Can I create documents?', 'Can I write folder:shared?'))
      const text = 'ok to create a document and write it into the folder shared by us'
      assert.equal((await question(text)).allowed, true)
    })

    test('an action that was not named is confirmed first', async () => {
      llm.script(says('Can I read document:1?'))
      const json = await question('please delete document 1, or so')
      assert.deepEqual([json.allowed, json.effect, json.confirmation_required], [false, 'allow', true])
      assert.match(json.reason, /^please confirm: this was read as `Can agent:bot read document:1\?`/)
      assert.deepEqual(json.obligations, [{ type: 'confirm', questions: json.understood }])
      const again = await question(json.understood[0])
      assert.deepEqual([again.allowed, again.confidence], [true, 1])
    })

    test('a no stays a no, however sure it is', async () => {
      llm.script(says('Can I edit document:2?'))
      const json = await question('so may I please please edit that document 2 there')
      assert.deepEqual([json.allowed, json.effect, json.confirmation_required], [false, 'deny', false])
    })

    test('what it says is read as everything else, three times at the most', async () => {
      llm.script(says('You may do it.'), says('Allowed: true'), says('Can I read document:1?'))
      assert.equal((await question('am I good to read the document 1 now or what')).allowed, true)
      assert.equal(llm.asked.length, 3)
      llm.script(says('You may do it.'))
      const refused = await ask({ question: 'am I good to read it or what' })
      assert.deepEqual([refused.status, refused.json.details.model], [422, 'llm_bad_answer'])
      assert.equal(llm.asked.length, 3)
    })

    test('it may ask about others no more than whoever asks', async () => {
      llm.script(says('Can user:alice edit document:2?'))
      assert.equal((await ask({ question: 'so what about user:alice, editing the document 2, hm' })).status, 403)
    })

    test('one that fails is no answer', async () => {
      for (const step of [{ kind: 'fails', status: 500 }, { kind: 'hangs' }, says()] as const) {
        llm.script(step)
        assert.equal((await ask({ question: 'hm, reading?' })).status, 422)
      }
    })

    test('the context says what is asked where nothing else does', async () => {
      llm.script({ kind: 'fails', status: 500 })
      const context = { resource_type: 'calendar', action: 'read' }
      const json = await question('hm, how about I read a calendar entry', own, { context })
      assert.deepEqual([json.allowed, json.understood_by, json.confidence], [true, 'hints', 0.9])
      const odd = await question('hm, how about I delete everything', own, { context })
      assert.deepEqual([odd.allowed, odd.confirmation_required], [false, true])
    })
  })

  test('hints beside a question that say more must hold as well', async () => {
    const both = await question('Can I read documents?', own, { context: { action: 'edit', resource: 'document:2' } })
    assert.deepEqual([both.allowed, both.understood.length], [false, 2])
    const same = await question('Can I read document:1?', own, { context: { action: 'read', resource: 'document:1' } })
    assert.deepEqual([same.allowed, same.understood.length], [true, 1])
    const part = await question('Can I read document:1?', own, { context: { resource_type: 'folder' } })
    assert.deepEqual([part.allowed, part.confirmation_required], [false, true])
  })
})
