import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from '../../src/engine/explain.ts'
import { renderTrace } from '../../src/engine/render.ts'
import type { Condition, SubjectPhrase, Term } from '../../src/policy/ast.ts'
import type { Json } from '../../src/policy/json.ts'
import type { Literal } from '../../src/policy/value.ts'
import {
  anyone,
  attribute,
  brief,
  compare,
  decided,
  decimal,
  each,
  facts,
  it,
  me,
  named,
  policies,
  related,
  request,
  rule,
  text,
  the,
  their,
} from './build.ts'

const acting = (actor: SubjectPhrase, principal: SubjectPhrase): SubjectPhrase => ({
  kind: 'acting',
  actor,
  for: principal,
})
const except = (of: SubjectPhrase, but: SubjectPhrase): SubjectPhrase => ({ kind: 'except', of, but })
const manager: Term = { kind: 'holder', type: 'user', relation: 'manager', on: me }
const bot = { actors: [{ type: 'agent', id: 'bot' }] }
const anything = { kind: 'anything' } as const
const everyone = rule('permit', each('user'), 'read', each('document'))

const says = (rules: ReturnType<typeof rule>[], ask: ReturnType<typeof request>, told: Record<string, Json> = {}) =>
  brief(decided(policies(...rules), ask, told))

test('acting is of an actor, and for is whom it acts for', () => {
  const reader = acting(each('agent'), each('user', related(it, 'reader', me)))
  const rules = [everyone, rule('permit', reader, 'read', each('document'))]
  const ask = request('user:alice read document:1', bot)
  const told = { 'document:1#reader@user:alice': true }
  assert.equal(says(rules, ask, told), 'allow | r1 permit for user:alice | r2 permit for agent:bot')
  assert.equal(says(rules, ask), 'deny | alice is not a reader of document:1')
})

test('one who acts alone acts for nobody', () => {
  const rules = [rule('permit', acting(each('agent'), anyone), 'read', each('document'))]
  assert.equal(says(rules, request('agent:bot read document:1')), 'deny | agent:bot does not act for anyone')
  const whole = says(rules, request('user:alice read document:1', bot))
  assert.equal(whole, 'deny | alice does not act for anyone | alice is not an agent')
})

test("an actor's principal brings its own attributes, stored or given; the actor's are another's", () => {
  const cleared = compare(attribute('subject.clearance'), 'eq', text('high'))
  const rules = [everyone, rule('permit', acting(each('agent'), each('user', cleared)), 'read', each('document'))]
  const ask = request('user:alice read document:1', bot)
  const given = { ...ask, subject: { ...ask.subject, properties: { clearance: 'high' } } }
  assert.equal(decided(policies(...rules), ask, { 'user:alice.clearance': 'high' }).effect, 'allow')
  assert.equal(decided(policies(...rules), given, {}).effect, 'allow')
  assert.equal(decided(policies(...rules), given, { 'user:alice.clearance': 'low' }).effect, 'deny')
  assert.equal(says(rules, ask, { 'agent:bot.clearance': 'high' }), 'deny | alice has no `clearance`?')
  const own = [everyone, rule('permit', each('agent', cleared), 'read', each('document'))]
  assert.equal(says(own, given), 'deny | agent:bot has no `clearance`?')
})

test('nobody stands behind a principal', () => {
  const nested = acting(each('agent'), acting(anyone, anyone))
  const rules = [everyone, rule('permit', nested, 'read', each('document'))]
  assert.equal(decided(policies(...rules), request('user:alice read document:1', bot), {}).effect, 'deny')
})

test('an exception takes out whom it names, and what is unknown of it keeps a permit away', () => {
  const contractor = each('user', compare(attribute('subject.employment'), 'eq', text('contract')))
  const rules = [
    rule('permit', except(each('user'), contractor), 'read', {
      kind: 'except',
      of: each('document'),
      but: named('document:9'),
    }),
  ]
  const ask = request('user:alice read document:1')
  assert.equal(says(rules, ask, { 'user:alice.employment': 'permanent' }), 'allow | r1 permit for user:alice')
  assert.equal(
    says(rules, ask, { 'user:alice.employment': 'contract' }),
    'deny | alice is a user and the `employment` of alice is contract',
  )
  assert.equal(decided(policies(...rules), ask, {}).effect, 'deny')
  const ninth = request('user:alice read document:9')
  assert.equal(says(rules, ninth, { 'user:alice.employment': 'permanent' }), 'deny | document:9 is document:9')
})

test('who or what it is, and whether someone acts for them', () => {
  const is = (of: 'subject' | 'resource', one: string): Condition => ({ kind: 'is', of, entity: named(one).entity })
  const rules = [rule('permit', anyone, 'read', anything, is('subject', 'user:alice'))]
  assert.equal(says(rules, request('user:alice read document:1')), 'allow | r1 permit for user:alice')
  assert.equal(says(rules, request('user:bob read document:1')), 'deny | bob is not alice')
  const what = [rule('permit', anyone, 'read', anything, is('resource', 'document:1'))]
  assert.equal(says(what, request('user:bob read document:1')), 'allow | r1 permit for user:bob')
  assert.equal(
    says(what, request('user:bob read document')),
    'deny | whether this is document:1 is not known: no particular document was named?',
  )
  const alone = [
    rule('permit', anyone, 'read', anything),
    rule('forbid', anyone, 'read', anything, { kind: 'delegated' }),
  ]
  assert.equal(says(alone, request('user:alice read document:1')), 'allow | r1 permit for user:alice')
  assert.equal(
    says(alone, request('user:alice read document:1', bot)),
    'deny | r2 forbid for user:alice | r2 forbid for agent:bot',
  )
})

