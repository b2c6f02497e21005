import type Koa from 'koa'
import { randomText } from '../lib/ids.ts'
import type { RequestSpan } from '../lib/span.ts'
import type { ErrorForm } from '../protocols/failure.ts'
import { renderFor } from './errors.ts'
import type { HttpOptions } from './options.ts'
import { errorBody } from './render.ts'
import { mark } from './send.ts'
import { beginSpan, endSpan } from './spans.ts'

/** What is told of a request on its way, beside what the request says itself. */
export interface Told {
  requestId: string
  /** The row that answers; undefined until one is found. */
  operation: string | undefined
  errors: ErrorForm | undefined
  span: RequestSpan | null
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/

/** Unlike that of any other process; a number is added for each request. */
const OURS = `req_${randomText(12)}_`

/**
 * What every request gets, whatever becomes of it: an id, an answer, a line in the log if it failed, a measurement, a span where
 * it is traced. `rowFor` finds the row of most requests at once; the others go on to `next`.
 */
export function outermost(
  { logger, metrics, publicUrl, tracer }: HttpOptions,
  rowFor: (ctx: Koa.Context) => Koa.Middleware | undefined,
): Koa.Middleware {
  let count = 0
  const debugs = logger.isLevelEnabled('debug')
  return async function outermost(ctx, next) {
    const started = metrics === null ? 0 : performance.now()
    const { req, res } = ctx
    const given = req.headers['x-request-id']
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : OURS + ++count
    const span = tracer === null ? null : beginSpan(tracer, req)
    const told: Told = { requestId: id, operation: undefined, errors: undefined, span }
    ctx.state = told
    try {
      const row = rowFor(ctx)
      await (row === undefined ? next() : row(ctx, next))
    } catch (error) {
      const rendered = renderFor(told.errors, error)
      if (rendered.hidden !== null) {
        logger.error(
          { requestId: id, method: ctx.method, operation: told.operation, err: rendered.hidden },
          'request failed',
        )
      }
      ctx.status = rendered.status
      for (const [name, value] of Object.entries(rendered.headers ?? {})) res.setHeader(name, value)
      // What was not read of the body would be taken for the next request on this connection.
      if (!req.complete) res.setHeader('connection', 'close')
      ctx.type = 'application/json'
      ctx.body = errorBody(rendered, id, publicUrl, told.errors)
      if (span !== null && rendered.status >= 500) span.fail(rendered.code)
    }
    if (ctx.respond !== false) mark(ctx, id)
    const { operation = 'none' } = told
    if (metrics !== null) metrics.observe(operation, res.statusCode, (performance.now() - started) / 1000)
    if (span !== null) endSpan(span, ctx)
    if (debugs) logger.debug({ requestId: id, method: ctx.method, operation, status: res.statusCode }, 'answered')
  }
}
