import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ruleHolds } from '../../src/agents/claims.ts'
import { type ClaimRule, issuersOf, type Provider } from '../../src/agents/trust.ts'
import { type Workload, workloadContext } from '../../src/agents/workload.ts'
import type { JsonObject } from '../../src/policy/json.ts'

const CLAIMS: JsonObject = { a: 'x', n: 1, no: null, list: ['x'], deep: { er: { est: 'y' } } }
const holds = (claim: string, operator: ClaimRule['operator'], value: ClaimRule['value'] = null) =>
  ruleHolds({ claim: claim.split('.'), operator, value }, CLAIMS)

const RULES: readonly (readonly [
  claim: string,
  operator: ClaimRule['operator'],
  value: ClaimRule['value'],
  holds: boolean,
])[] = [
  ['a', 'equals', 'x', true],
  ['a', 'equals', 'X', false],
  ['n', 'equals', 1, true],
  ['n', 'equals', '1', false],
  ['deep.er.est', 'equals', 'y', true],
  ['deep.er', 'equals', 'y', false],
  ['list', 'equals', 'x', false],
  ['none', 'equals', 'x', false],
  ['no', 'equals', null, false],
  ['a', 'not_equals', 'y', true],
  ['a', 'not_equals', 'x', false],
  ['none', 'not_equals', 'x', false],
  ['list', 'not_equals', 'y', false],
  ['a', 'not_equals', null, false],
  ['a', 'in', ['w', 'x'], true],
  ['a', 'in', [], false],
  ['a', 'in', 'xyz', false],
  ['none', 'in', ['x'], false],
  ['a', 'not_in', ['w'], true],
  ['a', 'not_in', ['x'], false],
  ['a', 'not_in', 'w', false],
  ['none', 'not_in', ['x'], false],
  ['a', 'exists', null, true],
  ['no', 'exists', null, false],
  ['none', 'exists', null, false],
  ['constructor', 'exists', null, false],
  ['__proto__.constructor', 'exists', null, false],
  ['none', 'not_exists', null, true],
  ['a', 'not_exists', null, false],
  ['a', 'starts_with', 'x', true],
  ['a', 'starts_with', '', false],
  ['n', 'starts_with', '1', false],
]
for (const [claim, operator, value, expected] of RULES) {
  test(`${claim} ${operator} ${JSON.stringify(value)}: ${expected}`, () =>
    assert.equal(holds(claim, operator, value), expected))
}

const workload = (claims: JsonObject) =>
  workloadContext({ provider: 'oidc', issuer: 'https://i', subject: 's', claims } as unknown as Workload)

const TOLD: readonly (readonly [what: string, claims: JsonObject, told: JsonObject])[] = [
  ['plain claims', { env: 'prod', n: 1, ok: true }, { claim_env: 'prod', claim_n: 1, claim_ok: true }],
  ['lists of plain values', { groups: ['a', 'b'] }, { claim_groups: ['a', 'b'] }],
  ['nested claims', { 'kubernetes.io': { pod: { name: 'p' } } }, { claim_kubernetes_io_pod_name: 'p' }],
  [
    'names that are URLs',
    { 'https://sts.amazonaws.com/': { org_id: 'o' } },
    { claim_https_sts_amazonaws_com_org_id: 'o' },
  ],
  ['two claims of one name: neither', { 'a.b': 'x', a_b: 'y', c: 1 }, { claim_c: 1 }],
  ['a nested and a flat one: neither', { a: { b: 'x' }, a_b: 'y' }, {}],
  ['one that cannot be told beside one that could: neither', { A: 'x', a: [[]] }, {}],
  ['null, lists of lists, long texts', { a: null, b: [[1]], c: 'x'.repeat(2_000) }, {}],
  ['deeper than five levels', { a: { b: { c: { d: { e: { f: 1 } } } } } }, {}],
]
for (const [what, claims, told] of TOLD) {
  test(`what rules are told: ${what}`, () => {
    const said = { workload_provider: 'oidc', workload_issuer: 'https://i', workload_subject: 's' }
    assert.deepEqual(workload(claims), { ...told, ...said })
  })
}

test('no claim can pass for what is told of the workload itself, and no more than 64 are told', () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`c${i}`, i]))
  assert.equal(Object.keys(workload(many)).length, 67)
  assert.equal(workload({ workload_provider: 'github' }).workload_provider, 'oidc')
})

const TENANT = '11111111-2222-3333-4444-555555555555'
const ISSUERS: readonly (readonly [
  provider: Provider,
  issuer: string,
  signedRequest: boolean,
  names: readonly string[],
])[] = [
  ['oidc', 'https://i', false, ['https://i']],
  [
    'azure',
    `https://sts.windows.net/${TENANT}/`,
    false,
    [`https://login.microsoftonline.com/${TENANT}/v2.0`, `https://sts.windows.net/${TENANT}/`],
  ],
  [
    'azure',
    `https://login.microsoftonline.com/${TENANT}/v2.0`,
    false,
    [`https://login.microsoftonline.com/${TENANT}/v2.0`, `https://sts.windows.net/${TENANT}/`],
  ],
  ['oidc', `https://sts.windows.net/${TENANT}/`, false, [`https://sts.windows.net/${TENANT}/`]],
  ['aws', 'https://sts.amazonaws.com', true, ['signed request to https://sts.amazonaws.com']],
]
for (const [provider, issuer, signedRequest, names] of ISSUERS) {
  test(`${provider} ${issuer} is known as ${names.join(', ')}`, () =>
    assert.deepEqual(issuersOf({ provider, issuer, signedRequest }), names))
}
