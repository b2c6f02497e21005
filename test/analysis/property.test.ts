import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Analysis, analyse, type Finding } from '../../src/analysis/analyse.ts'
import { factsOf } from '../../src/analysis/facts.ts'
import type { SourceRule } from '../../src/engine/compile.ts'
import type { Effect } from '../../src/policy/decision.ts'
import type { Answer, Facts } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import { emptyVocabulary } from '../../src/policy/vocabulary.ts'
import { ORG, type Random, randomFacts, randomOf, randomRequest, randomRules, ZONE } from '../engine/random.ts'
import { judge } from '../oracle.ts'

const SEED = Number(process.env.ANALYSIS_SEED ?? 20260601)
const POLICIES = 120
const REQUESTS = 300

const effectOf = (rules: readonly SourceRule[], request: Request, facts: Facts): Effect =>
  judge({ org: ORG, zone: ZONE, rules }, request, facts).effect

const RANK = { deny: 0, escalate: 1, allow: 2 }

/** A rule's own say, by the oracle: whether it applies to the request's only link. */
function matches(rule: SourceRule, request: Request, facts: Facts): boolean {
  const [link] = judge({ org: ORG, zone: ZONE, rules: [rule] }, request, facts).links
  const { effect } = rule.rule
  const lists = effect === 'approval' ? link?.waiting : effect === 'forbid' ? link?.forbids : link?.permits
  return lists?.includes(rule.id) ?? false
}

/** Answers the fragment knows: relations hold or not, choices and capabilities are as defined, nothing is out of reach. */
function plainFacts(seed: number): Facts {
  const facts = randomFacts(seed)
  return {
    answer(question): Answer {
      const answer = facts.answer(question)
      if (question.kind === 'grant') return { kind: 'truth', truth: 'no' }
      if (question.kind !== 'attribute') {
        return { kind: 'truth', truth: answer?.kind === 'truth' && answer.truth === 'yes' ? 'yes' : 'no' }
      }
      if (answer?.kind !== 'value') return { kind: 'absent' }
      const { value } = answer
      const texts = Array.isArray(value) && value.every(item => typeof item === 'string')
      if (question.name === 'capabilities' && !texts) return { kind: 'absent' }
      const chosen = question.name !== 'status' || typeof value !== 'string' || ['draft', 'approved'].includes(value)
      return chosen ? answer : { kind: 'absent' }
    },
  }
}

function plainRequest(r: Random): Request {
  const { subject, resource, context, ...rest } = randomRequest(r)
  const { status, ...others } = context
  return {
    ...rest,
    subject: { type: subject.type, id: subject.id },
    actors: [],
    resource: { type: resource.type, id: resource.id ?? '1' },
    context: status === 'draft' || status === 'approved' ? context : others,
  }
}

/** The same rule again, or with a clause less. */
const nearly = ({ id, text, rule }: SourceRule, r: Random): SourceRule => ({
  id: `near ${id}`,
  text: `nearly ${text}`,
  rule: r.chance(0.5) ? rule : { ...rule, condition: null },
})

const vocabulary = emptyVocabulary({ types: [] }, ZONE)
const run = (rules: readonly SourceRule[], before: readonly SourceRule[] | null): Analysis =>
  analyse({ rules, before, vocabulary, org: ORG, zone: ZONE, budget: 400_000 })

const show = (value: unknown): string => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v), 1)

function confirm(finding: Finding, rules: readonly SourceRule[], before: readonly SourceRule[]): void {
  if (finding.example === null) return
  const { request, tuples, attributes, effect } = finding.example
  const facts = factsOf(tuples, attributes)
  const now = effectOf(rules, request, facts)
  const told = `${finding.text}\n${show(finding)}\n${show(rules)}\n${show(before)}`
  assert.equal(now, effect, told)
  if (finding.kind === 'wider' || finding.kind === 'narrower') {
    const was = effectOf(before, request, facts)
    assert.equal(was, finding.example.before, told)
    assert.ok(finding.kind === 'wider' ? RANK[now] > RANK[was] : RANK[now] < RANK[was], told)
    return
  }
  const concerned = rules.filter(rule => rule.id === finding.rules[0]?.id)
  assert.ok(concerned.length > 0, told)
  if (request.actors.length === 0)
    assert.ok(
      concerned.some(rule => matches(rule, request, facts)),
      told,
    )
  if (finding.kind === 'contradicts') assert.notEqual(now, 'allow', told)
}

/** What the oracle sees of random requests must not belie what the analysis claims of all. */
function belied(finding: Finding, rules: readonly SourceRule[], request: Request, facts: Facts): boolean {
  const [first, second] = finding.rules.map(({ id }) => rules.find(rule => rule.id === id))
  if (first === undefined) return false
  const here = (rule: SourceRule): boolean => matches(rule, request, facts)
  if (finding.kind === 'never-matches') return finding.clause === null && here(first)
  if (finding.kind === 'duplicate') return second !== undefined && here(first) !== here(second)
  if (finding.kind !== 'shadowed' || !here(first)) return false
  return (
    effectOf(rules, request, facts) !==
    effectOf(
      rules.filter(rule => rule !== first),
      request,
      facts,
    )
  )
}

test(`examples hold, claims are not belied and changes are found, seed ${SEED}`, () => {
  const kinds: Record<string, number> = {}
  const seen = { wider: 0, narrower: 0, unknown: 0 }
  for (let i = 0; i < POLICIES; i++) {
    const r = randomOf(SEED + i)
    const before = randomRules(r, 4)
    const kept = before.filter(() => r.chance(0.6))
    const added = randomRules(r, 2).map(rule => ({ ...rule, id: `new ${rule.id}` }))
    const near = before.filter(() => r.chance(0.3)).map(source => nearly(source, r))
    const rules = [...kept, ...added, ...near]
    const found = run(rules, before)
    if (!found.complete) seen.unknown += 1
    for (const finding of found.findings) {
      kinds[finding.kind] = (kinds[finding.kind] ?? 0) + 1
      confirm(finding, rules, before)
    }
    for (let j = 0; j < REQUESTS; j++) {
      const request = plainRequest(r)
      const facts = plainFacts(r.below(1_000_000))
      const difference = RANK[effectOf(rules, request, facts)] - RANK[effectOf(before, request, facts)]
      if (difference !== 0) {
        const direction = difference > 0 ? 'wider' : 'narrower'
        seen[direction] += 1
        const told = found.findings.some(finding => finding.kind === direction) || !found.complete
        assert.ok(told, `policy ${i}: ${direction} not found\n${show(rules)}\n${show(before)}\n${show(request)}`)
      }
      for (const finding of found.findings) {
        assert.ok(
          !belied(finding, rules, request, facts),
          `policy ${i}: ${finding.text}\n${show(rules)}\n${show(request)}`,
        )
      }
    }
  }
  for (const kind of ['wider', 'narrower', 'never-matches', 'shadowed', 'duplicate'])
    assert.ok((kinds[kind] ?? 0) > 0, show(kinds))
  assert.ok(seen.wider > 50 && seen.narrower > 50, show(seen))
  assert.ok(seen.unknown < POLICIES / 2, show(seen))
  if (process.env.SHOW) process.stderr.write(show({ kinds, seen }))
})
