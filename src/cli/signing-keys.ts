import { z } from 'zod'
import { addServerOptions, call, type OrgServer, orgPath } from './client.ts'
import type { AddCommand } from './command.ts'
import { out, printJson } from './print.ts'

const HELP = `
The keys an org signs its tokens with. A new key is published for a while before it signs, so that resource servers know it
by then, and the old one until the last token it signed has ended. --withdraw is for a key that is no longer safe: the old
keys are gone at once, and with them every token they signed.

Examples:
  lumoauth signing-keys list --url http://127.0.0.1:8080 --org acme-corp
  lumoauth signing-keys rotate --url http://127.0.0.1:8080 --org acme-corp
  lumoauth signing-keys rotate --withdraw --url http://127.0.0.1:8080 --org acme-corp
`

const keys = z.object({
  data: z.array(
    z.object({
      kid: z.string(),
      alg: z.string(),
      signs_from: z.string(),
      signs_until: z.string().nullable(),
      published_until: z.string().nullable(),
    }),
  ),
})

interface RotateOptions extends OrgServer {
  readonly lead?: string
  readonly withdraw?: true
}

function report(options: OrgServer, { data }: z.infer<typeof keys>): void {
  if (options.json) {
    printJson(data)
    return
  }
  for (const { kid, alg, signs_from, signs_until, published_until } of data) {
    out(
      `${kid}  ${alg}  signs ${signs_from} – ${signs_until ?? ''}  published until ${published_until ?? 'further notice'}`,
    )
  }
}

const pathOf = (org: string): string => `${orgPath(org)}/api/v1/admin/signing-keys`

export const signingKeysCommand: AddCommand = program => {
  const group = program
    .command('signing-keys')
    .description('list and replace the keys an org signs with')
    .addHelpText('after', HELP)
  addServerOptions(group.command('list').description('the keys there are')).action(async (options: OrgServer) => {
    report(options, (await call(options, { method: 'GET', path: pathOf(options.org) }, keys)).answer)
  })
  addServerOptions(group.command('rotate').description('make new keys in place of those there are'))
    .option('--lead <seconds>', 'how long the new keys are published before they sign')
    .option('--withdraw', 'the old keys are published no longer')
    .action(async (options: RotateOptions) => {
      const body = {
        ...(options.lead !== undefined && { lead_seconds: Number(options.lead) }),
        withdraw: options.withdraw === true,
      }
      const sent = { method: 'POST', path: `${pathOf(options.org)}/rotate`, body } as const
      report(options, (await call(options, sent, keys)).answer)
    })
}
