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
import { goingWith } from './origin.ts'
import type { Told } from './outermost.ts'
import { send } from './send.ts'
import { nameSpan } from './spans.ts'

/** A row as Koa middleware: who calls, may they, what do they say, then the row's own answer. */
export function handlerOf(row: Route, { service, maxBody, streams }: HttpOptions): Koa.Middleware {
  const answersText = Object.values(row.answers).some(answer => answer.text === true)
  const door = row.needs === 'public' ? null : { ...row.needs, freshens: row.freshens === true }
  const counts = door !== null && !UNCOUNTED.has(door.act.type)
  return async function handle(ctx) {
    const told = ctx.state as Told
    told.operation = row.operation
    told.errors = row.errors
    if (told.span !== null) nameSpan(told.span, row)
    const { req } = ctx
    const params = ctx.params === undefined ? NO_PARAMS : paramsOf(ctx.params)
    const entering = door === null ? null : callerOf(door, service, req, params.org)
    const caller = entering instanceof Promise ? await entering : entering
    const org = caller === null ? null : caller.state
    if (counts && caller !== null && org !== null) {
      const counted = countCall(service, org, caller.principal)
      if (counted instanceof Promise) await counted
    }
    // INVARIANT: orgs are dropped in turns of their own, so none was since the caller was let in.
    if (org !== null) {
      org.held += 1
      told.span?.set('lumoauth.org', org.org.slug)
    }
    let reply: Reply
    try {
      const { headers } = req
      let body: unknown
      if (row.form !== undefined) body = await formOf(row.form, req)
      else if (row.body !== undefined) {
        if (row.optionalBody === true && hasNone(headers)) body = bodyOf(row, '{}', false)
        else {
          const asText = isText(row, headers['content-type'])
          body = bodyOf(row, await readText(req, maxBody), asText)
        }
      }
      const query = row.query === undefined ? undefined : queryOf(row, ctx)
      const last = headers['last-event-id']
      // INVARIANT: `route` checked the row's types against each other; a public row reads neither state nor principal.
      const call = {
        principal: caller?.principal,
        state: org,
        consistency: caller?.consistency,
        ip: req.socket.remoteAddress ?? '',
        params,
        ifMatch: headers['if-match'] ?? null,
        lastEventId: typeof last === 'string' && last !== '' ? last : undefined,
        async again(): Promise<void> {
          if (door !== null) await callerOf(door, service, req, params.org)
        },
        query,
        body,
        headers,
        prefix: ctx.originalUrl.startsWith('/t/') ? '/t' : '/orgs',
        accept: answersText && ctx.accepts('application/json', 'text/plain') === 'text/plain' ? 'text' : 'json',
      } as unknown as Call<never, never>
      const going = goingWith(caller?.principal ?? null, req, told.requestId, told.span)
      const made = doing(going, () => row.handle(call))
      reply = made instanceof Promise ? await made : made
    } finally {
      if (org !== null) org.held -= 1
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
  const given = asText ? row.textBody?.(text) : (row.quickText?.(text, parseJson) ?? parseJson(text))
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
