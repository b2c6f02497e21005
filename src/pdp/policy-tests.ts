import { setImmediate as nextTurn } from 'node:timers/promises'
import type { KeyRecord, StoredTuple } from '../facts/store.ts'
import type { Effect, Trace, Verdict } from '../policy/decision.ts'
import type { Entity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import type { Request } from '../policy/request.ts'
import { validateTuple } from '../relations/tuple.ts'
import { check } from './check.ts'
import { type CoverageNotes, createCoverage } from './coverage.ts'
import { PdpError } from './errors.ts'
import { explainNow } from './explain.ts'
import { type OrgState, stateOf } from './org.ts'
import { checkPolicy, refuseFaults } from './policies.ts'
import { type AskedCase, askCase } from './question-tests.ts'
import { askModel, type RelationCase } from './relation-tests.ts'
import { requestText } from './request-text.ts'
import type { Shipped } from './shipped.ts'

/** What is true besides rules and model: tuples, attributes, and API keys by their id. */
export interface Given {
  readonly tuples: readonly StoredTuple[]
  readonly attributes: readonly { readonly entity: Entity; readonly name: string; readonly value: Json }[]
  readonly keys: readonly KeyRecord[]
}

/** One question and the answer it must get. */
export interface Case {
  readonly name: string
  /** One request, a question in English, or what the model makes of the tuples. */
  readonly asks: { readonly kind: 'request'; readonly request: Request } | AskedCase | RelationCase
  /** False where the test names no time: then the answer may not depend on it. */
  readonly timed: boolean
  readonly expect: Effect
  /** Part of the sentence of a rule that must be among the reasons. */
  readonly because: string | null
  /** Part of what a denial must name as missing. */
  readonly missing: string | null
}

/** What came of one case; `problems` is empty when it passed, and `trace` is there when it did not. */
export interface Outcome {
  readonly name: string
  readonly question: string
  readonly effect: Effect
  readonly problems: readonly string[]
  readonly trace: Trace | null
}

export interface TestRun {
  readonly outcomes: readonly Outcome[]
  readonly coverage: CoverageNotes
}

/**
 * The org with a draft for its policy and nothing stored but what is given. Fails with `invalid_policy`,
 * `invalid_tuple`, `model_missing`.
 */
export function draftState(state: OrgState, text: string, given: Given, shipped: Shipped): OrgState {
  refuseFaults(checkPolicy(state, text), 'the draft has errors; nothing was tested')
  refuseTuples(state, given.tuples)
  const { org, model, revision } = state
  const policy = { version: state.policy.version + 1, text, author: '', note: '', publishedAt: 0 }
  return stateOf({ org, revision, model, policy, ...given }, shipped, state.hops)
}

function refuseTuples({ model }: OrgState, tuples: readonly StoredTuple[]): void {
  if (tuples.length === 0) return
  if (model === null) throw new PdpError('model_missing', 'the org has no model yet, so nothing can be given as tuples')
  const problems = tuples.flatMap((tuple, index) => {
    const problem = validateTuple(model.model, tuple)
    return problem === null ? [] : [{ index, problem: problem.message }]
  })
  if (problems.length === 0) return
  throw new PdpError('invalid_tuple', problems[0]?.problem ?? '', { problems: problems.slice(0, 100) })
}

/** API keys by id and role: operators are keys of the instance, the others of the org. */
export function givenKeys(roles: Readonly<Record<string, string>>, org: string): readonly KeyRecord[] {
  return Object.entries(roles).map(([id, role]) => ({
    id,
    org: role === 'operator' ? null : org,
    name: id,
    role,
    hash: '',
    createdAt: 0,
    revokedAt: null,
  }))
}

/** Cases decided in one turn of the event loop. */
const TURN = 20

/** Asks every case. Others are served in between. */
export async function runCases(state: OrgState, cases: readonly Case[]): Promise<TestRun> {
  const coverage = createCoverage(state)
  const outcomes: Outcome[] = []
  for (const [i, one] of cases.entries()) {
    if (i % TURN === TURN - 1) await nextTurn()
    outcomes.push(outcomeOf(state, one, coverage))
  }
  return { outcomes, coverage }
}

function outcomeOf(state: OrgState, one: Case, coverage: CoverageNotes): Outcome {
  switch (one.asks.kind) {
    case 'request':
      return decide(state, one, one.asks.request, coverage)
    case 'question':
      return askOne(state, one, one.asks, coverage)
    case 'relations':
      return { name: one.name, trace: null, ...askModel(state.graph, one.asks) }
  }
}

function decide(state: OrgState, one: Case, request: Request, coverage: CoverageNotes): Outcome {
  const { verdict } = check(state, request)
  coverage.note(request, verdict)
  const problems = problemsOf(verdict, one)
  const trace = problems.length === 0 ? null : explainNow(state, request)
  return { name: one.name, question: requestText(request, state.org.zone), effect: verdict.effect, problems, trace }
}

function askOne(state: OrgState, one: Case, asked: AskedCase, coverage: CoverageNotes): Outcome {
  const {
    verdict,
    effect,
    problems: found,
    request,
  } = askCase(state, asked, one.expect, each => {
    const { verdict: own } = check(state, each)
    coverage.note(each, own)
    return own
  })
  const problems = verdict === null ? found : problemsOf(verdict, one)
  const trace = problems.length === 0 || request === null ? null : explainNow(state, request)
  return { name: one.name, question: asked.canonical, effect, problems, trace }
}

function problemsOf(verdict: Verdict, { expect, because, missing, timed }: Case): readonly string[] {
  const problems: string[] = []
  if (verdict.effect !== expect) problems.push(`expected ${expect}, got ${verdict.effect}`)
  else if (!timed && verdict.validUntil !== null) problems.push('the answer depends on the time: say when with `at`')
  if (because !== null && !verdict.reasons.some(r => r.sentence.includes(because))) {
    problems.push(`expected a reason with \`${because}\``)
  }
  if (missing !== null && !verdict.missing.some(m => m.text.includes(missing) || m.clause.includes(missing))) {
    problems.push(`expected something missing with \`${missing}\``)
  }
  return problems
}
