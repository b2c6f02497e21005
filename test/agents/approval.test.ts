import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Approval, Terms } from '../../src/agents/approval.ts'
import { type ApprovalEvent, approvalAfter, approvalState, isEnough, isOwn } from '../../src/agents/approval-steps.ts'
import { type Detail, operationsOf, readDetails } from '../../src/agents/detail.ts'
import { isNarrower, isWithin } from '../../src/agents/narrower.ts'

const payment: Detail = { type: 'payment', actions: ['initiate', 'approve'], identifier: 'inv-1', amount: 120 }
const terms: Terms = { details: [payment], ttl: 60, uses: 2 }
const demand = { rule: 'r1', sentence: 's', relation: 'approver', on: 'org:finance', holder: null, for: 'agent:bot' }

const asked: Approval = {
  kind: 'approval',
  id: 'jit_1',
  task: 'task_1',
  agent: 'bot',
  subject: { type: 'user', id: 'alice' },
  actors: [{ type: 'agent', id: 'bot' }],
  asked: terms,
  justification: null,
  risk: 'high',
  permitted: true,
  demands: [],
  operations: [],
  denials: 0,
  addressee: null,
  needs: 1,
  state: 'pending',
  answers: [],
  terms,
  byPolicy: null,
  askedAt: 0,
  expiresAt: 100,
  escalatesAt: 40,
  escalated: false,
  endedAt: null,
  until: null,
  repeats: 0,
  via: 'jit',
  emergency: null,
  meta: {},
  version: 1,
}

const user = (id: string) => ({ type: 'user', id })
const says = (id: string, more: Partial<Extract<ApprovalEvent, { kind: 'answer' }>> = {}): ApprovalEvent => ({
  kind: 'answer',
  by: user(id),
  yes: true,
  notes: null,
  meets: [],
  narrowed: null,
  ...more,
})

const one: Terms = { details: [{ ...payment, actions: ['initiate'] }], ttl: 30, uses: 1 }

