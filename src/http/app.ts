import Router from '@koa/router'
import type Koa from 'koa'
import { HttpError } from './errors.ts'
import { handlerOf } from './handler.ts'
import { createKoa } from './koa.ts'
import type { HttpOptions } from './options.ts'
import { outermost } from './outermost.ts'

/** The one adapter between sockets and routes: rows in, answers out. */
export function createApp(options: HttpOptions): Koa {
  const app = createKoa()
  app.on('error', lost(options))
  const router = new Router()
  const fixed = new Map<string, Map<string, Koa.Middleware>>()
  const inOrg = new Map<string, Map<string, Koa.Middleware>>()
  for (const row of options.routes) {
    const handler = handlerOf(row, options)
    if (!row.path.includes('{')) {
      fixed.set(row.path, (fixed.get(row.path) ?? new Map<string, Koa.Middleware>()).set(row.method, handler))
    }
    const rest = ofOrg(row.path)
    if (rest !== null) {
      inOrg.set(rest, (inOrg.get(rest) ?? new Map<string, Koa.Middleware>()).set(row.method, handler))
    }
    router.register(row.path.replace(/\{(\w+)\}/g, ':$1'), [row.method], handler, { name: row.operation })
  }
  // The router tries its rows one by one; a path with no parameter, or the org alone, need not wait for that.
  const rowFor = (ctx: Koa.Context): Koa.Middleware | undefined => {
    const { url = '', method = '' } = ctx.req
    const row = fixed.get(url)?.get(method)
    if (row !== undefined) return row
    const org = PLAIN_ORG.exec(url)
    const found = org === null ? undefined : inOrg.get(url.slice(org[0].length))?.get(method)
    if (found !== undefined) ctx.params = { org: org?.[1] ?? '' }
    return found
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

/** The start of an org's paths where nothing in it is encoded. */
const PLAIN_ORG = /^\/orgs\/([A-Za-z0-9_-]+)(?=\/)/

/** What follows the org in a path that has no other parameter; null for any other path. */
function ofOrg(path: string): string | null {
  const rest = path.startsWith('/orgs/{org}/') ? path.slice('/orgs/{org}'.length) : null
  return rest === null || rest.includes('{') ? null : rest
}

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
