import { dirname, join } from 'node:path'
import type { RuleCoverage } from '../pdp/coverage.ts'
import { PdpError } from '../pdp/errors.ts'
import { type Outcome, runCases } from '../pdp/policy-tests.ts'
import type { Shipped } from '../pdp/shipped.ts'
import { givenFrom } from '../protocols/manage/given-shape.ts'
import { casesOf } from '../protocols/manage/test-cases.ts'
import type { FileCoverage } from './coverage.ts'
import { Fault } from './fault.ts'
import { joined, readSource, type Sources } from './sources.ts'
import { readTestFile } from './test-file.ts'
import { worldOf } from './world.ts'

export interface FileRun {
  readonly outcomes: readonly Outcome[]
  readonly coverage: readonly FileCoverage[]
}

/** Runs all tests of a file. Fails with a `Fault` where the file, its model or its policy cannot be read. */
export async function runTestFile(path: string, shipped: Shipped, now: number): Promise<FileRun> {
  const file = readTestFile(path)
  const beside = (name: string) => readSource(join(dirname(path), name))
  const inline = file.rules === undefined ? [] : [{ name: `${path} (rules)`, text: file.rules }]
  const policies = [...file.policy.map(beside), ...inline]
  const state = worldOf(
    {
      org: file.org,
      zone: file.zone,
      model: file.model === undefined ? null : beside(file.model),
      policies,
      given: givenFrom(file.given, file.org),
    },
    shipped,
  )
  const scene = { org: file.org, zone: file.zone, at: file.at, vocabulary: state.vocabulary }
  const cases = asFault(() => casesOf(file.tests, scene, now))
  const { outcomes, coverage } = await runCases(state, cases)
  const files = new Set(policies.slice(0, file.policy.length).map(p => p.name))
  return { outcomes, coverage: coverageByFile(coverage.rules(), joined(policies), files) }
}

function asFault<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof PdpError ? new Fault(error.message) : error
  }
}

/** `files` are those that are all policy; rules elsewhere stand within another text. */
function coverageByFile(
  rules: readonly RuleCoverage[],
  sources: Sources,
  files: ReadonlySet<string>,
): readonly FileCoverage[] {
  const found = new Map<string, FileCoverage['rules'][number][]>()
  for (const rule of rules) {
    const { file, span } = sources.at(rule.span)
    const lines = sources.text.slice(rule.span.start, rule.span.end).split('\n').length
    found.set(file, [...(found.get(file) ?? []), { ...rule, span, lines }])
  }
  return [...found].map(([file, own]) => ({ file, isPolicy: files.has(file), rules: own }))
}
