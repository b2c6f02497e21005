import { createReadStream, createWriteStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Report } from '../pdp/audit/chain-check.ts'
import { NoExport, verifyExport } from '../pdp/audit/offline.ts'
import { jwksIn } from '../pdp/tokens/jws.ts'
import type { Json } from '../policy/json.ts'
import { addServerOptions, call, keyOption, type OrgServer, orgPath } from './client.ts'
import type { AddCommand } from './command.ts'
import { EXIT, Fault, messageOf } from './fault.ts'
import { out, printJson } from './print.ts'

const HELP = `
The record of an org: every event stands on the one before by its hash, and the org signs where it is from time to time.
verify looks through all of it, on a server or in a file that \`audit export\` wrote, and says what was changed, removed, put
in or swapped. Checkpoints that were kept elsewhere (--checkpoint) prove that nothing was taken from the end.

Examples:
  lumoauth audit list --url http://127.0.0.1:8080 --org acme-corp --action token.issued
  lumoauth audit verify --url http://127.0.0.1:8080 --org acme-corp
  lumoauth audit export --url http://127.0.0.1:8080 --org acme-corp --output audit.jsonl
  lumoauth audit verify --from-export audit.jsonl --checkpoint kept.jws
`

const entries = z.object({
  data: z.array(
    z.object({ seq: z.int(), created_at: z.string(), message: z.string(), outcome: z.string(), action: z.string() }),
  ),
})

const verified = z.object({
  data: z.object({
    org: z.string(),
    ok: z.boolean(),
    findings: z.array(z.object({ of: z.string(), seq: z.int().nullable(), why: z.string() })),
    events: z.int(),
    from: z.int(),
    to: z.int(),
    hash: z.string(),
    erased: z.int(),
    checkpoints: z.int(),
    batches: z.int().nullable(),
  }),
})

interface ListOptions extends OrgServer {
  readonly limit?: string
  readonly action?: string
  readonly actor?: string
  readonly task?: string
}

interface VerifyOptions extends Partial<OrgServer> {
  readonly fromExport?: string
  readonly checkpoint?: readonly string[]
  readonly keys?: string
}

interface ExportOptions extends OrgServer {
  readonly output?: string
  readonly format: string
}

const logs = (org: string): string => `${orgPath(org)}/api/v1/admin/audit-logs`

async function list(options: ListOptions): Promise<void> {
  const query = new URLSearchParams({
    limit: options.limit ?? '25',
    ...(options.action !== undefined && { action: options.action }),
    ...(options.actor !== undefined && { actorId: options.actor }),
    ...(options.task !== undefined && { task_id: options.task }),
  })
  const { json, answer } = await call(options, { method: 'GET', path: `${logs(options.org)}?${query}` }, entries)
  if (options.json) return printJson(json)
  for (const { seq, created_at, action, message } of answer.data) out(`${seq}  ${created_at}  ${action}  ${message}`)
}

/** A file may hold one checkpoint a line, or the list as the server answers it. */
function checkpointsIn(files: readonly string[]): readonly string[] {
  return files.flatMap(file => {
    const text = read(file)
    const found = text.match(/[\w-]+\.[\w-]+\.[\w-]+/g)
    if (found === null) throw new Fault(`${file}: expected a checkpoint as it was signed`)
    return found
  })
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Fault(`${file}: ${messageOf(error)}`)
  }
}

function keysIn(file: string | undefined): ReadonlyMap<string, { readonly [name: string]: Json }> {
  if (file === undefined) return new Map()
  try {
    const keys = jwksIn(JSON.parse(read(file)) as Json)
    if (keys !== null) return new Map(keys.map(key => [String(key.kid), key]))
  } catch (error) {
    if (error instanceof Fault) throw error
  }
  throw new Fault(`${file}: expected a JWK set, as the org publishes it`)
}

