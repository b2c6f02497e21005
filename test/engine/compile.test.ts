import assert from 'node:assert/strict'
import { test } from 'node:test'
import { candidatesOf } from '../../src/engine/candidates.ts'
import { actionsOf, CompileError, compilePolicies } from '../../src/engine/compile.ts'
import type { Condition, Rule } from '../../src/policy/ast.ts'
import { anyone, each, named, policies, request, role, rule } from './build.ts'

const withCondition = (condition: Condition): Rule => rule('permit', anyone, 'read', { kind: 'anything' }, condition)

const REFUSED: readonly (readonly [string, Rule])[] = [
  ['unknown_zone', withCondition({ kind: 'weekday', days: [1], zone: 'Mars/Olympus' })],
  ['bad_range', withCondition({ kind: 'network', network: { name: null, ranges: ['10.0.0.1/8'] } })],
  ['bad_range', withCondition({ kind: 'network', network: { name: null, ranges: ['fe80::1%eth0'] } })],
  ['bad_date', withCondition({ kind: 'date', op: 'on', date: '2026-02-30', zone: null })],
  ['bad_hours', withCondition({ kind: 'hours', from: -1, to: 60, zone: null })],
  ['bad_hours', withCondition({ kind: 'hours', from: 0, to: 1441, zone: null })],
  ['no_approver', { ...rule('permit', anyone, 'read', { kind: 'anything' }), effect: 'approval' }],
]

test('what cannot be compiled is refused, naming the rule', () => {
  for (const [code, refused] of REFUSED) {
    assert.throws(
      () => policies(refused),
      (error: unknown) => error instanceof CompileError && error.code === code && error.rule === 'r1',
      code,
    )
  }
  assert.throws(() => compilePolicies([], { org: 'acme', zone: 'Nowhere', version: 1 }), CompileError)
})

test('actions are those that rules name', () => {
  const set = policies(
    rule('permit', anyone, 'read', each('document')),
    rule('forbid', anyone, 'edit', each('document')),
    rule('permit', anyone, null, each('payment')),
  )
  assert.deepEqual(actionsOf(set), ['edit', 'read'])
})

test('a request meets only the rules that could apply to it', () => {
  const rules: Rule[] = [
    rule('permit', each('user'), 'edit', each('document')),
    rule('permit', role('editor', 'org:acme'), 'edit', { kind: 'anything' }),
    rule('permit', named('user:alice'), null, named('document:1')),
    rule('only', each('user'), 'edit', each('document')),
    rule('permit', { kind: 'any-of', of: [each('user'), named('user:alice'), anyone] }, 'edit', each('document')),
  ]
  for (let i = 0; i < 5000; i++) {
    rules.push(rule('permit', each('user'), `act${i}`, each('document')))
    rules.push(rule('forbid', named(`user:u${i}`), 'edit', each('document')))
    rules.push(rule('forbid', anyone, 'edit', named(`document:d${i}`)))
    rules.push(rule('permit', each('agent'), 'edit', each(`type${i % 50}`)))
  }
  const set = policies(...rules)
  const ask = { ...request('user:alice edit document:1'), principal: null }
  const { forbids, approvals, permits } = candidatesOf(set.index, ask)
  assert.deepEqual(
    [forbids, approvals, permits].map(list => list.map(r => r.id)),
    [['r4'], [], ['r1', 'r2', 'r3', 'r4', 'r5']],
  )
  const whole = candidatesOf(set.index, { ...request('user:alice edit document'), principal: null })
  assert.equal(whole.forbids.length, 5001, 'without an id, rules on particular documents cannot be ruled out')
})
