import type { IncomingMessage } from 'node:http'
import type { Going, Origin } from '../lib/origin.ts'
import type { RequestSpan } from '../lib/span.ts'
import { traceParentIn } from '../lib/traceparent.ts'
import { chainOf, nameOf, type Principal } from '../pdp/keys.ts'
import { printEntity } from '../policy/entity.ts'

/** The trace a request is part of (W3C Trace Context), or the id the request was given. */
function traceOf(request: IncomingMessage, requestId: string, span: RequestSpan | null): string {
  if (span !== null) return span.traceId
  return traceParentIn(request.headers.traceparent)?.traceId ?? requestId
}

/** Who calls, for the record. */
export function goingWith(
  principal: Principal | null,
  request: IncomingMessage,
  requestId: string,
  span: RequestSpan | null,
): Going {
  return {
    origin: () => originOf(principal, request, traceOf(request, requestId, span)),
    trace: () => traceOf(request, requestId, span),
    span,
  }
}

function originOf(principal: Principal | null, request: IncomingMessage, trace: string): Origin {
  const ip = request.socket.remoteAddress ?? null
  if (principal === null) return { actor: null, subject: undefined, chain: undefined, task: null, trace, ip }
  const actor = nameOf(principal)
  if (principal.kind !== 'token') return { actor, subject: undefined, chain: undefined, task: null, trace, ip }
  const { token } = principal
  const chain = chainOf(principal).actors.map(printEntity)
  return { actor, subject: printEntity(token.subject), chain, task: token.task, trace, ip }
}
