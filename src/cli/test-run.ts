import { dirname, join } from 'node:path'
import type { KeyRecord } from '../facts/store.ts'
import { check } from '../pdp/check.ts'
import { explainNow, renderTrace } from '../pdp/explain.ts'
import type { OrgState } from '../pdp/org.ts'
import type { Shipped } from '../pdp/shipped.ts'
import type { Verdict } from '../policy/decision.ts'
import { attributeList } from './facts.ts'
import { readSource } from './sources.ts'
import { type Case, casesOf, questionOf } from './test-cases.ts'
import { readTestFile } from './test-file.ts'
import type { TestFile } from './test-shape.ts'
import { worldOf } from './world.ts'

/** What came of one case; `problems` is empty when it passed. */
export interface Outcome {
  readonly name: string
  readonly question: string
  readonly problems: readonly string[]
  /** The trace to read, of a case that failed. */
  readonly trace: string
}

/** Runs all tests of a file. Fails with a `Fault` where the file, its model or its policy cannot be read. */
export function runTestFile(path: string, shipped: Shipped, now: number): readonly Outcome[] {
  const file = readTestFile(path)
  const cases = casesOf(file, now)
  const beside = (name: string) => readSource(join(dirname(path), name))
  const inline = file.rules === undefined ? [] : [{ name: `${path} (rules)`, text: file.rules }]
  const state = worldOf(
    {
      org: file.org,
      zone: file.zone,
      model: file.model === undefined ? null : beside(file.model),
      policies: [...file.policy.map(beside), ...inline],
      given: {
        tuples: file.given.tuples,
        attributes: attributeList(file.given.attributes),
        keys: keysOf(file),
      },
    },
    shipped,
  )
  return cases.map(testCase => runCase(state, testCase))
}

/** Keys by id; operators are keys of the instance, the others of the org. */
function keysOf({ given, org }: TestFile): readonly KeyRecord[] {
  return Object.entries(given.keys).map(([id, role]) => ({
    id,
    org: role === 'operator' ? null : org,
    name: id,
    role,
    hash: '',
    createdAt: 0,
    revokedAt: null,
  }))
}

function runCase(state: OrgState, testCase: Case): Outcome {
  const { name, request } = testCase
  const { verdict } = check(state, request)
  const problems = problemsOf(verdict, testCase)
  const trace = problems.length === 0 ? '' : renderTrace(explainNow(state, request))
  return { name, question: questionOf(request), problems, trace }
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
