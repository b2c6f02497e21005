import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type App, startApp } from '../support/app.ts'
import { callAudit } from '../support/audit-calls.ts'
import { callAuthz } from '../support/authz-calls.ts'
import { callBudgets } from '../support/budget-calls.ts'
import { callCapabilities } from '../support/capability-calls.ts'
import { callOpenfga } from '../support/fga-calls.ts'
import { callJit } from '../support/jit-calls.ts'
import { type Scripted, startLlm } from '../support/llm.ts'
import { callOauth } from '../support/oauth-calls.ts'
import { callRegistry } from '../support/registry-calls.ts'
import { callRevocations } from '../support/revocation-calls.ts'

import { type Service, startOpenfga } from '../support/services.ts'

import { callSignals } from '../support/signal-calls.ts'
import { callWebhooks } from '../support/webhook-calls.ts'
import { callTrustConfigs } from '../support/workload/calls.ts'

// Every answer that `send` gets is checked against the document; here every operation is called at least once.
describe('the OpenAPI document', () => {
  let app: App
  let llm: Scripted
  let openfga: Service
  before(async () => {
    llm = await startLlm()
    openfga = await startOpenfga()
    const server = openfga.kind === 'running' ? { OPENFGA_API_URL: openfga.url } : {}
    app = await startApp({ LLM_BASE_URL: llm.url, LLM_MODEL: 'tiny', ...server })
  })
  after(async () => {
    await app.close()
    await llm.close()
    if (openfga.kind === 'running') await openfga.stop()
  })

  test('lists every route, and every route answers as it says', async () => {
    const org = '/orgs/acme-corp'
    const admin = `${org}/api/v1/admin`
    const made = await app.send('POST', `${admin}/keys`, { body: { name: 'ci', role: 'checker' } })
    const key = made.json.data.key
    const subject = { type: 'user', id: 'alice' }
    const action = { name: 'view' }
    const resource = { type: 'document', id: 'roadmap' }
    for (const [base, sender] of [
      ['/access/v1', key],
      ['/api/v1/authz/v1', key],
      [`${org}/access/v1`, undefined],
      [`${org}/api/v1/authz/v1`, undefined],
    ]) {
      const post = async (path: string, body: object) =>
        assert.equal(
          (await app.send('POST', `${base}${path}`, { body, ...(sender !== undefined && { key: sender }) })).status,
          200,
        )
      await post('/evaluation', { subject, action, resource })
      await post('/evaluations', { subject, action, resource, evaluations: [{}, { action: {} }] })
      await post('/search/subject', { subject, action, resource })
      await post('/search/resource', { subject, action, resource })
      await post('/search/action', { subject, resource })
    }
    const decided = await app.ask('user:alice', 'view', 'document:roadmap')
    const question = 'Can Alice view document:roadmap?'
    await app.send('POST', '/api/v1/questions', { key, body: { question } })
    await app.send('POST', `${org}/api/v1/questions`, { body: { question } })
    await app.send('GET', `${org}/api/v1/watch?since=0&follow=false`)
    await app.send('POST', `${org}/api/v1/explain`, { body: { subject, action, resource } })
    await app.send('POST', '/api/v1/admin/organizations', { body: { slug: 'fresh' } })
    await app.send('GET', '/api/v1/admin/organizations')
    await app.send('GET', `${admin}/organization`)
    await app.send('PATCH', `${admin}/organization`, { body: { name: 'Acme' } })
    const model = await app.send('GET', `${admin}/model`)
    await app.send('PUT', `${admin}/model`, { body: { dsl: model.json.data.dsl } })
    await app.send('POST', `${admin}/tuples`, {
      body: { writes: [{ object: 'team:x', relation: 'member', user: 'user:x' }] },
    })
    await app.send('GET', `${admin}/tuples`)
    await app.send('PATCH', `${admin}/attributes/user/x`, { body: { level: 3 } })
    await app.send('GET', `${admin}/attributes/user/x`)
    await app.send('POST', `${admin}/policies/check`, { body: { text: 'Anyone can view documents.' } })
    const ast = { kind: 'type', type: 'document' }
    await app.send('POST', `${admin}/policies/print`, { body: { ast: [ast] } })
    const asked = { name: 'x', subject: 'user:x', action: 'view', resource: 'document:1', expect: 'allow' }
    await app.send('POST', `${admin}/policies/test`, { body: { text: 'Anyone can view documents.', tests: [asked] } })
    const current = await app.send('GET', `${admin}/policies/current`)
    await app.send('POST', `${admin}/policies`, { body: { text: current.json.data.text } })
    await app.send('POST', `${admin}/policies/impact`, { body: { text: '' } })
    await app.send('POST', `${admin}/policies/format`, { body: { text: '' } })
    await app.send('GET', `${admin}/policies`)
    await app.send('GET', `${admin}/policies/diff?from=1`)
    await app.send('POST', `${admin}/policies/1/rollback`, { body: {} })
    await app.send('GET', `${admin}/policies/shipped`)
    const draft = (await app.send('POST', `${admin}/policy-drafts`, { body: { text: '' } })).json.data.id
    await app.send('PUT', `${admin}/policy-drafts/${draft}`, { body: { text: 'Anyone can view documents.' } })
    await app.send('GET', `${admin}/policy-drafts`)
    await app.send('GET', `${admin}/policy-drafts/${draft}`)
    await app.send('DELETE', `${admin}/policy-drafts/${draft}`)
    llm.script({
      kind: 'says',
      text: { sentences: [{ from: 1, rules: ['Anyone can view documents.', 'Hello!'], cannot: 'all of it' }] },
    })
    const body = { text: 'Everyone may view documents.' }
    const translated = await app.send('POST', `${admin}/policies/translate`, { body })
    await app.send('GET', `${admin}/policies/translations`)
    await app.send('GET', `${admin}/policies/translations/${translated.json.data.id}`)
    await app.send('GET', `${admin}/keys`)
    await app.send('DELETE', `${admin}/keys/${made.json.data.id}`)
    for (let tries = 0; tries < 50; tries += 1) {
      if ((await app.send('GET', `${org}/api/v1/decisions/${decided.json.context.id}`)).status === 200) break
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    await app.send('GET', `${admin}/decisions?effect=deny`)
    for (const path of [
      '/healthz',
      '/readyz',
      '/metrics',
      '/openapi.json',
      '/schemas/policy-ast.json',
      '/errors/invalid_request',
      '/.well-known/authzen-configuration',
      `/.well-known/authzen-configuration${org}`,
      `${org}/.well-known/authzen-configuration`,
    ]) {
      assert.equal((await app.send('GET', path, { key: null })).status, 200, path)
    }
    await callOpenfga(app)
    await callTrustConfigs(app, 'acme-corp')
    await callWebhooks(app, 'acme-corp')
    await callBudgets(app)
    await callCapabilities(app, 'acme-corp')
    await callSignals(app, 'acme-corp')
    await callAudit(app, 'acme-corp')
    await callRegistry(app)
    const root = await app.send('POST', `${admin}/keys`, { body: { name: 'root', role: 'admin' } })
    await callAuthz(app, root.json.data.key)
    await callOauth(app, 'acme-corp')
    await callJit(app, 'jit-calls')
    await callRevocations(app, 'acme-corp')
    await app.send('GET', `${admin}/relations/engine`)
    await app.send('POST', `${admin}/relations/move`, { body: { to: 'server' } })
    await app.send('POST', `${admin}/relations/verify`)
    const without = openfga.kind === 'running' ? [] : ['moveRelations', 'verifyRelations']
    const missed = app.running.routes
      .filter(row => Object.keys(row.answers).length > 0)
      .map(row => row.operation)
      .filter(operation => !app.answered.has(operation) && !without.includes(operation))
    assert.deepEqual(missed, [])
  })

  test('operation names are unique, and every row says what it needs', async () => {
    const names = app.running.routes.map(r => r.operation)
    assert.equal(new Set(names).size, names.length)
    const document = (await app.send('GET', '/openapi.json', { key: null })).json
    assert.equal(document.openapi, '3.1.0')
    const operations = Object.values(document.paths).flatMap(path => Object.values(path as object))
    assert.equal(operations.length, names.length)
    for (const operation of operations) {
      assert.ok(operation.security.length === 0 || operation['x-lumoauth-needs'], operation.operationId)
    }
  })

  test('metrics count decisions and requests, and name no one', async () => {
    await app.ask('user:very-secret-name', 'view', 'document:roadmap')
    const text = (await app.send('GET', '/metrics', { key: null })).text
    assert.match(text, /lumoauth_decisions_total\{effect="deny"\} [1-9]/)
    assert.match(text, /lumoauth_http_request_seconds_count\{operation="evaluateInOrg",status="200"\} [1-9]/)
    assert.doesNotMatch(text, /very-secret-name|acme-corp/)
  })
})