test('a place is a country by code or name, and nothing else', () => {
  const place = (name: string | null, countries: string[]): Condition => ({
    kind: 'place',
    of: attribute('context.country', { kind: 'country' }),
    region: { name, countries },
  })
  const from = (country: Json | undefined) =>
    request('user:alice read document:1', { context: country === undefined ? {} : { country } })
  const rules = [rule('permit', anyone, 'read', anything, place('EU', ['DE', 'FR']))]
  for (const country of ['DE', 'de', 'Germany', 'the Federal Republic', 'fr']) {
    const known = country !== 'the Federal Republic'
    assert.equal(decided(policies(...rules), from(country), {}).effect, known ? 'allow' : 'deny', country)
  }
  assert.equal(says(rules, from('US')), "deny | the request's `country` is US, not in the EU")
  assert.equal(says(rules, from('Atlantis')), "deny | the request's `country` is Atlantis, which is not a country?")
  assert.equal(says(rules, from(undefined)), "deny | no `country` in the request's context?")
  const outside = [
    rule('permit', anyone, 'read', anything),
    rule('forbid', anyone, 'read', anything, { kind: 'not', of: place(null, ['US']) }),
  ]
  assert.equal(decided(policies(...outside), from('USA'), {}).effect, 'allow')
  assert.equal(decided(policies(...outside), from('Mars'), {}).effect, 'deny')
  assert.equal(decided(policies(...outside), from(undefined), {}).effect, 'deny')
})

test('quantities compare across units of one kind', () => {
  const quantity = (n: number, unit: string): Literal => ({ kind: 'quantity', number: decimal(n), unit })
  const size = attribute('resource.size', { kind: 'quantity', unit: 'byte' })
  const over = (n: number, unit: string) => [
    rule('permit', anyone, 'read', anything, compare(size, 'gt', quantity(n, unit))),
  ]
  const effect = (n: number, unit: string, held: Json): string =>
    decided(policies(...over(n, unit)), request('user:alice read document:1'), { 'document:1.size': held }).effect
  assert.equal(effect(5, 'MB', 5_000_001), 'allow')
  assert.equal(effect(5, 'MB', 5_000_000), 'deny')
  assert.equal(effect(5, 'MiB', 5_000_001), 'deny')
  assert.equal(effect(5, 'minute', 5_000_001), 'deny')
  assert.equal(effect(5, 'kg', 5_000_001), 'deny')
  assert.equal(effect(5, 'MB', '6 MB'), 'deny')
})

test('an approval may be asked of someone by name or by what they are', () => {
  const needs = (relation: string | null, on: Term) => ({
    ...rule('approval', anyone, 'read', anything),
    approver: { relation, on },
  })
  const whose = (relation: string | null, on: Term): string => {
    const { obligations } = decided(policies(needs(relation, on)), request('user:alice read document:1'))
    return obligations.map(o => `${o.relation} of ${o.on}`).join()
  }
  assert.equal(whose(null, the('user:bob')), 'null of user:bob')
  assert.equal(whose(null, manager), "null of alice's manager")
  assert.equal(whose('owner', me), 'owner of user:alice')
  const trace = explain(policies(needs(null, manager)), request('user:alice read document:1'), facts({}))
  assert.match(renderTrace(trace), /needs a yes from alice's manager/)
})

test('chains are told in words', () => {
  const folder: Term = { kind: 'holder', type: 'folder', relation: 'parent', on: it }
  const department: Term = { kind: 'some', type: 'department', relation: 'member', of: manager }
  const reader: Term = { kind: 'holder', type: 'user', relation: 'can_read', on: it }
  const cases: [Condition, string][] = [
    [related(the('team:eng'), 'member', manager), 'no manager of alice is a member of team:eng'],
    [related(folder, 'owner', me), 'alice is not an owner of any parent of document:1'],
    [
      related(folder, 'owner', department),
      "no department that alice's manager is a member of is an owner of any parent of document:1",
    ],
    [
      related(their('team'), 'lead', reader),
      'no user that holds `can_read` on document:1 is a lead of any team that alice is a member of',
    ],
    [
      related(it, 'parent', { kind: 'some', type: 'folder', relation: 'owner', of: department }),
      "no folder whose owner is some department that alice's manager is a member of is a parent of document:1",
    ],
    [
      related(the('team:eng'), 'lead', { ...manager, on: manager } as Term),
      "no manager of alice's manager is a lead of team:eng",
    ],
  ]
  for (const [condition, told] of cases) {
    const rules = [rule('permit', each('user'), 'read', each('document'), condition)]
    assert.equal(says(rules, request('user:alice read document:1')), `deny | ${told}`)
  }
})
