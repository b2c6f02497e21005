import type { IncomingMessage } from 'node:http'
import type Koa from 'koa'
import type { RequestSpan, Tracer } from '../lib/span.ts'
import type { Route } from '../protocols/route.ts'

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])

/** The span of a request, within the caller's own trace; null where it is not traced. */
export function beginSpan(tracer: Tracer, { method = '', headers }: IncomingMessage): RequestSpan | null {
  const { traceparent, tracestate } = headers
  const span = tracer.request(traceparent, Array.isArray(tracestate) ? tracestate.join() : tracestate)
  // Until it is known which row answers.
  if (span !== null && METHODS.has(method)) span.name(method)
  return span
}

/** A span bears the name of its route, never the path itself: that may hold who is asked about. */
export function nameSpan(span: RequestSpan, { method, path, operation }: Route): void {
  span.name(`${method} ${path}`)
  span.set('http.route', path)
  span.set('lumoauth.operation', operation)
}

/** Says what came of a request, in OpenTelemetry's words, and ends its span. */
export function endSpan(span: RequestSpan, { method, req, res }: Koa.Context): void {
  span.set('http.request.method', METHODS.has(method) ? method : '_OTHER')
  span.set('url.scheme', 'http')
  span.set('network.protocol.version', req.httpVersion)
  span.set('http.response.status_code', res.statusCode)
  span.end()
}
