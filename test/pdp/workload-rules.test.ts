import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_WORKLOAD, type Workload, workloadContext } from '../../src/agents/workload.ts'
import { check } from '../../src/pdp/check.ts'
import { explainNow, renderTrace } from '../../src/pdp/explain.ts'
import { stateOf } from '../../src/pdp/org.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import type { Request } from '../../src/policy/request.ts'
import { loadShipped } from '../../src/server.ts'
import { agentNamed } from '../support/registered.ts'
import { NOW, SHAPES } from '../support/workload/shapes.ts'

const shipped = loadShipped()
const org = { slug: 'acme', name: 'acme', zone: 'UTC' }

const stateWith = (text: string) =>
  stateOf(
    {
      org,
      revision: 1,
      model: { id: 'm', dsl: 'model\n  schema 1.1\ntype user\n' },
      policy: { version: 1, text, author: 'key:x', note: '', publishedAt: 0 },
      keys: [],
      attributes: [],
      tuples: [],
      registered: [agentNamed('research-bot', { capabilities: ['read:documents'] })],
    },
    shipped,
  )

const workload = (provider: keyof typeof SHAPES, more: JsonObject = {}) =>
  workloadContext({
    provider,
    issuer: SHAPES[provider].config.issuer,
    subject: String(SHAPES[provider].claims.sub),
    claims: { ...SHAPES[provider].claims, ...more },
  } as unknown as Workload)

const requestOf = (context: JsonObject): Request => ({
  org: 'acme',
  subject: { type: 'agent', id: 'research-bot' },
  actors: [],
  action: 'obtain',
  resource: { type: 'scope', id: 'read:documents' },
  context,
  at: NOW,
})

const PRODUCTION =
  'Agents cannot obtain scopes if the request\'s workload_provider is "github" and the request\'s claim_environment is not "production".'
const NAMESPACE =
  'Agents cannot obtain scopes if the request\'s workload_provider is "kubernetes" and the request\'s claim_kubernetes_io_namespace is not "prod".'
const WORKLOADS_ONLY = 'Agents cannot obtain scopes if the request\'s workload_provider is "none".'
const GROUP =
  'Agents cannot obtain scopes if the request\'s workload_provider is "oidc" and the request\'s claim_groups contains "b".'

const CASES: readonly (readonly [what: string, rule: string, context: JsonObject, effect: 'allow' | 'deny'])[] = [
  ['the environment that is asked for', PRODUCTION, workload('github'), 'allow'],
  ['another environment', PRODUCTION, workload('github', { environment: 'staging' }), 'deny'],
  ['no environment: unknown, so denied', PRODUCTION, workload('github', { environment: null }), 'deny'],
  ['another provider', PRODUCTION, workload('kubernetes'), 'allow'],
  ['no workload at all', PRODUCTION, NO_WORKLOAD, 'allow'],
  ['a nested claim', NAMESPACE, workload('kubernetes'), 'allow'],
  ['another nested claim', NAMESPACE, workload('kubernetes', { 'kubernetes.io': { namespace: 'dev' } }), 'deny'],
  ['a rule that wants workloads alone, met by one', WORKLOADS_ONLY, workload('aws'), 'allow'],
  ['a rule that wants workloads alone, met by none', WORKLOADS_ONLY, NO_WORKLOAD, 'deny'],
  ['a list without it', GROUP, workload('oidc'), 'allow'],
  ['a list with it', GROUP, workload('oidc', { groups: ['a', 'b'] }), 'deny'],
]
for (const [what, rule, context, effect] of CASES) {
  test(`${what}: ${effect}`, () => {
    const state = stateWith(rule)
    assert.deepEqual(
      state.compiled.diagnostics.filter(d => d.severity === 'error'),
      [],
    )
    const { verdict } = check(state, requestOf(context))
    assert.equal(verdict.effect, effect, JSON.stringify(verdict))
    if (effect === 'deny')
      assert.ok(
        verdict.reasons.some(reason => `${reason.sentence}.` === rule),
        JSON.stringify(verdict.reasons),
      )
  })
}

test('the trace shows the rule that refused, and the claim it read', () => {
  const state = stateWith(PRODUCTION)
  const traced = renderTrace(explainNow(state, requestOf(workload('github', { environment: 'staging' }))))
  assert.match(traced, /claim_environment/)
  assert.match(traced, /staging/)
})
