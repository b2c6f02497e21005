import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meterText } from '../../src/engine/charges.ts'
import { combine, decide } from '../../src/engine/decide.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import { judge, type LinkOutcome, linksSeen, type Seen } from '../oracle.ts'
import { isFree, takesOf } from '../oracle-charges.ts'
import { type Case, compileCase, settleLinks, showCase, shrink } from './case.ts'
import { ORG, randomFacts, randomOf, randomRequest, randomRules, ZONE } from './random.ts'

const SETS = 1500
const REQUESTS = 80
const SEED = Number(process.env.ORACLE_SEED ?? 20260504)

const named = (verdict: Verdict): readonly string[] =>
  verdict.reasons.map(r => (r.truth === 'yes' ? r.rule : `${r.rule}?`))

/** What must be named for a link: all that bar it, all that wait, or one that is enough to allow it. */
function agrees(verdict: Verdict, outcome: LinkOutcome): boolean {
  if (verdict.effect !== outcome.effect) return false
  const rules = named(verdict)
  const expected =
    outcome.effect === 'deny' ? outcome.forbids : outcome.effect === 'escalate' ? outcome.waiting : outcome.granted
  if (outcome.effect === 'allow' && outcome.granted.length === 0) {
    if (rules.length !== 1) return false
    return outcome.permits.includes(rules[0] ?? '') || (outcome.approved && verdict.reasons[0]?.effect === 'grant')
  }
  if (outcome.effect === 'escalate' && verdict.obligations.length !== expected.length) return false
  return JSON.stringify(rules) === JSON.stringify(expected)
}

/** What is wrong with what an allow takes: each meter once, and by a permit that takes nothing where there is one. */
function otherCharges(verdict: Verdict, { effect, granted, permits }: LinkOutcome, seen: Seen): string | null {
  const charges = (verdict.charges ?? []).filter(c => !c.counter.startsWith('grant '))
  if (effect !== 'allow') return charges.length === 0 ? null : 'a charge without an allow'
  const byGrant = granted.length > 0 || verdict.reasons[0]?.effect === 'grant'
  const permit = byGrant ? null : (verdict.reasons[0]?.rule ?? '')
  if (byGrant && granted.length === 0 && permits.length > 0) return 'a grant was taken that no use was for'
  if (permit !== null && !isFree(seen, permit) && permits.some(id => isFree(seen, id)))
    return `\`${permit}\` is not free`
  const expected = new Map<string, string>()
  for (const { counter, window, amount, cap } of takesOf(seen, permit)) {
    const key = `${counter} ${JSON.stringify(window)}`
    const known = expected.get(key)?.split(' ').map(Number) ?? [0, Number.POSITIVE_INFINITY]
    expected.set(key, `${Math.max(amount, known[0] ?? 0)} ${Math.min(cap, known[1] ?? cap)}`)
  }
  const found = new Map(charges.map(c => [`${c.counter} ${JSON.stringify(c.window)}`, `${c.amount} ${c.cap}`]))
  const sorted = (map: Map<string, string>): string => JSON.stringify([...map].sort())
  return sorted(found) === sorted(expected) ? null : `takes ${sorted(found)}, should take ${sorted(expected)}`
}

function disagreement(c: Case, set = compileCase(c.rules)): string | null {
  const facts = randomFacts(c.world)
  const outcome = judge({ org: ORG, zone: ZONE, rules: c.rules }, c.request, facts)
  const links = settleLinks(set, c.request, facts)
  const whole = decide(set, c.request, facts)
  if ('kind' in whole) return 'decide needs facts that were all at hand'
  if (JSON.stringify(whole) !== JSON.stringify(combine(links))) return 'decide is not what its links come to'
  if (whole.effect !== 'allow' && whole.charges !== undefined) return 'what is not allowed takes something'
  if (new Set(whole.charges?.map(meterText)).size !== (whole.charges?.length ?? 0)) return 'one use taken twice'
  if (whole.effect !== outcome.effect) return `engine says ${whole.effect}, oracle says ${outcome.effect}`
  for (const [i, link] of outcome.links.entries()) {
    const verdict = links[i]
    if (verdict === undefined || !agrees(verdict, link)) return `link ${i} should be ${JSON.stringify(link)}`
    const seen = linksSeen({ org: ORG, zone: ZONE, rules: c.rules }, c.request, facts)[i]
    const wrong = seen === undefined ? 'no such link' : otherCharges(verdict, link, seen)
    if (wrong !== null) return `link ${i}: ${wrong}`
  }
  return null
}

test(`engine and oracle agree on ${SETS * REQUESTS} random cases, seed ${SEED}`, () => {
  const effects = { allow: 0, deny: 0, escalate: 0 }
  let charged = 0
  for (let i = 0; i < SETS; i++) {
    const r = randomOf(SEED + i)
    const rules = randomRules(r, 9)
    const set = compileCase(rules)
    for (let j = 0; j < REQUESTS; j++) {
      const c: Case = { rules, request: randomRequest(r), world: r.below(1_000_000) }
      const wrong = disagreement(c, set)
      if (wrong !== null) {
        const small = shrink(c, candidate => disagreement(candidate) !== null)
        assert.fail(`set ${i}, request ${j}: ${disagreement(small)}\n${showCase(small)}`)
      }
      const verdict = decide(set, c.request, randomFacts(c.world))
      if ('effect' in verdict) effects[verdict.effect] += 1
      if ('charges' in verdict) charged += 1
    }
  }
  const least = (SETS * REQUESTS) / 100
  assert.ok(effects.allow > least && effects.deny > least && effects.escalate > least, JSON.stringify(effects))
  assert.ok(charged > 200, `${charged} charged`)
})
