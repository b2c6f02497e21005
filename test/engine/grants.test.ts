import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Call, combine, linksOf } from '../../src/engine/decide.ts'
import { settle } from '../../src/engine/settle.ts'
import { specialize } from '../../src/engine/specialize.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import type { Facts, GrantFact } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import { anyone, brief, MONDAY, named, policies, request, rule } from './build.ts'
import { questionText } from './random.ts'

const HOUR = 3_600_000

const grant = (more: Partial<GrantFact> = {}): GrantFact => ({
  id: 'grt_1',
  task: 'task_1',
  uses: 1,
  until: MONDAY + HOUR,
  says: 'user:carol approved it',
  ...more,
})

const needsApproval = rule('approval', anyone, 'delete', { kind: 'anything' })
const forbidden = rule('forbid', named('agent:bad'), null, { kind: 'anything' })
const permitted = rule('permit', anyone, 'read', { kind: 'anything' })
const set = policies(needsApproval, forbidden, permitted)

function settled(asked: Request, held: Record<string, readonly GrantFact[]>, call: Partial<Call> = {}): Verdict {
  const facts: Facts = {
    answer(question) {
      const grants = held[questionText(question)]
      if (grants !== undefined) return { kind: 'grants', grants }
      return question.kind === 'attribute' ? { kind: 'absent' } : { kind: 'truth', truth: 'no' }
    },
  }
  return combine(
    linksOf(asked).map(link => {
      const left = specialize(set, link, facts)
      if (left.kind === 'needs') throw new Error('needs facts')
      const { context, at, task, resource } = asked
      return settle(left, { context, at, task, resourceProperties: resource.properties, fits: () => 'yes', ...call })
    }),
  )
}

const asked = request('agent:x delete document:1', { task: 'task_1' })
const KEY = 'grant agent:x delete document:1 r1'
const own = { task: 'task_1' }

const cases: readonly {
  readonly name: string
  readonly asked?: Request
  readonly held: Record<string, readonly GrantFact[]>
  readonly call?: Partial<Call>
  readonly says: string
  readonly takes?: readonly string[]
  readonly until?: number | null
}[] = [
  {
    name: 'a grant lets pass what it was asked for',
    held: { [KEY]: [grant()] },
    says: 'allow | r1 grant for agent:x',
    takes: ['grant grt_1 1 of 1'],
    until: MONDAY + HOUR,
  },
  { name: 'no grant', held: {}, says: 'escalate | r1 approval for agent:x' },
  {
    name: 'for another rule',
    held: { 'grant agent:x delete document:1 r9': [grant()] },
    says: 'escalate | r1 approval for agent:x',
  },
  { name: 'of another task', held: { [KEY]: [grant({ task: 'task_2' })] }, says: 'escalate | r1 approval for agent:x' },
  {
    name: 'without a task',
    asked: request('agent:x delete document:1'),
    held: { [KEY]: [grant()] },
    says: 'escalate | r1 approval for agent:x',
  },
  { name: 'at its end', held: { [KEY]: [grant({ until: MONDAY })] }, says: 'escalate | r1 approval for agent:x' },
  {
    name: 'used up',
    held: { [KEY]: [grant()] },
    call: { fits: () => 'no' },
    says: 'escalate | r1 approval for agent:x',
  },
  {
    name: 'whether a use is left is not known',
    held: { [KEY]: [grant()] },
    call: { fits: () => 'unknown' },
    says: 'escalate | r1 approval for agent:x',
  },
  {
    name: 'nobody counts',
    held: { [KEY]: [grant()] },
    call: { fits: undefined },
    says: 'escalate | r1 approval for agent:x',
  },
  {
    name: 'the first that has a use left',
    held: { [KEY]: [grant(), grant({ id: 'grt_2', uses: 3, until: MONDAY + 2 * HOUR })] },
    call: { fits: ({ of }) => (of === 'grt_1' ? 'no' : 'yes') },
    says: 'allow | r1 grant for agent:x',
    takes: ['grant grt_2 1 of 3'],
    until: MONDAY + 2 * HOUR,
  },
  {
    name: 'no forbid is overridden',
    asked: request('agent:bad delete document:1', own),
    held: { 'grant agent:bad delete document:1 r1': [grant()], 'grant agent:bad delete document:1 null': [grant()] },
    says: 'deny | r2 forbid for agent:bad',
  },
  {
    name: 'what no rule asked for permits by itself',
    asked: request('agent:x send mail:1', own),
    held: { 'grant agent:x send mail:1 null': [grant()] },
    says: 'allow | grt_1 grant for agent:x',
    takes: ['grant grt_1 1 of 1'],
    until: MONDAY + HOUR,
  },
  {
    name: 'and satisfies no rule that asks',
    held: { 'grant agent:x delete document:1 null': [grant()] },
    says: 'escalate | r1 approval for agent:x',
  },
  {
    name: 'a permit takes no use',
    asked: request('agent:x read document:1', own),
    held: { 'grant agent:x read document:1 null': [grant()] },
    says: 'allow | r3 permit for agent:x',
    until: null,
  },
  {
    name: 'one use for a chain, whose links all need it',
    asked: request('user:alice send mail:1', { ...own, actors: [{ type: 'agent', id: 'x' }] }),
    held: {
      'grant user:alice agent:x send mail:1 null': [grant()],
      'grant agent:x user:alice agent:x send mail:1 null': [grant()],
    },
    says: 'allow | grt_1 grant for user:alice | grt_1 grant for agent:x',
    takes: ['grant grt_1 1 of 1'],
    until: MONDAY + HOUR,
  },
  {
    name: 'one link without it',
    asked: request('user:alice send mail:1', { ...own, actors: [{ type: 'agent', id: 'x' }] }),
    held: { 'grant user:alice agent:x send mail:1 null': [grant()] },
    says: 'deny',
  },
  {
    name: 'the very amount that was approved',
    asked: request('agent:x delete document:1', {
      ...own,
      resource: { type: 'document', id: '1', properties: { amount: 5 } },
    }),
    held: { [KEY]: [grant({ given: { amount: 5 } })] },
    says: 'allow | r1 grant for agent:x',
    takes: ['grant grt_1 1 of 1'],
    until: MONDAY + HOUR,
  },
  {
    name: 'another amount',
    asked: request('agent:x delete document:1', {
      ...own,
      resource: { type: 'document', id: '1', properties: { amount: 500 } },
    }),
    held: { [KEY]: [grant({ given: { amount: 5 } })] },
    says: 'escalate | r1 approval for agent:x',
  },
  { name: 'no amount', held: { [KEY]: [grant({ given: { amount: 5 } })] }, says: 'escalate | r1 approval for agent:x' },
]

test('a grant permits exactly what was approved, while its task, its time and its uses last', () => {
  for (const { name, asked: one = asked, held, call, says, takes, until } of cases) {
    const verdict = settled(one, held, call)
    assert.equal(brief({ ...verdict, missing: [] }), says, name)
    assert.deepEqual(
      verdict.charges?.map(c => `${c.counter} ${c.amount} of ${c.cap}`),
      takes,
      name,
    )
    if (until !== undefined) assert.equal(verdict.validUntil, until, name)
  }
})
