import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AddCommand } from './command.ts'
import { EXIT, Fault } from './fault.ts'
import { out } from './print.ts'
import type { Outcome } from './test-run.ts'

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

Exit code: 0 all pass, 1 some fail, 2 some could not be read.

Examples:
  lumoauth test examples/acme
  lumoauth test policies models examples --verbose
`

const ENDING = '.test.yaml'

export const testCommand: AddCommand = (program, finish) => {
  program
    .command('test')
    .description('run policy tests')
    .argument('<path...>', `directories to look for *${ENDING} in, or such files`)
    .option('-v, --verbose', 'name the tests that pass too')
    .addHelpText('after', HELP)
    .action(async (paths: readonly string[], options: { readonly verbose?: true }) => {
      const files = [...new Set(paths.flatMap(found))].sort()
      if (files.length === 0) throw new Fault(`there is no \`*${ENDING}\` under \`${paths.join('`, `')}\``)
      const { shippedRules } = await import('./shipped.ts')
      const { runTestFile } = await import('./test-run.ts')
      const shipped = shippedRules()
      const count = { passed: 0, failed: 0, unread: 0 }
      for (const file of files) {
        try {
          const outcomes = runTestFile(file, shipped, Date.now())
          const failed = outcomes.filter(o => o.problems.length > 0)
          count.failed += failed.length
          count.passed += outcomes.length - failed.length
          out(`${file}: ${outcomes.length - failed.length} passed, ${failed.length} failed`)
          for (const outcome of options.verbose ? outcomes : failed) report(outcome)
        } catch (error) {
          if (!(error instanceof Fault)) throw error
          count.unread += 1
          out(`${file}: cannot be run\n${indented(error.message, 2)}`)
        }
      }
      const unread = count.unread === 0 ? '' : `, ${count.unread} ${count.unread === 1 ? 'file' : 'files'} not run`
      out(`\n${count.passed} passed, ${count.failed} failed${unread}`)
      finish(count.unread > 0 ? EXIT.fault : count.failed > 0 ? EXIT.no : EXIT.yes)
    })
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

function report({ name, question, problems, trace }: Outcome): void {
  if (problems.length === 0) {
    out(`  ok    ${name}`)
    return
  }
  out(`  FAIL  ${name}\n        ${question}`)
  for (const problem of problems) out(`        ${problem}`)
  out(indented(trace, 10))
}

const indented = (text: string, by: number): string => text.trimEnd().replaceAll(/^(?=.)/gm, ' '.repeat(by))
