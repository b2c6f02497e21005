import { z } from 'zod'
import { addServerOptions, call, type OrgServer, policiesPath } from './client.ts'
import type { AddCommand } from './command.ts'
import { out, printJson } from './print.ts'
import { textOf } from './sources.ts'

const PUBLISH_HELP = `
The files become the policy of the org, as a new version. With --expected-version nothing is published where another
version is current by now.

Examples:
  lumoauth publish my.policy --url http://127.0.0.1:8080 --org acme-corp --note "Finance releases from $10k"
  lumoauth publish my.policy --url http://127.0.0.1:8080 --org acme-corp --expected-version 41
`

const ROLLBACK_HELP = `
Publishes an earlier version again, as a new one; what was published in between stays in the history.

Examples:
  lumoauth rollback 40 --url http://127.0.0.1:8080 --org acme-corp --note "too many denials"
`

const HISTORY_HELP = `
Examples:
  lumoauth history --url http://127.0.0.1:8080 --org acme-corp
  lumoauth history --url http://127.0.0.1:8080 --org acme-corp --limit 100 --json
`

interface PublishOptions extends OrgServer {
  readonly note?: string
  readonly expectedVersion?: string
}

const analysis = z.object({
  findings: z.array(z.object({ kind: z.string(), text: z.string() })),
  more: z.int(),
  complete: z.boolean(),
})
const published = z.object({ data: z.object({ version: z.int(), revision: z.int(), analysis }) })

const saidWith = ({ note, expectedVersion }: PublishOptions) => ({
  ...(note !== undefined && { note }),
  ...(expectedVersion !== undefined && { expected_version: Number(expectedVersion) }),
})

async function send(options: PublishOptions, path: string, body: object): Promise<void> {
  const sent = { method: 'POST', path: `${policiesPath(options.org)}${path}`, body } as const
  const { answer } = await call(options, sent, published)
  if (options.json) printJson(answer.data)
  else report(answer.data)
}

function report({ version, analysis: { findings, more, complete } }: z.infer<typeof published>['data']): void {
  out(`version ${version} is published`)
  for (const { kind, text } of findings) out(`  ${kind}: ${text}`)
  if (more > 0) out(`  and ${more} more`)
  if (!complete) out('  not everything could be looked at; see `lumoauth analyze`')
}

export const publishCommand: AddCommand = program => {
  addServerOptions(program.command('publish').description('make files the policy of an org'))
    .argument('<file...>', 'policy files, read as one policy')
    .option('--note <text>', 'what changed and why')
    .option('--expected-version <number>', 'the version you started from')
    .addHelpText('after', PUBLISH_HELP)
    .action((files: readonly string[], options: PublishOptions) =>
      send(options, '', { text: textOf(files), ...saidWith(options) }),
    )
}

export const rollbackCommand: AddCommand = program => {
  addServerOptions(program.command('rollback').description('publish an earlier version of the policy again'))
    .argument('<version>', 'its number')
    .option('--note <text>', 'why')
    .option('--expected-version <number>', 'the version that is current now')
    .addHelpText('after', ROLLBACK_HELP)
    .action((version: string, options: PublishOptions) =>
      send(options, `/${encodeURIComponent(version)}/rollback`, saidWith(options)),
    )
}

const versions = z.object({
  data: z.array(z.object({ version: z.int(), author: z.string(), note: z.string(), published_at: z.string() })),
})

export const historyCommand: AddCommand = program => {
  addServerOptions(program.command('history').description('list the versions of a policy, newest first'))
    .option('--limit <count>', 'how many, 100 at the most', '25')
    .addHelpText('after', HISTORY_HELP)
    .action(async (options: OrgServer & { readonly limit: string }) => {
      const path = `${policiesPath(options.org)}?limit=${encodeURIComponent(options.limit)}`
      const { answer } = await call(options, { method: 'GET', path }, versions)
      if (options.json) printJson(answer.data)
      else {
        for (const { version, author, note, published_at } of answer.data) {
          out(`${String(version).padStart(4)}  ${published_at}  ${author}${note === '' ? '' : `  ${note}`}`)
        }
      }
    })
}
