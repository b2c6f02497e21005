import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type Koa from 'koa'
import { doing } from '../lib/origin.ts'
import { countCall } from '../pdp/budgets/door.ts'
import { PdpError } from '../pdp/errors.ts'
import { problemOf } from '../protocols/problem.ts'
import type { Call, FormBody, Reply, Route } from '../protocols/route.ts'
import { parseJson, readText, refuseText } from './body.ts'
import { callerOf } from './caller.ts'
import { HttpError } from './errors.ts'
import type { HttpOptions } from './options.ts'
import { originOf } from './origin.ts'
import { send } from './send.ts'

/** A row as Koa middleware: who calls, may they, what do they say, then the row's own answer. */
export function handlerOf(row: Route, { service, maxBody, streams }: HttpOptions): Koa.Middleware {
  const answersText = Object.values(row.answers).some(answer => answer.text === true)
  const door = row.needs === 'public' ? null : { ...row.needs, freshens: row.freshens === true }
  return async function handle(ctx) {
    ctx.state.operation = row.operation
    ctx.state.errors = row.errors
    const params = ctx.params === undefined ? NO_PARAMS : paramsOf(ctx.params)
    const entering = door === null ? null : callerOf(door, service, ctx.req, params.org)
    const caller = entering instanceof Promise ? await entering : entering
    if (caller !== null && caller.state !== null && door !== null && !UNCOUNTED.has(door.act.type)) {
      const counted = countCall(service, caller.state, caller.principal)
      if (counted instanceof Promise) await counted
    }
    const state = caller === null ? null : caller.state
    // INVARIANT: orgs are dropped in turns of their own, so none was since the caller was let in.
    if (state !== null) state.held += 1
    let reply: Reply
    try {
      let body: unknown
      if (row.form !== undefined) body = await formOf(row.form, ctx.req)
      else if (row.body !== undefined) {
        if (row.optionalBody === true && hasNone(ctx.req.headers)) body = bodyOf(row, '{}', false)
        else {
          const asText = isText(row, ctx.req.headers['content-type'])
          body = bodyOf(row, await readText(ctx.req, maxBody), asText)
        }
      }
      const query = row.query === undefined ? undefined : queryOf(row, ctx)
      const accept = answersText && ctx.accepts('application/json', 'text/plain') === 'text/plain' ? 'text' : 'json'
      // INVARIANT: `route` checked the row's types against each other; a public row reads neither state nor principal.
      const ip = ctx.req.socket.remoteAddress ?? ''
      const ifMatch = ctx.req.headers['if-match'] ?? null
      const again = async (): Promise<void> => {
        if (door !== null) await callerOf(door, service, ctx.req, params.org)
      }
      const last = ctx.req.headers['last-event-id']
      const lastEventId = typeof last === 'string' && last !== '' ? last : undefined
      const { headers } = ctx.req
      const prefix = ctx.originalUrl.startsWith('/t/') ? '/t' : '/orgs'
      const sent = { ip, ifMatch, headers, lastEventId, again, prefix }
      const call = { ...caller, ...sent, params, query, body, accept } as unknown as Call<never, never>
      const from = originOf(caller?.principal ?? null, ctx.req, ctx.state.requestId as string)
      const made = doing(from, () => row.handle(call))
      reply = made instanceof Promise ? await made : made
    } finally {
      if (state !== null) state.held -= 1
    }
    if (reply.stream === undefined) send(ctx, reply)
    else streams.send(ctx, reply.status, reply.headers ?? {}, reply.stream)
  }
}

/** What an agent does about its budget takes nothing of it. */
const UNCOUNTED = new Set(['org_usage'])

const hasNone = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0

const NO_PARAMS: Readonly<Record<string, string>> = {}

function paramsOf(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const value of Object.values(params)) refuseText(value)
  return params
}

const FORM = 'application/x-www-form-urlencoded'

async function formOf(form: FormBody<never>, request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type'] ?? ''
  const bare = type === FORM ? FORM : (type.split(';', 1)[0] ?? '').trim().toLowerCase()
  const read = bare === (form.type ?? FORM) ? form.read : bare === 'application/json' ? form.json : null
  if (read === null) throw form.unsupported(type)
  return read(await readText(request, form.limit, form.tooLarge))
}

/** Whether the body is to be taken as it stands; fails with `unsupported_media_type` for what is neither text nor JSON. */
function isText(row: Route, type: string | undefined): boolean {
  if (type === 'application/json') return false
  const bare = (type ?? '').split(';', 1)[0]?.trim().toLowerCase()
  const asText = row.textBody !== undefined && bare === 'text/plain'
  if (!asText && bare !== 'application/json') {
    throw new HttpError('unsupported_media_type', 'expected `content-type: application/json`')
  }
  return asText
}

function bodyOf(row: Route, text: string, asText: boolean): unknown {
  if (asText) refuseText(text)
  const given = asText ? row.textBody?.(text) : parseJson(text)
  const quick = row.quick?.(given)
  if (quick !== undefined && quick !== null) return quick
  const read = row.body?.safeParse(given)
  if (read?.success !== true) {
    if (read !== undefined && row.refusal !== undefined) throw row.refusal(read.error)
    throw new PdpError('invalid_request', read === undefined ? 'no body is expected' : problemOf(read.error))
  }
  return read.data
}

function queryOf(row: Route, ctx: Koa.Context): unknown {
  const read = row.query?.safeParse(ctx.query)
  if (read?.success !== true) {
    if (read !== undefined && row.refusal !== undefined) throw row.refusal(read.error)
    throw new PdpError('invalid_request', read === undefined ? 'no query is expected' : problemOf(read.error))
  }
  for (const value of Object.values(ctx.query)) if (typeof value === 'string') refuseText(value)
  return read.data
}
