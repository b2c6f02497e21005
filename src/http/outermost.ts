import type Koa from 'koa'
import { randomText } from '../lib/ids.ts'
import { renderFor } from './errors.ts'
import type { HttpOptions } from './options.ts'
import { errorBody } from './render.ts'
import { mark } from './send.ts'

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/

/** Unlike that of any other process; a number is added for each request. */
const OURS = `req_${randomText(12)}_`

/** What every request gets, whatever becomes of it: an id, an answer, a line in the log if it failed, a measurement. */
export function outermost({ logger, metrics, publicUrl }: HttpOptions): Koa.Middleware {
  let count = 0
  return async function outermost(ctx, next) {
    const started = performance.now()
    const given = ctx.req.headers['x-request-id']
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : OURS + ++count
    ctx.state.requestId = id
    try {
      await next()
    } catch (error) {
      const rendered = renderFor(ctx.state.errors, error)
      if (rendered.hidden !== null) {
        logger.error(
          { requestId: id, method: ctx.method, operation: ctx.state.operation, err: rendered.hidden },
          'request failed',
        )
      }
      const { res } = ctx
      ctx.status = rendered.status
      for (const [name, value] of Object.entries(rendered.headers ?? {})) res.setHeader(name, value)
      // What was not read of the body would be taken for the next request on this connection.
      if (!ctx.req.complete) res.setHeader('connection', 'close')
      ctx.type = 'application/json'
      ctx.body = errorBody(rendered, id, publicUrl, ctx.state.errors)
    }
    if (ctx.respond !== false) mark(ctx, id)
    const operation = (ctx.state.operation as string | undefined) ?? 'none'
    metrics.observe(operation, ctx.status, (performance.now() - started) / 1000)
    if (logger.isLevelEnabled('debug')) {
      logger.debug({ requestId: id, method: ctx.method, operation, status: ctx.status }, 'answered')
    }
  }
}
