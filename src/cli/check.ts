import { asksServer, EXIT_OF } from './ask.ts'
import { type AskOptions, addAskOptions, entityFrom } from './asked.ts'
import type { AddCommand } from './command.ts'
import { out, printJson } from './print.ts'

const HELP = `
Exit code: 0 allowed, 1 denied, 3 an approval is needed, 2 anything else.

Examples:
  lumoauth check --subject user:alice --action edit --resource document:roadmap --time 2026-03-04T10:00:00+01:00 \\
    --model models/acme.fga --policy examples/acme/acme.policy --facts examples/acme/facts.json \\
    --zone Europe/Berlin --org acme-corp

  LUMOAUTH_KEY=$(cat data/admin-key) lumoauth check --url http://127.0.0.1:8080 --org acme-corp \\
    --subject user:fiona --action release --resource payment:inv-100

  lumoauth check … --subject user:alice --actor agent:research-bot --action read --resource document:roadmap
`

export const checkCommand: AddCommand = (program, finish) => {
  addAskOptions(program.command('check').description('ask whether something is allowed'))
    .addHelpText('after', HELP)
    .action(async (options: AskOptions) => {
      const { verdict, json } = asksServer(options)
        ? await (await import('./remote.ts')).checkServer(options)
        : (await import('./local.ts')).checkFiles(options)
      const { renderTrace } = await import('../engine/render.ts')
      if (options.json) printJson(json)
      else out(renderTrace({ verdict, subject: entityFrom(options.subject, '--subject'), links: [] }))
      finish(EXIT_OF[verdict.effect])
    })
}
