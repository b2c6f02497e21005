import { asksServer, EXIT_OF } from './ask.ts'
import { type AskOptions, addAskOptions } from './asked.ts'
import type { AddCommand } from './command.ts'
import { out, printJson } from './print.ts'

const HELP = `
The tree goes from each link of the chain to the rules that could apply, their clauses, the facts they read and the
tuples that prove them. Exit code: 0 allowed, 1 denied, 3 an approval is needed, 2 anything else.

Examples:
  lumoauth explain --subject user:bob --action edit --resource document:roadmap \\
    --time 2026-03-04T10:00:00+01:00 --ip 203.0.113.9 \\
    --model models/acme.fga --policy examples/acme/acme.policy --facts examples/acme/facts.json \\
    --zone Europe/Berlin --org acme-corp

  LUMOAUTH_KEY=$(cat data/admin-key) lumoauth explain --url http://127.0.0.1:8080 --org acme-corp \\
    --subject user:frank --action release --resource payment:inv-100 --json
`

export const explainCommand: AddCommand = (program, finish) => {
  addAskOptions(program.command('explain').description('ask why something is allowed or denied'))
    .addHelpText('after', HELP)
    .action(async (options: AskOptions) => {
      const { trace, json } = asksServer(options)
        ? await (await import('./remote.ts')).explainServer(options)
        : (await import('./local.ts')).explainFiles(options)
      const { renderTrace } = await import('../pdp/explain.ts')
      if (options.json) printJson(json)
      else out(renderTrace(trace))
      finish(EXIT_OF[trace.verdict.effect])
    })
}
