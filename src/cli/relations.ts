import { z } from 'zod'
import { comparison, verified as found } from '../protocols/manage/engine.ts'
import { addServerOptions, call, type OrgServer, orgPath } from './client.ts'
import type { AddCommand } from './command.ts'
import { EXIT, Fault } from './fault.ts'
import { out, printJson } from './print.ts'

const MOVE_HELP = `
Copies the tuples, compares all of them both ways and a sample of checks, and only then lets the other side answer.
Meanwhile decisions go on and writes are refused. A move that was cut off goes on when it is run again.

Examples:
  lumoauth relations move --org acme-corp --to server --url http://127.0.0.1:8080
  lumoauth relations move --org acme-corp --to server:eu --url http://127.0.0.1:8080
  lumoauth relations move --org acme-corp --to embedded --url http://127.0.0.1:8080
  lumoauth relations move --org acme-corp --abort --url http://127.0.0.1:8080
`

const VERIFY_HELP = `
Exit code 1 where the two do not agree, or the server is known to grant too much under the model.

Examples:
  lumoauth relations verify --org acme-corp --url http://127.0.0.1:8080
`

/** A move of millions of tuples takes its time. */
const PATIENCE_MS = 6 * 3_600_000

const moved = z.object({
  data: z.object({
    engine: z.enum(['embedded', 'server']),
    server: z.string().nullable(),
    state: z.string().nullable(),
    comparison: comparison.nullable(),
  }),
})

const verified = z.object({ data: found })

interface MoveOptions extends OrgServer {
  readonly to?: string
  readonly abort?: true
}

const path = (org: string, what: string): string => `${orgPath(org)}/api/v1/admin/relations/${what}`

export const relationsCommand: AddCommand = (program, finish) => {
  const relations = program
    .command('relations')
    .description('move the relations of an org to an OpenFGA server and back')
  addServerOptions(relations.command('move').description('move them, compared before it counts'))
    .option('--to <where>', '`server`, `server:<name>` or `embedded`')
    .option('--abort', 'end a move that is under way as if it had not begun')
    .addHelpText('after', MOVE_HELP)
    .action(async (options: MoveOptions) => {
      const sent = {
        method: 'POST',
        path: path(options.org, 'move'),
        body: bodyOf(options),
        patienceMs: PATIENCE_MS,
      } as const
      const { json, answer } = await call(options, sent, moved)
      if (options.json) printJson(json)
      else report(options.org, answer.data)
    })
  addServerOptions(relations.command('verify').description('compare what is here with what the server has'))
    .addHelpText('after', VERIFY_HELP)
    .action(async (options: OrgServer) => {
      const sent = { method: 'POST', path: path(options.org, 'verify'), patienceMs: PATIENCE_MS } as const
      const { json, answer } = await call(options, sent, verified)
      const { data } = answer
      if (options.json) printJson(json)
      else tell(data)
      for (const one of options.json ? [] : data.misread) out(`  the server grants too much: ${one}`)
      const good = data.differing === 0 && data.contrary.length === 0 && data.same_model && data.misread.length === 0
      finish(good ? EXIT.yes : EXIT.no)
    })
}

function bodyOf({ to, abort }: MoveOptions): object {
  if (abort) return { abort: true }
  if (to === 'embedded') return { to }
  const [, name] = /^server(?::(.+))?$/.exec(to ?? '') ?? []
  if (to === undefined || !/^server(:.+)?$/.test(to)) {
    throw new Fault(
      `--to: expected \`server\`, \`server:<name>\` or \`embedded\`${to === undefined ? '' : `, not \`${to}\``}`,
    )
  }
  return { to: 'server', ...(name !== undefined && { server: name }) }
}

function report(org: string, { engine, server, comparison: found }: z.infer<typeof moved>['data']): void {
  out(`the relations of ${org} are ${engine === 'embedded' ? 'embedded' : `on the server \`${server}\``}`)
  if (found !== null) tell(found)
}

function tell(found: z.infer<typeof comparison>): void {
  const { tuples, differing, checks, contrary, undecided, same_model, sampled } = found
  out(`  ${tuples} tuples compared, ${differing} differ`)
  for (const one of found.only_here) out(`    only here:  ${one}`)
  for (const one of found.only_there) out(`    only there: ${one}`)
  if (!same_model) out('  the models differ')
  if (!sampled) {
    out('  no checks compared: the relations do not fit in the memory of the node')
    return
  }
  const open = undecided === 0 ? '' : `, ${undecided} left to conditions`
  out(`  ${checks} checks compared, ${contrary.length} answered otherwise${open}`)
  for (const one of contrary) out(`    ${one}`)
}
