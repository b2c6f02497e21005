import { z } from 'zod'
import type { Trace, TraceNode, Verdict } from '../policy/decision.ts'
import { decisionAnswer } from '../protocols/authzen/shapes.ts'
import { type AskOptions, askedFrom } from './asked.ts'
import { call, orgPath } from './client.ts'
import { Fault } from './fault.ts'

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

function verdictFrom({ context }: z.infer<typeof decisionAnswer>): Verdict {
  const { effect, reasons, obligations, missing, valid_until } = context
  return { effect, reasons, obligations, missing, validUntil: valid_until === null ? null : Date.parse(valid_until) }
}

const post = <T>(options: AskOptions, path: string, schema: z.ZodType<T>) =>
  call(options, { method: 'POST', path, body: askedFrom(options) }, schema)
