import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome } from '../pdp/policy-tests.ts'
import type { AddCommand } from './command.ts'
import { EXIT, Fault, messageOf } from './fault.ts'
import { out } from './print.ts'
import type { FileRun } from './test-run.ts'

const HELP = `
Files named *.test.yaml say what is given, what is asked and what the answer must be; docs/policy-tests.md has the format:

  model: acme.fga
  policy: [acme.policy]
  given:
    tuples: ["document:1#owner@user:alice"]
  tests:
    - name: an owner may edit
      subject: user:alice
      action: edit
      resource: document:1
      expect: allow

Coverage: a rule is covered once it was a reason of an answer, a clause once it was seen both holding and failing.

Exit code: 0 all pass, 1 some fail or too little is covered, 2 some could not be read.

Examples:
  lumoauth test examples/acme
  lumoauth test policies models examples --verbose
  lumoauth test examples/acme --coverage --min-coverage 90 --lcov coverage/policy.info
`

const ENDING = '.test.yaml'

export const testCommand: AddCommand = (program, finish) => {
  program
    .command('test')
    .description('run policy tests')
    .argument('<path...>', `directories to look for *${ENDING} in, or such files`)
    .option('-v, --verbose', 'name the tests that pass too')
    .option('--coverage', 'tell which rules and clauses the tests leave open')
    .option('--lcov <file>', 'write coverage to a file in the LCOV format')
    .option('--min-coverage <percent>', 'fail where less of the rules and clauses is covered', percentFrom)
    .addHelpText('after', HELP)
    .action(async (paths: readonly string[], options: Options) => {
      const files = [...new Set(paths.flatMap(found))].sort()
      if (files.length === 0) throw new Fault(`there is no \`*${ENDING}\` under \`${paths.join('`, `')}\``)
      const { runs, unread } = await runAll(files, options.verbose === true)
      const outcomes = runs.flatMap(r => r.outcomes)
      const failed = outcomes.filter(o => o.problems.length > 0).length
      const notRun = unread === 0 ? '' : `, ${unread} ${unread === 1 ? 'file' : 'files'} not run`
      out(`\n${outcomes.length - failed} passed, ${failed} failed${notRun}`)
      const covered = await reportCoverage(runs, options)
      finish(unread > 0 ? EXIT.fault : failed > 0 || !covered ? EXIT.no : EXIT.yes)
    })
}

interface Options {
  readonly verbose?: true
  readonly coverage?: true
  readonly lcov?: string
  readonly minCoverage?: number
}

function percentFrom(text: string): number {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 100) {
    throw new Fault(`--min-coverage: \`${text}\` is no percentage: expected 0 to 100`)
  }
  return Number(text)
}

async function runAll(files: readonly string[], verbose: boolean) {
  const { shippedRules } = await import('./shipped.ts')
  const { runTestFile } = await import('./test-run.ts')
  const shipped = shippedRules()
  const runs: FileRun[] = []
  let unread = 0
  for (const file of files) {
    try {
      const run = await runTestFile(file, shipped, Date.now())
      runs.push(run)
      const failed = run.outcomes.filter(o => o.problems.length > 0)
      out(`${file}: ${run.outcomes.length - failed.length} passed, ${failed.length} failed`)
      for (const outcome of verbose ? run.outcomes : failed) await report(outcome)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      unread += 1
      out(`${file}: cannot be run\n${indented(error.message, 2)}`)
    }
  }
  return { runs, unread }
}

/** Whether enough is covered. */
async function reportCoverage(runs: readonly FileRun[], { coverage, lcov: path, minCoverage }: Options) {
  const { lcov, mergeCoverage, renderCoverage, totalCoverage } = await import('./coverage.ts')
  const files = mergeCoverage(runs.map(r => r.coverage))
  if (coverage) out(`\n${renderCoverage(files)}`)
  if (path !== undefined) writeText(path, lcov(files))
  const { percent } = totalCoverage(files)
  if (minCoverage === undefined || percent >= minCoverage) return true
  out(`\ncoverage is ${percent} %, below ${minCoverage} %`)
  return false
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new Fault(`cannot write \`${path}\`: ${messageOf(error)}`)
  }
}

function found(path: string): readonly string[] {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new Fault(`there is no \`${path}\``)
  if (!stat.isDirectory()) {
    if (path.endsWith(ENDING)) return [path]
    throw new Fault(`\`${path}\` is no policy test: expected a name that ends in ${ENDING}`)
  }
  return readdirSync(path, { withFileTypes: true }).flatMap(entry => {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') return []
    const inside = join(path, entry.name)
    if (entry.isDirectory()) return found(inside)
    return entry.name.endsWith(ENDING) ? [inside] : []
  })
}

async function report({ name, question, problems, trace }: Outcome): Promise<void> {
  if (problems.length === 0) {
    out(`  ok    ${name}`)
    return
  }
  const { renderTrace } = await import('../engine/render.ts')
  out(`  FAIL  ${name}\n        ${question}`)
  for (const problem of problems) out(`        ${problem}`)
  if (trace !== null) out(indented(renderTrace(trace), 10))
}

const indented = (text: string, by: number): string => text.trimEnd().replaceAll(/^(?=.)/gm, ' '.repeat(by))
