import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildIndex } from '../../src/engine/candidates.ts'
import type { PolicySet } from '../../src/engine/compile.ts'
import { decide, linksOf } from '../../src/engine/decide.ts'
import { explain } from '../../src/engine/explain.ts'
import { renderTrace } from '../../src/engine/render.ts'
import { factsIn } from '../../src/engine/residual.ts'
import { specialize } from '../../src/engine/specialize.ts'
import type { TraceNode, Verdict } from '../../src/policy/decision.ts'
import type { Json } from '../../src/policy/json.ts'
import type { Answer, Facts, Question } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import { type Case, compileCase, showCase } from './case.ts'
import { questionText, type Random, randomFacts, randomOf, randomRequest, randomRule, randomRules } from './random.ts'

const OPEN = { deny: 0, escalate: 1, allow: 2 } as const

function decided(set: PolicySet, request: Request, facts: Facts): Verdict {
  const verdict = decide(set, request, facts)
  if ('kind' in verdict) throw new Error('a needed fact was not answered')
  return verdict
}

/** Runs a law on many random cases; `check` answers what is wrong, or null. */
function law(name: string, sets: number, check: (c: Case, set: PolicySet, facts: Facts, r: Random) => string | null) {
  test(name, () => {
    for (let i = 0; i < sets; i++) {
      const r = randomOf(7_000_000 + i)
      const rules = randomRules(r, 7)
      const set = compileCase(rules)
      for (let j = 0; j < 20; j++) {
        const c: Case = { rules, request: randomRequest(r), world: r.below(1_000_000) }
        const wrong = check(c, set, randomFacts(c.world), r)
        if (wrong !== null) assert.fail(`set ${i}, request ${j}: ${wrong}\n${showCase(c)}`)
      }
    }
  })
}

/** Answers only what was fetched before. */
function remote(facts: Facts): { readonly facts: Facts; fetch(questions: readonly Question[]): void } {
  const fetched = new Map<string, Answer>()
  return {
    facts: { answer: question => fetched.get(questionText(question)), stands: facts.stands, task: facts.task },
    fetch(questions) {
      for (const question of questions) {
        const answer = facts.answer(question)
        if (answer !== undefined) fetched.set(questionText(question), answer)
      }
    },
  }
}

law('facts fetched in rounds decide as facts at hand, within four rounds', 300, (c, set, facts) => {
  const far = remote(facts)
  for (let round = 0; round <= 4; round++) {
    const found = decide(set, c.request, far.facts)
    if ('kind' in found) {
      if (found.questions.length === 0) return 'needs nothing, yet decides nothing'
      far.fetch(found.questions)
      continue
    }
    const near = decided(set, c.request, facts)
    if (found.effect !== near.effect) return `${found.effect} in rounds, ${near.effect} at once`
    return found.effect === 'allow' || JSON.stringify(found.reasons) === JSON.stringify(near.reasons)
      ? null
      : 'other reasons in rounds'
  }
  return 'still asking after four rounds'
})

law('a question is asked once a link, and every question asked is recorded', 200, (c, set, facts, r) => {
  const asked: string[] = []
  const spy: Facts = {
    ...facts,
    answer(question) {
      asked.push(questionText(question))
      return facts.answer(question)
    },
  }
  const link = r.pick(linksOf(c.request))
  const left = specialize(set, link, spy)
  if (left.kind === 'needs') return 'needs'
  return JSON.stringify(factsIn(left).map(f => questionText(f.question))) === JSON.stringify(asked)
    ? null
    : 'not recorded'
})

