import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type Koa from 'koa'
import { PdpError } from '../pdp/errors.ts'
import type { Principal } from '../pdp/keys.ts'
import type { OrgState } from '../pdp/org.ts'
import type { Service } from '../pdp/service.ts'
import { problemOf } from '../protocols/problem.ts'
import type { Call, Reply, Route } from '../protocols/route.ts'
import { parseJson, readText, refuseText } from './body.ts'
import { keyFrom } from './credentials.ts'
import { HttpError } from './errors.ts'
import type { HttpOptions } from './options.ts'

/** A row as Koa middleware: who calls, may they, what do they say, then the row's own answer. */
export function handlerOf(row: Route, { service, maxBody }: HttpOptions): Koa.Middleware {
  const answersText = Object.values(row.answers).some(answer => answer.text === true)
  return async function handle(ctx) {
    ctx.state.operation = row.operation
    ctx.state.errors = row.errors
    const params = paramsOf(ctx)
    const caller = row.needs === 'public' ? null : await callerOf(row.needs, service, ctx, params.org)
    const body = row.body === undefined ? undefined : await bodyOf(row, ctx, maxBody)
    const query = row.query === undefined ? undefined : queryOf(row, ctx)
    const accept = answersText && ctx.accepts('application/json', 'text/plain') === 'text/plain' ? 'text' : 'json'
    // INVARIANT: `route` checked the row's types against each other; a public row reads neither state nor principal.
    const ip = ctx.req.socket.remoteAddress ?? ''
    const call = { ...caller, ip, params, query, body, accept } as unknown as Call<never, never>
    send(ctx, await row.handle(call))
  }
}

function paramsOf(ctx: Koa.Context): Readonly<Record<string, string>> {
  const params = (ctx.params ?? {}) as Record<string, string>
  for (const value of Object.values(params)) refuseText(value)
  return params
}

async function callerOf(
  needs: Exclude<Route['needs'], 'public'>,
  service: Service,
  ctx: Koa.Context,
  slug: string | undefined,
): Promise<{ principal: Principal; state: OrgState | null }> {
  const found = principalOf(service, ctx.req)
  const principal = found instanceof Promise ? await found : found
  const ip = ctx.req.socket.remoteAddress ?? ''
  if (needs.scope === 'instance') {
    service.permit(principal, needs.act, ip)
    return { principal, state: null }
  }
  const org = slug ?? principal.org
  if (org === null) {
    throw new PdpError('invalid_request', 'this key belongs to no org; use the same path under `/orgs/{org}`')
  }
  const entered = service.enter(principal, org, needs.act, ip)
  const state = entered instanceof Promise ? await entered : entered
  const wait = service.atLeast(state, ctx.req.headers['x-consistency-token'])
  if (wait !== undefined) await wait
  return { principal, state }
}

interface Seen {
  readonly text: string
  readonly principal: Principal
}

/** Who a connection last proved to be. Another key on it, or a key changed or revoked meanwhile, is looked at anew. */
const seen = new WeakMap<Socket, Seen>()

function principalOf(service: Service, request: IncomingMessage): Principal | Promise<Principal> {
  const text = keyFrom(request.headers)
  const known = seen.get(request.socket)
  if (known?.text === text && service.authenticator.holds(known.principal)) return known.principal
  const found = service.authenticator.authenticate(text)
  const remember = (principal: Principal): Principal => {
    seen.set(request.socket, { text, principal })
    return principal
  }
  return found instanceof Promise ? found.then(remember) : remember(found)
}

async function bodyOf(row: Route, ctx: Koa.Context, maxBody: number): Promise<unknown> {
  const type = (ctx.req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase()
  const asText = row.textBody !== undefined && type === 'text/plain'
  if (!asText && type !== 'application/json') {
    throw new HttpError('unsupported_media_type', 'expected `content-type: application/json`')
  }
  const text = await readText(ctx.req, maxBody)
  if (asText) refuseText(text)
  const given = asText ? row.textBody?.(text) : parseJson(text)
  const quick = row.quick?.(given)
  if (quick !== undefined && quick !== null) return quick
  const read = row.body?.safeParse(given)
  if (read?.success !== true) {
    throw new PdpError('invalid_request', read === undefined ? 'no body is expected' : problemOf(read.error))
  }
  return read.data
}

function queryOf(row: Route, ctx: Koa.Context): unknown {
  const read = row.query?.safeParse(ctx.query)
  if (read?.success !== true) {
    throw new PdpError('invalid_request', read === undefined ? 'no query is expected' : problemOf(read.error))
  }
  for (const value of Object.values(ctx.query)) if (typeof value === 'string') refuseText(value)
  return read.data
}

function send(ctx: Koa.Context, reply: Reply): void {
  ctx.status = reply.status
  if (reply.headers !== undefined) {
    for (const [name, value] of Object.entries(reply.headers)) ctx.res.setHeader(name, value)
  }
  if (reply.text !== undefined) {
    if (reply.headers?.['content-type'] === undefined) ctx.type = 'text/plain; charset=utf-8'
    ctx.body = reply.text
  } else if (reply.body !== undefined) {
    ctx.res.setHeader('content-type', 'application/json; charset=utf-8')
    ctx.body = JSON.stringify(reply.body)
  }
}
