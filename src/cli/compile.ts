import type { Checkup } from '../pdp/policies.ts'
import type { AddCommand } from './command.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { EXIT } from './fault.ts'
import { out, printJson } from './print.ts'
import { joined, readSource, type Sources } from './sources.ts'

const HELP = `
Several files are read as one policy: what one defines, the others may use.
Without --model no types and relations are known but those the files define.
Exit code: 0 when the policy could be published, 1 when it has errors.

Examples:
  lumoauth compile examples/acme/acme.policy --model models/acme.fga --zone Europe/Berlin
  lumoauth compile policies/*.policy --model models/system.fga --print
  lumoauth compile my.policy --model my.fga --json
`

interface Options {
  readonly model?: string
  readonly zone: string
  readonly print?: true
  readonly json?: true
}

export const compileCommand: AddCommand = (program, finish) => {
  program
    .command('compile')
    .description('read rules in English and show every fault in them')
    .argument('<file...>', 'policy files')
    .option('--model <file>', 'the OpenFGA model whose types and relations the rules speak of')
    .option('--zone <zone>', "the org's time zone, an IANA name", 'UTC')
    .option('--print', 'print each sentence as it was understood')
    .option('--json', 'print diagnostics and sentences as JSON')
    .addHelpText('after', HELP)
    .action(async (files: readonly string[], options: Options) => {
      const { compileSources, modelFrom, zoneFrom } = await import('./world.ts')
      const { checkupOf } = await import('../pdp/policies.ts')
      const sources = joined(files.map(readSource))
      const org = { slug: 'local', name: 'local', zone: zoneFrom(options.zone) }
      const model = options.model === undefined ? null : modelFrom(readSource(options.model)).model
      const checkup = checkupOf(compileSources(org, model, sources))
      if (options.json) printJson({ ...checkup, diagnostics: checkup.diagnostics.map(sources.place) })
      else report(checkup, sources, options.print === true)
      finish(checkup.ok ? EXIT.yes : EXIT.no)
    })
}

function report({ diagnostics, sentences }: Checkup, sources: Sources, print: boolean): void {
  if (print) for (const sentence of sentences) out(sentence.canonical)
  if (diagnostics.length > 0) out(`${print ? '\n' : ''}${renderDiagnostics(diagnostics, sources)}`)
  const rules = sentences.filter(s => s.id !== null).length
  const errors = diagnostics.filter(d => d.severity === 'error').length
  const parts = [
    counted(rules, 'rule'),
    counted(sentences.length - rules, 'definition'),
    counted(errors, 'error'),
    counted(diagnostics.length - errors, 'warning'),
  ]
  out(`${print && diagnostics.length === 0 ? '\n' : ''}${parts.join(', ')}`)
}

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
