import { z } from 'zod'
import type { Trace, TraceNode, Verdict } from '../policy/decision.ts'
import { decisionAnswer } from '../protocols/authzen/shapes.ts'
import { type AskOptions, askedFrom } from './asked.ts'
import { Fault, messageOf } from './fault.ts'

const PATIENCE_MS = 30_000

const explanation = decisionAnswer.extend({ trace: z.array(z.unknown()) })

/** Asks a server to decide. */
export async function checkServer(options: AskOptions): Promise<{ readonly verdict: Verdict; readonly json: unknown }> {
  const path = options.org === undefined ? '/access/v1/evaluation' : `${orgPath(options.org)}/access/v1/evaluation`
  const { json, answer } = await post(options, path, decisionAnswer)
  return { verdict: verdictFrom(answer), json }
}

/** Asks a server to decide and to show how. */
export async function explainServer(options: AskOptions): Promise<{ readonly trace: Trace; readonly json: unknown }> {
  if (options.org === undefined) throw new Fault('explain asks one org of a server: name it with --org')
  const asked = askedFrom(options)
  const { json, answer } = await post(options, `${orgPath(options.org)}/api/v1/explain`, explanation)
  const { type, id } = asked.subject
  const links = answer.trace as readonly TraceNode[]
  return { trace: { verdict: verdictFrom(answer), subject: { type, id }, links }, json }
}

const orgPath = (org: string): string => `/orgs/${encodeURIComponent(org)}`

function verdictFrom({ context }: z.infer<typeof decisionAnswer>): Verdict {
  const { effect, reasons, obligations, missing, valid_until } = context
  return { effect, reasons, obligations, missing, validUntil: valid_until === null ? null : Date.parse(valid_until) }
}

async function post<T>(options: AskOptions, path: string, schema: z.ZodType<T>) {
  const { key } = options
  if (key === undefined || key === '') throw new Fault('a server wants an API key: set LUMOAUTH_KEY')
  const base = baseFrom(options.url ?? '')
  const response = await fetch(`${base}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': key },
    body: JSON.stringify(askedFrom(options)),
    redirect: 'error',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    throw new Fault(`${base} does not answer: ${messageOf(cause)}`)
  })
  const text = await response.text()
  if (!response.ok) throw new Fault(`${base} answered ${response.status}: ${refusal(text)}`)
  const json = jsonFrom(text)
  const read = schema.safeParse(json)
  if (!read.success) throw new Fault(`${base} answered something else than a decision; is it LumoAuth?`)
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

/** The message in either shape of error, or what came instead. */
function refusal(text: string): string {
  const json = jsonFrom(text)
  if (typeof json === 'string') return json
  const read = z.object({ message: z.string() }).safeParse(json)
  return read.success ? read.data.message : text.slice(0, 200).replaceAll(/\s+/g, ' ').trim()
}
