import { Option } from 'commander'
import { z } from 'zod'
import { call, keyOption, policiesPath } from './client.ts'
import type { AddCommand } from './command.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { EXIT, Fault } from './fault.ts'
import { addPolicyOptions, type PolicyOptions, vocabularyFrom } from './policy-options.ts'
import { out, printJson } from './print.ts'
import { joined, readSource } from './sources.ts'

const HELP = `
Compares what sentences mean, not how they are written or where they stand. Of a server, the two are versions,
\`current\`, or ids of drafts.
Exit code: 0 no difference, 1 some, 2 a text could not be read.

Examples:
  lumoauth diff before.policy after.policy --model my.fga
  lumoauth diff 41 current --url http://127.0.0.1:8080 --org acme-corp
`

interface Options extends PolicyOptions {
  readonly url?: string
  readonly org?: string
  readonly key?: string
  readonly json?: true
}

export const diffCommand: AddCommand = (program, finish) => {
  addPolicyOptions(program.command('diff').description('tell what changed between two policies, in English'))
    .argument('<before>', 'a policy file, or a version of a server')
    .argument('<after>', 'what to compare it with')
    .addOption(new Option('--url <url>', 'a server whose versions are meant'))
    .option('--org <slug>', 'the org of that server')
    .addOption(keyOption())
    .option('--json', 'print the changes as JSON')
    .addHelpText('after', HELP)
    .action(async (before: string, after: string, options: Options) => {
      const { renderDiff } = await import('../pdp/diff.ts')
      const changes =
        options.url === undefined ? await ofFiles(before, after, options) : await ofServer(before, after, options)
      if (options.json) printJson(changes)
      else out(renderDiff(changes))
      finish(changes.length === 0 ? EXIT.yes : EXIT.no)
    })
}

async function ofFiles(before: string, after: string, options: Options) {
  const { compileText } = await import('../language/compile.ts')
  const { diffPolicies } = await import('../pdp/diff.ts')
  const vocabulary = await vocabularyFrom(options)
  const read = (path: string) => {
    const source = readSource(path)
    const compiled = compileText(source.text, vocabulary, { file: path })
    const errors = compiled.diagnostics.filter(d => d.severity === 'error')
    if (errors.length > 0) throw new Fault(`\`${path}\` has errors\n${renderDiagnostics(errors, joined([source]))}`)
    return compiled
  }
  return diffPolicies(read(before), read(after))
}

async function ofServer(before: string, after: string, options: Options) {
  const { policyChange } = await import('../protocols/manage/history.ts')
  if (options.org === undefined) throw new Fault('a server has several orgs: name one with --org')
  const query = new URLSearchParams({ from: before, to: after })
  const path = `${policiesPath(options.org)}/diff?${query}`
  const { answer } = await call(options, { method: 'GET', path }, z.object({ data: z.array(policyChange) }))
  return answer.data
}
