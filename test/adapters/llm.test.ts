import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openModel } from '../../src/adapters/llm.ts'
import { ModelError, type ModelErrorCode } from '../../src/language/translate.ts'
import { type Scripted, type Step, startLlm } from '../support/llm.ts'

const KEY = 'sk-test-this-is-a-secret'
const ASK = [{ role: 'user' as const, text: 'hello' }]
const SCHEMA = { type: 'object' }

const FAILURES: readonly { readonly name: string; readonly step: Step; readonly code: ModelErrorCode }[] = [
  { name: 'nonsense on the stream', step: { kind: 'raw', text: 'data: {{{\n\n' }, code: 'llm_bad_answer' },
  { name: 'a page of HTML', step: { kind: 'raw', text: '<html>hello</html>' }, code: 'llm_bad_answer' },
  { name: 'nothing at all', step: { kind: 'raw', text: '' }, code: 'llm_bad_answer' },
  {
    name: 'an error on the stream',
    step: { kind: 'raw', text: `data: {"error":{"message":"${KEY}"}}\n\n` },
    code: 'llm_unavailable',
  },
  {
    name: 'odd shapes',
    step: { kind: 'raw', text: 'data: {"choices":[null]}\n\ndata: {"choices":7}\n\ndata: 3\n\ndata: [DONE]\n\n' },
    code: 'llm_bad_answer',
  },
  { name: 'a stream that ends early', step: { kind: 'breaks', text: '{"sen', how: 'end' }, code: 'llm_bad_answer' },
  { name: 'a connection that breaks', step: { kind: 'breaks', text: '{"sen', how: 'reset' }, code: 'llm_bad_answer' },
  { name: 'silence', step: { kind: 'hangs' }, code: 'llm_timeout' },
  { name: 'silence in the middle', step: { kind: 'stalls', text: '{' }, code: 'llm_timeout' },
  { name: 'a slow drip', step: { kind: 'drips' }, code: 'llm_timeout' },
  { name: 'a flood of events', step: { kind: 'floods', lines: true }, code: 'llm_bad_answer' },
  { name: 'a flood without an end of line', step: { kind: 'floods', lines: false }, code: 'llm_bad_answer' },
  {
    name: 'an answer cut by the limit of tokens',
    step: { kind: 'says', text: '{', finish: 'length' },
    code: 'llm_bad_answer',
  },
  { name: 'an answer held back', step: { kind: 'says', text: '', finish: 'content_filter' }, code: 'llm_bad_answer' },
  {
    name: '401',
    step: { kind: 'fails', status: 401, body: { error: { message: `wrong key ${KEY}` } } },
    code: 'llm_unavailable',
  },
  { name: '404', step: { kind: 'fails', status: 404 }, code: 'llm_unavailable' },
  { name: '429', step: { kind: 'fails', status: 429 }, code: 'llm_unavailable' },
  { name: '500', step: { kind: 'fails', status: 500, body: `trace with ${KEY}` }, code: 'llm_unavailable' },
  { name: '400, whatever is asked', step: { kind: 'fails', status: 400 }, code: 'llm_unavailable' },
  {
    name: 'a redirect',
    step: { kind: 'fails', status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    code: 'llm_unavailable',
  },
]

describe('the language model', () => {
  let llm: Scripted
  before(async () => {
    llm = await startLlm()
  })
  after(() => llm.close())

  const ask = (timeoutMs = 60_000, idleMs = 60_000) =>
    openModel({ baseUrl: llm.url, apiKey: KEY, model: 'tiny', maxTokens: 500, idleMs })(ASK, {
      signal: AbortSignal.timeout(timeoutMs),
      schema: SCHEMA,
    })

  test('an answer is put together from its pieces, with what it cost', async () => {
    const text = JSON.stringify({ long: 'ü€😀'.repeat(2_000) })
    llm.script({ kind: 'says', text })
    assert.deepEqual(await ask(), { text, tokens: { prompt: 100, completion: 20 } })
    const [{ headers, body } = assert.fail()] = llm.asked
    assert.equal(headers.authorization, `Bearer ${KEY}`)
    assert.equal(body.model, 'tiny')
    assert.equal(body.max_completion_tokens, 500)
    assert.equal(body.stream, true)
    assert.equal(body.tools, undefined)
    assert.deepEqual(body.messages, [{ role: 'user', content: 'hello' }])
    assert.deepEqual(body.response_format.json_schema.schema, SCHEMA)
  })

  test('an endpoint that knows no schema and no new names is asked plainly, and again so the next time', async () => {
    const refuse: Step = { kind: 'fails', status: 400 }
    llm.script(refuse, refuse, refuse, { kind: 'says', text: '{}', usage: { prompt_tokens: 'many' } })
    const model = openModel({ baseUrl: llm.url, apiKey: null, model: 'tiny', maxTokens: 500 })
    const how = { signal: AbortSignal.timeout(60_000), schema: SCHEMA }
    assert.deepEqual(await model(ASK, how), { text: '{}', tokens: null })
    await model(ASK, how)
    assert.equal(llm.asked.length, 5)
    for (const { body } of llm.asked.slice(3)) {
      assert.deepEqual([body.response_format, body.max_tokens, body.stream_options], [undefined, 500, undefined])
    }
  })

  for (const { name, step, code } of FAILURES) {
    test(`${name}: ${code}, without a word of the endpoint's`, async () => {
      llm.script(step)
      const isSlow = step.kind === 'hangs' || step.kind === 'drips'
      const error = await ask(isSlow ? 300 : 60_000, step.kind === 'stalls' ? 200 : 60_000).then(
        () => assert.fail('it was taken'),
        (e: unknown) => e,
      )
      assert.ok(error instanceof ModelError, String(error))
      assert.equal(error.code, code, error.message)
      assert.equal(error.cause, undefined)
      assert.doesNotMatch(`${error.stack}`, /sk-test/)
    })
  }

  test('nobody listens: unavailable', async () => {
    const model = openModel({ baseUrl: 'http://127.0.0.1:9/v1', apiKey: KEY, model: 'm', maxTokens: 1 })
    const how = { signal: AbortSignal.timeout(60_000), schema: SCHEMA }
    await assert.rejects(model(ASK, how), { name: 'ModelError', code: 'llm_unavailable' })
  })
})
