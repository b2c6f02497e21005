import { compilePolicies, type SourceRule } from '../../src/engine/compile.ts'
import { callOf, linksOf } from '../../src/engine/decide.ts'
import { settle } from '../../src/engine/settle.ts'
import { specialize } from '../../src/engine/specialize.ts'
import type { Condition } from '../../src/policy/ast.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import type { Facts } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import { ORG, randomFacts, ZONE } from './random.ts'

/** One random case: enough to run it again. `world` is the seed of the facts. */
export interface Case {
  readonly rules: readonly SourceRule[]
  readonly request: Request
  readonly world: number
}

export const compileCase = (rules: readonly SourceRule[]) =>
  compilePolicies(rules, { org: ORG, zone: ZONE, version: 1 })

/** The verdict of each link, each through its residual. */
export function settleLinks(set: ReturnType<typeof compileCase>, request: Request, facts: Facts): readonly Verdict[] {
  return linksOf(request).map((link, i) => {
    const left = specialize(set, link, facts)
    if (left.kind === 'needs') throw new Error('a needed fact was not answered')
    return settle(left, callOf(request, i === 0, facts))
  })
}

/** The smallest case found that still fails, by leaving things out one by one. */
export function shrink(failing: Case, fails: (c: Case) => boolean): Case {
  let smallest = failing
  for (let again = true; again; ) {
    again = false
    for (const smaller of smallerCases(smallest)) {
      if (!fails(smaller)) continue
      smallest = smaller
      again = true
      break
    }
  }
  return smallest
}

function* smallerCases(c: Case): Generator<Case> {
  for (const [i] of c.rules.entries()) if (c.rules.length > 1) yield { ...c, rules: c.rules.toSpliced(i, 1) }
  const { request } = c
  for (const [i] of request.actors.entries()) {
    yield { ...c, request: { ...request, actors: request.actors.toSpliced(i, 1) } }
  }
  for (const key of Object.keys(request.context)) {
    const { [key]: _, ...context } = request.context
    yield { ...c, request: { ...request, context } }
  }
  for (const [i, source] of c.rules.entries()) {
    for (const condition of smallerConditions(source.rule.condition)) {
      yield { ...c, rules: c.rules.with(i, { ...source, rule: { ...source.rule, condition } }) }
    }
    const { subject, resource } = source.rule
    if ('where' in subject && subject.kind === 'type' && subject.where !== null) {
      yield {
        ...c,
        rules: c.rules.with(i, { ...source, rule: { ...source.rule, subject: { ...subject, where: null } } }),
      }
    }
    if (resource.kind === 'type' && resource.where !== null) {
      yield {
        ...c,
        rules: c.rules.with(i, { ...source, rule: { ...source.rule, resource: { ...resource, where: null } } }),
      }
    }
  }
}

function smallerConditions(condition: Condition | null): readonly (Condition | null)[] {
  if (condition === null) return []
  if (condition.kind === 'not') return [null, condition.of]
  if (condition.kind === 'all' || condition.kind === 'any') return [null, ...condition.of]
  return [null]
}

export function showCase(c: Case): string {
  const facts = randomFacts(c.world)
  const asked: string[] = []
  const spy: Facts = {
    ...facts,
    answer(question) {
      const answer = facts.answer(question)
      asked.push(`${JSON.stringify(question)} → ${JSON.stringify(answer)}`)
      return answer
    },
  }
  let verdicts: unknown
  try {
    verdicts = settleLinks(compileCase(c.rules), c.request, spy)
  } catch (error) {
    verdicts = String(error)
  }
  const text = (value: unknown): string => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v), 2)
  return `${text(c.rules)}\n${text(c.request)}\nworld ${c.world}\n${[...new Set(asked)].join('\n')}\n${text(verdicts)}`
}
