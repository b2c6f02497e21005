import { type Command, Option } from 'commander'
import { z } from 'zod'
import { Fault, messageOf } from './fault.ts'

/** Which server is asked, and as whom. */
export interface Server {
  readonly url?: string
  readonly key?: string
}

/** Options of commands that speak to one org of a server. */
export interface OrgServer extends Server {
  readonly org: string
  readonly json?: true
}

export const keyOption = (): Option =>
  new Option('--key <key>', 'API key; from the environment it is not in the list of processes').env('LUMOAUTH_KEY')

export const addServerOptions = (command: Command): Command =>
  command
    .requiredOption('--url <url>', 'where the server listens, such as http://127.0.0.1:8080')
    .requiredOption('--org <slug>', 'the org')
    .addOption(keyOption())
    .option('--json', 'print the answer as JSON')

export const orgPath = (org: string): string => `/orgs/${encodeURIComponent(org)}`

export const policiesPath = (org: string): string => `${orgPath(org)}/api/v1/admin/policies`

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** Longest wait for the answer. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 60_000

/** One call of the server's API; the answer as it came, and as what was expected. Fails with a `Fault`. */
export async function call<T>(
  { url, key }: Server,
  { method, path, body, patienceMs = PATIENCE_MS }: Sent,
  schema: z.ZodType<T>,
) {
  if (key === undefined || key === '') throw new Fault('a server wants an API key: set LUMOAUTH_KEY')
  const base = baseFrom(url ?? '')
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': key },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    redirect: 'error',
    signal: AbortSignal.timeout(patienceMs),
  }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new Fault(`${base} does not answer: ${messageOf(cause)}`)
  })
  const text = await response.text()
  if (!response.ok) throw new Fault(`${base} answered ${response.status}: ${refusal(text)}`)
  const json = jsonFrom(text)
  const read = schema.safeParse(json)
  if (!read.success) throw new Fault(`${base} answered something else than was asked for; is it LumoAuth?`)
  return { json, answer: read.data }
}

function baseFrom(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new Fault(`--url: \`${url}\` is no address: expected one such as http://127.0.0.1:8080`)
  }
  return url.replace(/\/+$/, '')
}

function jsonFrom(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const placed = z.object({ message: z.string(), span: z.object({ line: z.int(), column: z.int() }) })
const refused = z.object({
  message: z.string(),
  details: z.object({ diagnostics: z.array(placed).optional() }).optional(),
})

/** The message in either shape of error, with the faults of a policy below it, or what came instead. */
function refusal(text: string): string {
  const json = jsonFrom(text)
  if (typeof json === 'string') return json
  const read = refused.safeParse(json)
  if (!read.success) return text.slice(0, 200).replaceAll(/\s+/g, ' ').trim()
  const faults = read.data.details?.diagnostics ?? []
  return [read.data.message, ...faults.map(f => `  ${f.span.line}:${f.span.column}: ${f.message}`)].join('\n')
}
