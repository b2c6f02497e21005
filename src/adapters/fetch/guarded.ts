import { lookup } from 'node:dns/promises'
import { type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { isIP } from 'node:net'
import { type Fetch, FetchError, type Fetched, type FetchRequest } from '../../lib/fetch.ts'
import { createGate } from './gate.ts'
import { hostAndPort, type Resolve, type Target, targetOf, urlOf } from './target.ts'

export interface FetchOptions {
  /** `host:port` of what may be asked in plain HTTP and at private addresses. */
  readonly allow: readonly string[]
  readonly resolve?: Resolve
  readonly timeoutMs?: number
  readonly maxBytes?: number
  readonly limits?: { readonly total: number; readonly perHost: number; readonly waiting: number }
}

const TIMEOUT_MS = 5_000
const MAX_BYTES = 64 * 1024
const LIMITS = { total: 32, perHost: 8, waiting: 256 }

const bySystem: Resolve = async name => (await lookup(name, { all: true })).map(found => found.address)

/** Fetches from servers nobody vouches for. All of it, waiting and resolving included, is over within the timeout. */
export function createFetch(options: FetchOptions): Fetch {
  const { resolve = bySystem, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, limits = LIMITS } = options
  const allowed = new Set(options.allow)
  const gate = createGate(limits)

  return async request => {
    const url = urlOf(request.url, allowed)
    const signal = AbortSignal.timeout(timeoutMs)
    const leave = await gate.enter(hostAndPort(url), signal)
    try {
      const target = await untilAborted(targetOf(url, allowed, resolve), signal, url.host)
      return await exchange(target, request, signal, maxBytes)
    } finally {
      leave()
    }
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal, host: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(tooSlow(host))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

const tooSlow = (host: string): FetchError => new FetchError('timeout', `\`${host}\` did not answer in time`)

/** One request on a connection of its own, to the very address that was looked at. */
function exchange(target: Target, asked: FetchRequest, signal: AbortSignal, maxBytes: number): Promise<Fetched> {
  const { url, address, name } = target
  const secure = url.protocol === 'https:'
  const { method = 'GET', headers = {}, body } = asked
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(failureOf(error, url.host, signal))
    const sent = (secure ? overHttps : overHttp)({
      host: address,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      path: url.pathname + url.search,
      method,
      agent: false,
      signal,
      headers: {
        accept: 'application/json',
        ...headers,
        'accept-encoding': 'identity',
        host: url.host,
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      ...(secure && { servername: isIP(name) === 0 ? name : '', ...(asked.ca !== undefined && { ca: asked.ca }) }),
    })
    sent.on('error', fail)
    sent.on('response', response => {
      read(response, url.host, maxBytes).then(resolve, fail)
    })
    sent.end(body)
  })
}

async function read(response: IncomingMessage, host: string, maxBytes: number): Promise<Fetched> {
  try {
    const status = response.statusCode ?? 0
    if (status >= 300 && status < 400) {
      throw new FetchError('redirect', `\`${host}\` redirects (${status}); redirects are not followed`)
    }
    if ((response.headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new FetchError('bad_answer', `\`${host}\` answered in an encoding that was not asked for`)
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw new FetchError('too_large', `\`${host}\` answered more than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    const headers: Record<string, string> = {}
    for (const [key, value] of Object.entries(response.headers)) {
      if (value !== undefined) headers[key] = Array.isArray(value) ? value.join(', ') : value
    }
    return { status, headers, text: textOf(Buffer.concat(chunks), host) }
  } finally {
    response.destroy()
  }
}

function textOf(bytes: Buffer, host: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new FetchError('bad_answer', `\`${host}\` answered something that is not UTF-8`, error)
  }
}

function failureOf(error: unknown, host: string, signal: AbortSignal): FetchError {
  if (error instanceof FetchError) return error
  if (signal.aborted) return tooSlow(host)
  return new FetchError('unreachable', `\`${host}\` cannot be reached, or broke off`, error)
}
