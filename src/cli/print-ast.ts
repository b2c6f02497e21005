import type { AddCommand } from './command.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { EXIT, Fault, messageOf } from './fault.ts'
import { out, printJson } from './print.ts'
import { joined, readSource } from './sources.ts'

const HELP = `
The file holds one AST, a list of them, or what \`lumoauth compile --json\` prints. Each is written as its canonical
sentence and read again: --policy names the files whose definitions it may use.
Exit code: 0 when every sentence reads back as the AST it came from, 1 when one does not.

Examples:
  lumoauth compile examples/acme/acme.policy --model models/acme.fga --json > acme.json
  lumoauth print acme.json --model models/acme.fga --policy examples/acme/acme.policy
`

interface Options {
  readonly model?: string
  readonly policy?: readonly string[]
  readonly zone: string
  readonly json?: true
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

export const printAstCommand: AddCommand = (program, finish) => {
  program
    .command('print')
    .description('write rules in English from their AST as JSON')
    .argument('<file>', 'JSON of the shape at /schemas/policy-ast.json')
    .option('--model <file>', 'the OpenFGA model whose types and relations the rules speak of')
    .option('--policy <file>', 'rules and definitions; may be repeated', collect)
    .option('--zone <zone>', "the org's time zone, an IANA name", 'UTC')
    .option('--json', 'print sentences and diagnostics as JSON')
    .addHelpText('after', HELP)
    .action(async (file: string, options: Options) => {
      const { compileSources, modelFrom, zoneFrom } = await import('./world.ts')
      const { printAst } = await import('../pdp/print-ast.ts')
      const statements = await statementsIn(file)
      const org = { slug: 'local', name: 'local', zone: zoneFrom(options.zone) }
      const model = options.model === undefined ? null : modelFrom(readSource(options.model)).model
      const { vocabulary } = compileSources(org, model, joined((options.policy ?? []).map(readSource)))
      const printed = printAst(statements, vocabulary)
      if (options.json) printJson(printed)
      else {
        for (const { text, same, diagnostics, readAs } of printed) {
          out(text)
          if (readAs !== null) out(`  is read as: ${readAs}`)
          const sources = joined([{ name: file, text: printed.map(p => `${p.text}\n\n`).join('') }])
          if (!same && diagnostics.length > 0) out(renderDiagnostics(diagnostics, sources))
        }
      }
      finish(printed.every(p => p.same) ? EXIT.yes : EXIT.no)
    })
}

async function statementsIn(file: string) {
  const { z } = await import('zod')
  const { statement } = await import('../protocols/manage/ast-shape.ts')
  const { problemOf } = await import('../protocols/problem.ts')
  const one = statement.transform(ast => [ast])
  const compiled = z.object({ sentences: z.array(z.object({ ast: statement })) })
  let json: unknown
  try {
    json = JSON.parse(readSource(file).text)
  } catch (error) {
    throw error instanceof Fault ? error : new Fault(`${file}: not JSON: ${messageOf(error)}`)
  }
  const shape = Array.isArray(json)
    ? z.array(statement)
    : typeof json === 'object' && json !== null && 'sentences' in json
      ? compiled.transform(({ sentences }) => sentences.map(s => s.ast))
      : one
  const read = shape.safeParse(json)
  if (!read.success) throw new Fault(`${file}: ${problemOf(read.error)}`)
  return read.data
}