const cases: readonly {
  readonly name: string
  readonly from?: Partial<Approval>
  readonly events: readonly (readonly [at: number, ApprovalEvent])[]
  readonly to: string
}[] = [
  { name: 'a yes', events: [[5, says('carol')]], to: 'approved' },
  { name: 'a no', events: [[5, says('carol', { yes: false })]], to: 'denied' },
  { name: 'too late', events: [[100, says('carol')]], to: 'approval_over' },
  {
    name: 'the requester',
    events: [[5, { ...says('x'), by: { type: 'agent', id: 'bot' } } as ApprovalEvent]],
    to: 'own_request',
  },
  { name: 'for whom it is done', events: [[5, says('alice')]], to: 'own_request' },
  { name: 'unless they are asked', from: { addressee: 'alice' }, events: [[5, says('alice')]], to: 'approved' },
  { name: 'another one than was asked', from: { addressee: 'alice' }, events: [[5, says('carol')]], to: 'pending' },
  {
    name: 'twice',
    from: { needs: 2 },
    events: [
      [5, says('carol')],
      [6, says('carol')],
    ],
    to: 'answered_already',
  },
  {
    name: 'a no after a yes',
    from: { needs: 2 },
    events: [
      [5, says('carol')],
      [6, says('carol', { yes: false })],
    ],
    to: 'answered_already',
  },
  {
    name: 'two people',
    from: { needs: 2 },
    events: [
      [5, says('carol')],
      [6, says('dave')],
    ],
    to: 'approved',
  },
  { name: 'one of two', from: { needs: 2 }, events: [[5, says('carol')]], to: 'pending' },
  {
    name: 'one no of two',
    from: { needs: 2 },
    events: [
      [5, says('carol')],
      [6, says('dave', { yes: false })],
    ],
    to: 'denied',
  },
  { name: 'a demand nobody met', from: { demands: [demand] }, events: [[5, says('carol')]], to: 'pending' },
  { name: 'a demand met', from: { demands: [demand] }, events: [[5, says('carol', { meets: [0] })]], to: 'approved' },
  {
    name: 'after it was decided',
    events: [
      [5, says('carol')],
      [6, says('dave', { yes: false })],
    ],
    to: 'approval_over',
  },
  { name: 'narrowed', events: [[5, says('carol', { narrowed: one })]], to: 'approved' },
  {
    name: 'widened: longer',
    events: [[5, says('carol', { narrowed: { ...terms, ttl: 61 } })]],
    to: 'wider_than_asked',
  },
  {
    name: 'widened: more often',
    events: [[5, says('carol', { narrowed: { ...terms, uses: 3 } })]],
    to: 'wider_than_asked',
  },
  {
    name: 'widened: another payment',
    events: [[5, says('carol', { narrowed: { ...terms, details: [{ ...payment, identifier: 'inv-2' }] } })]],
    to: 'wider_than_asked',
  },
  {
    name: 'widened: another amount',
    events: [[5, says('carol', { narrowed: { ...terms, details: [{ ...payment, amount: 121 }] } })]],
    to: 'wider_than_asked',
  },
  {
    name: 'nothing left',
    events: [[5, says('carol', { narrowed: { ...terms, details: [] } })]],
    to: 'wider_than_asked',
  },
  {
    name: 'the second may not widen what the first narrowed',
    from: { needs: 2 },
    events: [
      [5, says('carol', { narrowed: one })],
      [6, says('dave', { narrowed: terms })],
    ],
    to: 'wider_than_asked',
  },
  { name: 'cancelled', events: [[5, { kind: 'cancel' }]], to: 'cancelled' },
  {
    name: 'answered after it was cancelled',
    events: [
      [5, { kind: 'cancel' }],
      [6, says('carol')],
    ],
    to: 'approval_over',
  },
  {
    name: 'cancelled after the yes',
    events: [
      [5, says('carol')],
      [6, { kind: 'cancel' }],
    ],
    to: 'approval_over',
  },
  {
    name: 'used',
    events: [
      [5, says('carol')],
      [6, { kind: 'consume' }],
    ],
    to: 'consumed',
  },
  { name: 'used before the yes', events: [[6, { kind: 'consume' }]], to: 'approval_over' },
  {
    name: 'used past its time',
    events: [
      [5, says('carol')],
      [65, { kind: 'consume' }],
    ],
    to: 'approval_over',
  },
  {
    name: 'taken back',
    events: [
      [5, says('carol')],
      [6, { kind: 'revoke' }],
    ],
    to: 'cancelled',
  },
  { name: 'expired', events: [[100, { kind: 'expire' }]], to: 'expired' },
  { name: 'not yet', events: [[99, { kind: 'expire' }]], to: 'not_due' },
  { name: 'escalated early', events: [[39, { kind: 'escalate' }]], to: 'not_due' },
  { name: 'escalated', events: [[40, { kind: 'escalate' }]], to: 'pending' },
  {
    name: 'escalated again',
    events: [
      [40, { kind: 'escalate' }],
      [41, { kind: 'escalate' }],
    ],
    to: 'not_due',
  },
  {
    name: 'reviewed though nothing was urgent',
    events: [[5, { kind: 'review', by: user('carol'), ok: true, notes: null }]],
    to: 'not_due',
  },
]

function run(from: Approval, events: readonly (readonly [number, ApprovalEvent])[]) {
  let at = from
  for (const [now, event] of events) {
    const step = approvalAfter(at, event, now)
    if (!step.ok) return { at, code: step.code }
    at = step.approval
  }
  return { at, code: at.state }
}

test('a request goes where the answers take it', () => {
  for (const { name, from, events, to } of cases) assert.equal(run({ ...asked, ...from }, events).code, to, name)
})

test('an emergency is reviewed once, by somebody else, and ends where it was not in order', () => {
  const urgent: Approval = { ...asked, state: 'approved', until: 60, emergency: { reviewed: null } }
  const review = (id: string, ok: boolean): ApprovalEvent => ({ kind: 'review', by: user(id), ok, notes: null })
  assert.equal(run(urgent, [[5, review('alice', true)]]).code, 'own_request')
  assert.equal(run(urgent, [[5, review('carol', true)]]).code, 'approved')
  assert.equal(run(urgent, [[5, review('carol', false)]]).code, 'cancelled')
  assert.equal(
    run(urgent, [
      [5, review('carol', true)],
      [6, review('dave', false)],
    ]).code,
    'not_due',
  )
})

const people = fc.constantFrom('alice', 'carol', 'dave', 'erin')
const anyTerms: fc.Arbitrary<Terms> = fc.record({
  details: fc.subarray<Detail>([payment, { ...payment, actions: ['initiate'] }, { ...payment, identifier: 'inv-*' }]),
  ttl: fc.integer({ min: -1, max: 90 }),
  uses: fc.integer({ min: 0, max: 3 }),
})
const anyEvent: fc.Arbitrary<ApprovalEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ id: people, yes: fc.boolean(), meets: fc.subarray([0, 1]), narrowed: fc.option(anyTerms) })
      .map(({ id, ...more }) => says(id, more)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...(['cancel', 'expire', 'escalate', 'repeat', 'consume', 'revoke'] as const))
      .map(kind => ({ kind })),
  },
)

