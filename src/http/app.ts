import Router from '@koa/router'
import type Koa from 'koa'
import { HttpError } from './errors.ts'
import { handlerOf } from './handler.ts'
import { createKoa } from './koa.ts'
import type { HttpOptions } from './options.ts'
import { outermost } from './outermost.ts'
import { createPaths } from './paths.ts'

/** The one adapter between sockets and routes: rows in, answers out. */
export function createApp(options: HttpOptions): Koa {
  const app = createKoa()
  app.on('error', lost(options))
  const router = new Router()
  const paths = createPaths<Koa.Middleware>()
  for (const row of options.routes) {
    const handler = handlerOf(row, options)
    paths.add(row.method, row.path, handler)
    router.register(row.path.replace(/\{(\w+)\}/g, ':$1'), [row.method], handler, { name: row.operation })
  }
  // The router tries its rows one by one. What it would find for a path without anything encoded is found at once.
  const rowFor = (ctx: Koa.Context): Koa.Middleware | undefined => {
    const { url = '', method = '' } = ctx.req
    const query = url.indexOf('?')
    const found = paths.find(method, query < 0 ? url : url.slice(0, query))
    if (found === null) return undefined
    ctx.params = found.params
    return found.value
  }
  app.use(outermost(options, rowFor))
  app.use(nothingHere)
  app.use(aliasOfOrgs)
  app.use(router.routes())
  app.use(toldMethods(router))
  return app
}

/** What goes wrong when an answer is under way already: as a rule, its reader has gone. */
const lost =
  ({ logger }: HttpOptions) =>
  (err: Error & { readonly code?: string }, ctx?: Koa.Context): void => {
    const level = GONE.has(err.code ?? '') ? 'debug' : 'error'
    logger[level]({ requestId: ctx?.state.requestId, operation: ctx?.state.operation, err }, 'answer lost')
  }

const GONE = new Set(['EPIPE', 'ECONNRESET', 'ECONNABORTED'])

const nothingHere: Koa.Middleware = async (ctx, next) => {
  await next()
  if (ctx.state.operation === undefined && ctx.status === 404) {
    throw new HttpError('not_found', 'there is nothing at this path; `/openapi.json` lists what there is')
  }
}

/** A path that takes other methods says which, in `Allow`. */
function toldMethods(router: Router): Koa.Middleware {
  const told = router.allowedMethods()
  return async (ctx, next) => {
    await told(ctx as Parameters<typeof told>[0], next)
    if ((ctx.status === 405 || ctx.status === 501) && ctx.body == null) {
      throw new HttpError('method_not_allowed', 'this path does not take that method')
    }
  }
}

/** `/t/{org}/…` is the older spelling of `/orgs/{org}/…`; its well-known documents redirect, so that one org has one identifier. */
const aliasOfOrgs: Koa.Middleware = (ctx, next) => {
  if (!ctx.path.startsWith('/t/')) return next()
  const path = `/orgs/${ctx.path.slice(3)}`
  if (path.includes('/.well-known/')) {
    ctx.status = 308
    ctx.set('location', path + ctx.search)
    return undefined
  }
  ctx.path = path
  return next()
}