async function verify(options: VerifyOptions): Promise<number> {
  const checkpoints = checkpointsIn(options.checkpoint ?? [])
  const report =
    options.fromExport === undefined ? await onServer(options, checkpoints) : await inFile(options, checkpoints)
  if (options.json) printJson(report)
  else tell(report)
  return report.ok ? EXIT.yes : EXIT.no
}

async function onServer(options: VerifyOptions, checkpoints: readonly string[]) {
  if (options.url === undefined || options.org === undefined) {
    throw new Fault('expected --from-export, or --url and --org of a server')
  }
  const sent = {
    method: 'POST',
    path: `${logs(options.org)}/verify`,
    body: { checkpoints },
    patienceMs: 600_000,
  } as const
  return (await call(options, sent, verified)).answer.data
}

async function inFile({ fromExport = '', keys }: VerifyOptions, checkpoints: readonly string[]): Promise<Report> {
  const lines = createInterface({ input: createReadStream(fromExport), crlfDelay: Number.POSITIVE_INFINITY })
  try {
    return await verifyExport(lines, checkpoints, keysIn(keys))
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault(`${fromExport}: ${error instanceof NoExport ? error.message : messageOf(error)}`)
  }
}

function tell(report: z.infer<typeof verified>['data'] | Report): void {
  const { org, ok, findings, events, from, to, hash, erased, checkpoints, batches } = report
  for (const { of, seq, why } of findings) out(`${seq === null ? '-' : `seq ${seq}`}  ${of}: ${why}`)
  const decisions = batches === null ? '' : `, ${batches} batches of decisions`
  out(
    `${org}: ${events} events (${from} to ${to}), ${checkpoints} checkpoints${decisions}, ${erased} with something erased`,
  )
  out(ok ? `nothing was found; the last hash is ${hash}` : `${findings.length} found`)
}

async function save(options: ExportOptions): Promise<void> {
  const { url = '', key } = options
  if (key === undefined || key === '') throw new Fault('a server wants an API key: set LUMOAUTH_KEY')
  const path = `${logs(options.org)}/export?${new URLSearchParams({ format: options.format })}`
  const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
    headers: { 'x-api-key': key },
    redirect: 'error',
  }).catch((error: unknown) => {
    throw new Fault(`${url} does not answer: ${messageOf(error)}`)
  })
  if (!response.ok || response.body === null) {
    throw new Fault(`${url} answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
  }
  const target = options.output === undefined ? process.stdout : createWriteStream(options.output, { mode: 0o600 })
  await pipeline(Readable.fromWeb(response.body), target, { end: options.output !== undefined }).catch(
    (error: unknown) => {
      throw new Fault(`the export broke off: ${messageOf(error)}`)
    },
  )
}

export const auditCommand: AddCommand = (program, done) => {
  const group = program
    .command('audit')
    .description('read, verify and export the record of an org')
    .addHelpText('after', HELP)
  addServerOptions(group.command('list').description('what was done, newest first'))
    .option('--limit <number>', 'how many, 100 at the most')
    .option('--action <kind>', 'events of one kind, such as token.issued')
    .option('--actor <entity>', 'what somebody did, such as agent:research-bot')
    .option('--task <id>', 'what was done for a task')
    .action((options: ListOptions) => list(options))
  group
    .command('verify')
    .description('find what was changed, removed, put in or swapped')
    .option('--url <url>', 'where the server listens, such as http://127.0.0.1:8080')
    .option('--org <slug>', 'the org')
    .addOption(keyOption())
    .option('--from-export <file>', 'JSON lines that `audit export` wrote; no server is asked')
    .option('--checkpoint <file...>', 'checkpoints that were kept elsewhere')
    .option('--keys <file>', "the org's published keys, for --from-export: those in the file prove less")
    .option('--json', 'print the report as JSON')
    .action(async (options: VerifyOptions) => done(await verify(options)))
  addServerOptions(group.command('export').description('take the record away'))
    .option('--output <file>', 'where to; otherwise it is printed')
    .option('--format <format>', 'jsonl proves itself; csv and ocsf are for others to read', 'jsonl')
    .action((options: ExportOptions) => save(options))
}
