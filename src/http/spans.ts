import type { IncomingMessage } from 'node:http'
import type Koa from 'koa'
import type { RequestSpan, Tracer } from '../lib/span.ts'
import type { Route } from '../protocols/route.ts'

/** The span of a request, within the caller's own trace; null where it is not traced. */
export function beginSpan(tracer: Tracer, { headers }: IncomingMessage): RequestSpan | null {
  const { traceparent, tracestate } = headers
  const state = Array.isArray(tracestate) ? tracestate.join() : tracestate
  return tracer.request(typeof traceparent === 'string' ? traceparent : undefined, state)
}

/** A span bears the name of its route, never the path itself: that may hold who is asked about. */
export function nameSpan(span: RequestSpan, { method, path, operation }: Route, org: string | null): void {
  span.name(`${method} ${path}`)
  span.set('http.route', path)
  span.set('lumoauth.operation', operation)
  if (org !== null) span.set('lumoauth.org', org)
}

/** Says what came of a request, in OpenTelemetry's words, and ends its span. */
export function endSpan(span: RequestSpan, { method, req, res }: Koa.Context): void {
  span.set('http.request.method', METHODS.has(method) ? method : '_OTHER')
  span.set('url.scheme', 'http')
  span.set('network.protocol.version', req.httpVersion)
  span.set('http.response.status_code', res.statusCode)
  span.end()
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'])