law('explain says what decide says, and shows why', 200, (c, set, facts) => {
  const verdict = decided(set, c.request, facts)
  const trace = explain(set, c.request, facts)
  if (JSON.stringify(trace.verdict) !== JSON.stringify(verdict)) return 'another verdict'
  const truths = new Map<string, Set<string>>()
  const visit = (node: TraceNode): void => {
    if (node.rule !== undefined) truths.set(node.rule, (truths.get(node.rule) ?? new Set()).add(node.truth))
    node.children.forEach(visit)
  }
  trace.links.forEach(visit)
  for (const { rule, truth } of verdict.reasons) {
    if (truths.get(rule)?.has(truth) !== true) return `the trace does not show that \`${rule}\` is ${truth}`
  }
  const lines = renderTrace(trace).split('\n')
  return lines[0] === verdict.effect && lines.every(l => !/undefined|\[object/.test(l)) ? null : renderTrace(trace)
})

law('adding a forbid never opens a door', 200, (c, set, facts, r) => {
  const rule = { ...randomRule(r), effect: 'forbid', approver: null } as const
  const more = compileCase([...c.rules, { id: 'extra', text: 'extra', rule }])
  const before = decided(set, c.request, facts).effect
  const after = decided(more, c.request, facts).effect
  return OPEN[after] <= OPEN[before] ? null : `${before} became ${after}`
})

/** Whether anything in a value is of a kind. */
const mentions = (value: unknown, kind: string): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (('kind' in value && value.kind === kind) || Object.values(value).some(part => mentions(part, kind)))

law('a narrower chain never opens a door', 200, (c, set, facts, r) => {
  const more = { ...c.request, actors: [...c.request.actors, r.pick([{ type: 'agent', id: 'a1' }, c.request.subject])] }
  if (c.rules.some(({ rule }) => rule.effect === 'approval')) return null
  // Whether anyone acts for the subject is the one thing of its own link that the first actor changes.
  if (c.request.actors.length === 0 && mentions(c.rules, 'delegated')) return null
  const before = decided(set, c.request, facts).effect
  const after = decided(set, more, facts)
  // A grant is for one chain, and may well be for this one.
  if (after.reasons.some(({ effect }) => effect === 'grant')) return null
  return OPEN[after.effect] <= OPEN[before] ? null : `${before} became ${after.effect}`
})

/** The same world with every gap filled. */
function filled(facts: Facts, values: readonly Json[], r: Random): Facts {
  const known = new Map<string, Answer>()
  const fill = (question: Question, answer: Answer): Answer => {
    if (question.kind === 'attribute') {
      if (answer.kind === 'value' || answer.kind === 'absent') return answer
      return r.chance(0.3) ? { kind: 'absent' } : { kind: 'value', value: r.pick(values) }
    }
    if (answer.kind === 'grants' || (answer.kind === 'truth' && answer.truth !== 'unknown')) return answer
    return { kind: 'truth', truth: r.chance(0.5) ? 'yes' : 'no' }
  }
  return {
    task: facts.task,
    stands: meter => facts.stands?.(meter) ?? { used: r.pick([0, 5]), reserved: 0 },
    answer(question) {
      const key = questionText(question)
      const answer = known.get(key) ?? fill(question, facts.answer(question) ?? { kind: 'absent' })
      known.set(key, answer)
      return answer
    },
  }
}

/**
 * What holds when unknowns become known. A forbid that holds goes on denying. An allow stays an allow, except one that
 * rests on a grant whose rule is then known not to apply, so that nothing is left to permit. An escalation for a rule
 * that holds never becomes an allow.
 */
law('learning what was unknown never flips a settled answer', 600, (c, set, facts, r) => {
  const before = decided(set, c.request, facts)
  const context = Object.hasOwn(c.request.context, 'ip') ? c.request.context : { ...c.request.context, ip: '10.0.0.1' }
  const after = decided(set, { ...c.request, context }, filled(facts, [5, 'draft', true, ['draft']], r))
  if (before.effect === 'deny' && before.reasons.some(x => x.truth === 'yes')) {
    return after.effect === 'deny' ? null : `a forbid held, yet became ${after.effect}`
  }
  if (before.effect === 'escalate' && before.reasons.some(x => x.truth === 'yes') && after.effect === 'allow') {
    return grantUnknown(c, facts) ? null : 'a required approval held, yet became allow'
  }
  if (before.effect === 'allow' && !before.reasons.some(x => x.effect === 'grant' && x.truth === 'unknown')) {
    return after.effect === 'allow' ? null : `allow became ${after.effect}`
  }
  return null
})

/** Whether some grant was itself unknown, so that learning it may well open. */
function grantUnknown(c: Case, facts: Facts): boolean {
  let unknown = false
  const spy: Facts = {
    ...facts,
    answer(question) {
      const answer = facts.answer(question)
      if (question.kind === 'grant' && (answer?.kind !== 'truth' || answer.truth === 'unknown')) unknown = true
      return answer
    },
  }
  decide(compileCase(c.rules), c.request, spy)
  return unknown
}

law('the index leaves out only rules that do not apply', 300, (c, set, facts) => {
  const flat = set.rules
    .filter(rule => rule.actions === null || rule.actions.includes(c.request.action))
    .map(rule => ({ ...rule, actions: null, subject: { kind: 'anyone' }, resource: { kind: 'anything' } }) as const)
  const scan = decided({ ...set, index: buildIndex(flat) }, c.request, facts)
  const indexed = decided(set, c.request, facts)
  if (scan.effect !== indexed.effect) return `${indexed.effect} by index, ${scan.effect} by scan`
  return JSON.stringify(scan.reasons) === JSON.stringify(indexed.reasons) ? null : 'other reasons by scan'
})

law('the effect is constant until validUntil, and the boundary is ahead', 800, (c, set, facts) => {
  const { request } = c
  const first = decided(set, request, facts)
  const end = first.validUntil ?? request.at + 400 * 86_400_000
  if (end <= request.at) return 'validUntil is not ahead'
  for (const share of [0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]) {
    const at = request.at + Math.floor((end - 1 - request.at) * share)
    const later = decided(set, { ...request, at }, facts)
    if (later.effect !== first.effect) return `${first.effect} became ${later.effect} at ${new Date(at).toISOString()}`
  }
  const last = decided(set, { ...request, at: end - 1 }, facts)
  return last.effect === first.effect ? null : 'flipped before its end'
})

law('missing is bounded, present on a deny by default, and names the link', 200, (c, set, facts) => {
  const verdict = decided(set, c.request, facts)
  const names = [c.request.subject, ...c.request.actors].map(e => `${e.type}:${e.id}`)
  if (verdict.missing.length > 5) return 'too many'
  if (verdict.effect !== 'deny') return verdict.missing.length === 0 ? null : 'something missing without a deny'
  if (verdict.reasons.length === 0 && verdict.missing.length === 0) return 'nothing named'
  for (const { text, for: whose } of verdict.missing) {
    if (!names.includes(whose) || text === '' || /undefined|\[object/.test(text)) return `odd: ${text} for ${whose}`
  }
  return null
})
