import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Receiver } from './receiver.ts'
import type { Claims } from './rows.ts'

/** Who called, as the token says. */
export interface Caller {
  readonly claims: Claims
  readonly degraded: boolean
}

/** How a request is to be refused. */
export interface Refusal {
  readonly status: 401 | 403 | 503
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: string; readonly error_description: string }
}

export interface GuardOptions {
  /** Scopes a token must hold, all of them. */
  readonly scopes?: readonly string[]
  /** Where this resource is called, for proofs of tokens that are bound to a key: `https://api.example.com`. */
  readonly origin?: string
  readonly realm?: string
}

type Asked = Pick<IncomingMessage, 'headers' | 'method' | 'url'>

const AUTHORIZATION = /^(Bearer|DPoP) +([A-Za-z0-9._~+/-]+=*) *$/i

const refuse = (status: Refusal['status'], error: string, why: string, challenge: string | null): Refusal => ({
  status,
  headers: {
    ...(challenge !== null && { 'www-authenticate': challenge }),
    ...(status === 503 && { 'retry-after': '1' }),
    'cache-control': 'no-store',
  },
  body: { error, error_description: why },
})

/** Lets a request in, or says how to refuse it. Whatever framework: this is all there is to it. */
export async function guard(receiver: Receiver, request: Asked, options: GuardOptions = {}): Promise<Caller | Refusal> {
  const { scopes = [], origin, realm = 'resource' } = options
  const [, scheme = '', token] = AUTHORIZATION.exec(request.headers.authorization ?? '') ?? []
  if (token === undefined) return refuse(401, 'invalid_token', 'expected an access token', `Bearer realm="${realm}"`)
  const { dpop } = request.headers
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const shown =
    typeof dpop === 'string' && scheme.toLowerCase() === 'dpop' && origin !== undefined
      ? { method: request.method ?? '', url: origin + path, proof: dpop }
      : undefined
  const verdict = await receiver.verify(token, shown)
  switch (verdict.kind) {
    case 'dead': {
      const challenge = `Bearer realm="${realm}", error="invalid_token", error_description="the access token is not good (any more)"`
      return refuse(401, 'invalid_token', verdict.why, challenge)
    }
    case 'blind':
      return refuse(503, 'temporarily_unavailable', verdict.why, null)
    case 'good': {
      const held = verdict.claims.scope.split(' ')
      const lacks = scopes.filter(scope => !held.includes(scope))
      if (lacks.length === 0) return { claims: verdict.claims, degraded: verdict.degraded }
      const challenge = `Bearer realm="${realm}", error="insufficient_scope", scope="${scopes.join(' ')}"`
      return refuse(403, 'insufficient_scope', `the token does not hold \`${lacks.join(' ')}\``, challenge)
    }
  }
}

export const isRefusal = (found: Caller | Refusal): found is Refusal => 'status' in found

/** For `node:http`: the handler is called for those who may in. */
export function forNode(
  receiver: Receiver,
  handle: (request: IncomingMessage, response: ServerResponse, caller: Caller) => void,
  options?: GuardOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const found = await guard(receiver, request, options)
    if (isRefusal(found)) write(response, found)
    else handle(request, response, found)
  }
}

function write(response: ServerResponse, { status, headers, body }: Refusal): void {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** For Express and Connect: `request.caller` says who it is. */
export function forExpress(receiver: Receiver, options?: GuardOptions) {
  return async (
    request: IncomingMessage & { originalUrl?: string; caller?: Caller },
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    try {
      const { headers, method, originalUrl, url } = request
      const asked: Asked = { headers, ...(method !== undefined && { method }), url: originalUrl ?? url ?? '' }
      const found = await guard(receiver, asked, options)
      if (isRefusal(found)) return write(response, found)
      request.caller = found
    } catch (error) {
      return next(error)
    }
    next()
  }
}

/** What of Koa's context is used. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly originalUrl: string
  status: number
  body: unknown
  state: Record<string, unknown>
  set(headers: Record<string, string>): void
}

/** For Koa: `ctx.state.caller` says who it is. */
export function forKoa(receiver: Receiver, options?: GuardOptions) {
  return async (ctx: KoaContext, next: () => Promise<unknown>): Promise<void> => {
    const { headers, method } = ctx.req
    const asked: Asked = { headers, ...(method !== undefined && { method }), url: ctx.originalUrl }
    const found = await guard(receiver, asked, options)
    if (!isRefusal(found)) {
      ctx.state.caller = found
      await next()
      return
    }
    ctx.status = found.status
    ctx.set({ ...found.headers })
    ctx.body = found.body
  }
}
