import { z } from 'zod'
import { addServerOptions, call, type OrgServer, policiesPath } from './client.ts'
import type { AddCommand } from './command.ts'
import { EXIT } from './fault.ts'
import { out, printJson } from './print.ts'
import { textOf } from './sources.ts'

const HELP = `
The server asks its newest logged decisions again, of the published policy and of these files, and tells which would be
answered otherwise, by the rules that make the difference. Nothing is published.
Exit code: 0 nothing would change, 1 something would, 2 it could not be told.

Examples:
  lumoauth impact my.policy --url http://127.0.0.1:8080 --org acme-corp
  lumoauth impact my.policy --url http://127.0.0.1:8080 --org acme-corp --last 10000 --since 2026-03-01T00:00:00Z
`

interface Options extends OrgServer {
  readonly last: string
  readonly since?: string
  readonly recorded?: true
  readonly examples: string
}

export const impactCommand: AddCommand = (program, finish) => {
  addServerOptions(program.command('impact').description('tell which real decisions a draft would change'))
    .argument('<file...>', 'policy files, read as one policy')
    .option('--last <count>', 'how many decisions to look at, 10000 at the most', '1000')
    .option('--since <instant>', 'none before this, such as 2026-03-04T10:00:00Z')
    .option('--recorded', 'on the facts each decision recorded, not on those stored now')
    .option('--examples <count>', 'decisions shown of each rule', '5')
    .addHelpText('after', HELP)
    .action(async (files: readonly string[], options: Options) => {
      const { impactAnswer } = await import('../protocols/manage/impact.ts')
      const body = {
        text: textOf(files),
        last: Number(options.last),
        examples: Number(options.examples),
        facts: options.recorded ? 'recorded' : 'live',
        ...(options.since !== undefined && { since: options.since }),
      }
      const path = `${policiesPath(options.org)}/impact`
      const { answer } = await call(options, { method: 'POST', path, body }, z.object({ data: impactAnswer }))
      if (options.json) printJson(answer.data)
      else out(rendered(answer.data))
      finish(answer.data.flips === 0 ? EXIT.yes : EXIT.no)
    })
}

type Impact = z.infer<typeof import('../protocols/manage/impact.ts')['impactAnswer']>

function rendered({ looked, unsure, complete, oldest, newest, flips, turns, rules, version }: Impact): string {
  const span = oldest === null || newest === null ? '' : `, from ${oldest} to ${newest}`
  const lines = [`${looked} decisions looked at${span}; compared with version ${version}`]
  if (!complete) lines.push('time ran out before all were looked at')
  if (unsure > 0) lines.push(`${unsure} could not be made again from what they recorded`)
  lines.push(flips === 0 ? 'none would change' : `${flips} would change: ${turnText(turns)}`)
  for (const { sentence, rule, count, in: where, turns: own, examples } of rules) {
    lines.push('', `${MARK[where]} ${sentence} [${rule}]`, `  ${count}: ${turnText(own)}`)
    for (const one of examples) lines.push(`    ${one.before} → ${one.after}  ${one.request} [${one.decision}]`)
  }
  return `${lines.join('\n')}\n`
}

const MARK = { published: '-', draft: '+', both: '=' } as const

const turnText = (turns: Impact['turns']): string =>
  turns.map(({ before, after, count }) => `${count} ${before} → ${after}`).join(', ')