test('no order of events grants more than was asked, to nobody who may say so, or twice', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.subarray([demand, { ...demand, rule: 'r2' }]),
      fc.array(fc.tuple(fc.nat(20), anyEvent), { maxLength: 12 }),
      (needs, demands, steps) => {
        let now = 0
        let at: Approval = { ...asked, needs, demands }
        for (const [passed, event] of steps) {
          now += passed
          const before = approvalState(at, now)
          const step = approvalAfter(at, event, now)
          if (!step.ok) continue
          at = step.approval
          if (event.kind === 'answer') assert.equal(before, 'pending')
          if (before !== 'pending') assert.notEqual(at.state, 'pending')
          if (at.state === 'approved') {
            assert.ok(isEnough(at) && before !== 'denied' && before !== 'cancelled')
            assert.ok(isNarrower(at.terms, asked.terms))
            assert.ok(at.until !== null && at.until <= (at.endedAt ?? 0) + asked.terms.ttl)
          }
          const yeses = at.answers.filter(a => a.yes).map(a => a.by.id)
          assert.equal(new Set(at.answers.map(a => a.by.id)).size, at.answers.length)
          assert.ok(at.answers.every(a => !isOwn(at, a.by)))
          if (at.answers.some(a => !a.yes)) assert.equal(at.state, 'denied')
          assert.ok(at.state !== 'approved' || yeses.length >= needs)
        }
      },
    ),
    { seed: 6, numRuns: 2000 },
  )
})

const word = fc.constantFrom('a', 'ab', 'ab*', 'a*', '*', 'b')
const anyDetail: fc.Arbitrary<Detail> = fc.record({
  type: fc.constant('file_access'),
  actions: fc.subarray(['read', 'write', 'delete'], { minLength: 1 }),
  identifier: word,
})

test('what is narrower lets pass nothing that the wider would not', () => {
  fc.assert(
    fc.property(
      fc.array(anyDetail, { minLength: 1, maxLength: 3 }),
      fc.array(anyDetail, { maxLength: 3 }),
      fc.constantFrom('a', 'ab', 'abc', 'b', 'c'),
      (outer, inner, id) => {
        const wrap = (details: readonly Detail[]): Terms => ({ details, ttl: 5, uses: 1 })
        const lets = (details: readonly Detail[]) =>
          ['read', 'write', 'delete'].filter(action =>
            details
              .flatMap(operationsOf)
              .some(op => isWithin({ action, resource: { type: 'file', id, many: false }, given: {} }, op)),
          )
        assert.ok(isNarrower(wrap(outer), wrap(outer)))
        if (isNarrower(wrap(inner), wrap(outer)))
          for (const action of lets(inner)) assert.ok(lets(outer).includes(action))
      },
    ),
    { seed: 6, numRuns: 3000 },
  )
})

const read: readonly {
  readonly name: string
  readonly value: Parameters<typeof readDetails>[0]
  readonly problem?: RegExp
}[] = [
  { name: 'one object', value: { type: 'payment', actions: ['initiate'], identifier: 'inv-1' } },
  {
    name: 'a list',
    value: [
      { type: 'file_access', actions: ['read'] },
      { type: 'lumoauth_action', actions: ['shred'], identifier: 'record:1' },
    ],
  },
  { name: 'none', value: [], problem: /1 to 10/ },
  { name: 'a text', value: 'payment', problem: /an object/ },
  { name: 'an unknown type', value: { type: 'rocket', actions: ['go'] }, problem: /expected a `type`/ },
  { name: 'another type’s action', value: { type: 'payment', actions: ['read'] }, problem: /`read` is no action/ },
  { name: 'no action', value: { type: 'payment', actions: [] }, problem: /`actions`/ },
  { name: 'an action twice', value: { type: 'payment', actions: ['approve', 'approve'] }, problem: /once/ },
  {
    name: 'an action of the engine on nothing',
    value: { type: 'lumoauth_action', actions: ['delete'] },
    problem: /identifier/,
  },
  { name: 'an inherited type', value: { type: 'constructor', actions: ['x'] }, problem: /expected a `type`/ },
]

test('details are read, or refused with what was expected', () => {
  for (const { name, value, problem } of read) {
    const found = readDetails(value)
    if (problem === undefined) assert.ok(found.ok, name)
    else assert.match(found.ok ? '' : found.message, problem, name)
  }
})
