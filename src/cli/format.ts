import { writeFileSync } from 'node:fs'
import type { AddCommand } from './command.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { EXIT, Fault, messageOf } from './fault.ts'
import { addPolicyOptions, type PolicyOptions, vocabularyFrom } from './policy-options.ts'
import { out } from './print.ts'
import { joined, readSource } from './sources.ts'

const HELP = `
Each sentence is put in its canonical words. Names, headings, remarks and blank lines stay as they are, and so does a
sentence with errors. Each file stands for itself: what its sentences use, it defines, or the model has.
Exit code: 0; with --check 1 where a file is not formatted; 1 where one has errors.

Examples:
  lumoauth format examples/acme/acme.policy --model models/acme.fga
  lumoauth format my.policy other.policy --model my.fga --write
  lumoauth format my.policy --model my.fga --check
`

interface Options extends PolicyOptions {
  readonly write?: true
  readonly check?: true
}

export const formatCommand: AddCommand = (program, finish) => {
  addPolicyOptions(program.command('format').description('put rules in their canonical words'))
    .argument('<file...>', 'policy files')
    .option('--write', 'change the files instead of printing them')
    .option('--check', 'only tell which files are not formatted')
    .addHelpText('after', HELP)
    .action(async (files: readonly string[], options: Options) => {
      const { formatText } = await import('../language/format.ts')
      const vocabulary = await vocabularyFrom(options)
      let ok = true
      for (const source of files.map(readSource)) {
        const { text, diagnostics } = formatText(source.text, vocabulary, { file: source.name })
        const changed = text !== source.text
        const faults = diagnostics.filter(d => d.severity === 'error')
        if (faults.length > 0) out(renderDiagnostics(faults, joined([source])))
        if (options.check && changed) out(`${source.name}: not formatted`)
        if (options.write && changed) replace(source.name, text)
        if (!options.check && !options.write) out(text)
        ok &&= faults.length === 0 && !(options.check && changed)
      }
      finish(ok ? EXIT.yes : EXIT.no)
    })
}

function replace(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new Fault(`cannot write \`${path}\`: ${messageOf(error)}`)
  }
  out(`${path}: formatted`)
}
