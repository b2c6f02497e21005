import type { Analysis, Finding } from '../analysis/analyse.ts'
import type { Compiled } from '../language/compile.ts'
import type { AddCommand } from './command.ts'
import { pointed, renderDiagnostics } from './diagnostics.ts'
import { EXIT, Fault } from './fault.ts'
import { out, printJson } from './print.ts'
import { joined, readSource, type Sources } from './sources.ts'

const HELP = `
Shows rules that never match, contradict one another, never decide or say the same twice, and with --before what the
new rules let through that the old ones did not, and the other way round. Each finding has a request that shows it.
Exit code: 0 when the files were analysed, whatever was found; 1 when they have errors.

Examples:
  lumoauth analyze examples/acme/acme.policy --model models/acme.fga --zone Europe/Berlin
  lumoauth analyze new.policy --before old.policy --model my.fga
  lumoauth analyze my.policy --json
`

interface Options {
  readonly before?: readonly string[]
  readonly model?: string
  readonly zone: string
  readonly org: string
  readonly budget?: string
  readonly json?: true
}

export const analyzeCommand: AddCommand = (program, finish) => {
  program
    .command('analyze')
    .description('show what is wrong with rules, and what a change of them lets through')
    .argument('<file...>', 'policy files')
    .option('--before <file...>', 'the policy files these would replace')
    .option('--model <file>', 'the OpenFGA model whose types and relations the rules speak of')
    .option('--zone <zone>', "the org's time zone, an IANA name", 'UTC')
    .option('--org <slug>', 'the org whose rules these are', 'local')
    .option('--budget <looks>', 'how much work to spend: a hundred thousand looks take about half a second')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', HELP)
    .action(async (files: readonly string[], options: Options) => {
      const { compileSources, modelFrom, zoneFrom } = await import('./world.ts')
      const { analyse, BUDGET } = await import('../analysis/analyse.ts')
      const budget = options.budget === undefined ? BUDGET : budgetFrom(options.budget)
      const org = { slug: options.org, name: options.org, zone: zoneFrom(options.zone) }
      const model = options.model === undefined ? null : modelFrom(readSource(options.model)).model
      const version = (names: readonly string[]): Version => {
        const sources = joined(names.map(readSource))
        return { sources, compiled: compileSources(org, model, sources) }
      }
      const after = version(files)
      const before = options.before === undefined ? null : version(options.before)
      const versions = before === null ? [after] : [after, before]
      for (const { sources, compiled } of versions) {
        const errors = compiled.diagnostics.filter(d => d.severity === 'error')
        if (errors.length === 0) continue
        out(renderDiagnostics(errors, sources))
        finish(EXIT.no)
        return
      }
      const { rules, vocabulary } = after.compiled
      const found = analyse({
        rules,
        before: before?.compiled.rules ?? null,
        vocabulary,
        org: org.slug,
        zone: org.zone,
        budget,
      })
      if (options.json) printJson(found)
      else report(found, versions)
      finish(EXIT.yes)
    })
}

interface Version {
  readonly sources: Sources
  readonly compiled: Compiled
}

function budgetFrom(text: string): number {
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text)
  throw new Fault(`\`${text}\` is no budget: expected a whole number such as 100000`)
}

function report({ findings, more, unknown, complete }: Analysis, versions: readonly Version[]): void {
  for (const finding of findings) out(rendered(finding, versions))
  for (const text of unknown) out(`${text}\n`)
  const parts = [`${findings.length + more} finding${findings.length + more === 1 ? '' : 's'}`]
  if (more > 0) parts.push(`${more} not shown`)
  if (!complete) parts.push('not everything could be told')
  out(parts.join(', '))
}

/** Where the rule stands, what is found, the line with its rule marked, and the example. */
function rendered(finding: Finding, versions: readonly Version[]): string {
  const id = finding.rules[0]?.id
  const lines: string[] = []
  for (const { sources, compiled } of versions) {
    const rule = compiled.rules.find(r => r.id === id)
    if (rule === undefined) continue
    const { file, span } = sources.place(rule)
    lines.push(`${file}:${span.line}:${span.column}: ${finding.kind}: ${finding.text}`)
    lines.push(...pointed(sources.lineAt(rule.span.line), span.column, span.end - span.start))
    break
  }
  if (lines.length === 0) lines.push(`${finding.kind}: ${finding.text}`)
  if (finding.kind === 'never-matches') {
    if (finding.clause !== null && finding.because.length > 0) lines.push(`  because: ${finding.because.join('; ')}`)
  } else if (finding.kind !== 'wider' && finding.kind !== 'narrower')
    lines.push(`  for example: ${finding.example.text}`)
  return `${lines.join('\n')}\n`
}
