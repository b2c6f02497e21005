import { z } from 'zod'
import { countCoverage, type RuleCoverage } from '../../pdp/coverage.ts'
import { draftState, type Outcome, runCases } from '../../pdp/policy-tests.ts'
import type { Service } from '../../pdp/service.ts'
import { traceNode } from '../explain/shapes.ts'
import { type Route, route } from '../route.ts'
import { given, givenFrom } from './given-shape.ts'
import { one, span } from './shapes.ts'
import { draftSource, textOf } from './source.ts'
import { casesOf } from './test-cases.ts'
import { caseShape, instant } from './test-shape.ts'

const result = z.object({
  name: z.string(),
  question: z.string(),
  effect: z.enum(['allow', 'deny', 'escalate']),
  passed: z.boolean(),
  problems: z.array(z.string()),
  trace: z.array(traceNode).nullable(),
})

const covered = z.object({
  id: z.string(),
  text: z.string(),
  span,
  decided: z.int(),
  clauses: z.array(z.object({ text: z.string(), held: z.int(), failed: z.int() })),
})

const run = z.object({
  passed: z.int(),
  failed: z.int(),
  results: z.array(result),
  coverage: z.object({
    percent: z.int(),
    rules: z.int(),
    rules_covered: z.int(),
    clauses: z.int(),
    clauses_covered: z.int(),
    by_rule: z.array(covered),
  }),
})

/** Questions asked in one call: what bounds its work. */
const MOST_CASES = 2_000

/** Tests of a draft, before it is published. */
export function policyTestRoutes(service: Service): readonly Route[] {
  return [
    route({
      operation: 'testPolicy',
      method: 'POST',
      path: '/orgs/{org}/api/v1/admin/policies/test',
      tag: 'policies',
      summary: 'Ask a text or draft questions with known answers, on given facts alone; nothing is stored',
      needs: { scope: 'org', act: { action: 'read', type: 'org_policy' } },
      body: z.intersection(
        draftSource,
        z.object({ given: given.prefault({}), at: instant, tests: z.array(caseShape).min(1).max(MOST_CASES) }),
      ),
      answers: { 200: { description: 'what came of each question, and what they cover', schema: one(run) } },
      async handle({ state, body }) {
        const { slug, zone } = state.org
        const text = await textOf(service, state, body)
        const draft = draftState(state, text, givenFrom(body.given, slug), service.shipped)
        const scene = { org: slug, zone, at: body.at, vocabulary: draft.vocabulary }
        const cases = casesOf(body.tests, scene, service.clock(), MOST_CASES)
        const { outcomes, coverage } = await runCases(draft, cases)
        const results = outcomes.map(resultBody)
        const failed = results.filter(r => !r.passed).length
        const data = { passed: results.length - failed, failed, results, coverage: coverageBody(coverage.rules()) }
        return { status: 200, body: { data } }
      },
    }),
  ]
}

const resultBody = ({ name, question, effect, problems, trace }: Outcome) => ({
  name,
  question,
  effect,
  passed: problems.length === 0,
  problems,
  trace: trace?.links ?? null,
})

function coverageBody(byRule: readonly RuleCoverage[]) {
  const { percent, rules, rulesCovered, clauses, clausesCovered } = countCoverage(byRule)
  return { percent, rules, rules_covered: rulesCovered, clauses, clauses_covered: clausesCovered, by_rule: byRule }
}
