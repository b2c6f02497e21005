import type { IncomingMessage } from 'node:http'
import type { Origin } from '../lib/origin.ts'
import { chainOf, nameOf, type Principal } from '../pdp/keys.ts'
import { printEntity } from '../policy/entity.ts'

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/

/** The trace a request is part of (W3C Trace Context), or the id the request was given. */
function traceOf(request: IncomingMessage, requestId: string): string {
  const { traceparent } = request.headers
  return (typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined) ?? requestId
}

/** Who calls, for the record. Each member is made when it is asked for: most requests write nothing. */
export const originOf = (principal: Principal | null, request: IncomingMessage, requestId: string): Origin => ({
  get actor() {
    return principal === null ? null : nameOf(principal)
  },
  get subject() {
    return principal?.kind === 'token' ? printEntity(principal.token.subject) : undefined
  },
  get chain() {
    return principal?.kind === 'token' ? chainOf(principal).actors.map(printEntity) : undefined
  },
  get task() {
    return principal?.kind === 'token' ? principal.token.task : null
  },
  get trace() {
    return traceOf(request, requestId)
  },
  get ip() {
    return request.socket.remoteAddress ?? null
  },
})
