import { isAscii } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { PdpError } from '../pdp/errors.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import { HttpError } from './errors.ts'

/** Deepest nesting of a JSON body. */
const DEPTH = 32

/** A text so short is parsed before its depth is looked at: what was parsed is looked through in a quarter of the time. */
const SHORT = 1 << 16

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/** The whole body as text. Fails with `payload_too_large`, or `invalid_request` for what is not UTF-8 or breaks off. */
export function readText(request: IncomingMessage, limit: number, refusal?: () => Error): Promise<string> {
  const tooLarge = refusal ?? (() => tooLargeFor(limit))
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
    let first: Buffer | null = null
    let more: Buffer[] | null = null
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) {
        request.removeAllListeners('data')
        request.resume()
        reject(tooLarge())
      } else if (first === null) first = chunk
      else if (more === null) more = [first, chunk]
      else more.push(chunk)
    })
    request.on('end', () => {
      try {
        resolve(textOf(more === null ? (first ?? NOTHING) : Buffer.concat(more, size)))
      } catch {
        reject(new PdpError('invalid_request', 'the body is not valid UTF-8'))
      }
    })
    request.on('error', reject)
    request.on('close', () => {
      if (!request.complete) reject(new PdpError('invalid_request', 'the body broke off'))
    })
  })
}

const NOTHING = Buffer.alloc(0)

/** Nearly every body is ASCII, whose bytes are its characters: a decoder would take longer to start than that. */
const textOf = (bytes: Buffer): string => (isAscii(bytes) ? bytes.toString('latin1') : utf8.decode(bytes))

const tooLargeFor = (limit: number): HttpError =>
  new HttpError('payload_too_large', `the body is larger than ${limit} bytes`)

/** Fails with `invalid_request` for what is not JSON, nested too deep, or holds text that no store can keep. */
export function parseJson(text: string): Json {
  if (text === '') throw new PdpError('invalid_request', 'the body is empty; expected a JSON object')
  const many = hasMany(text, '{') || hasMany(text, '[')
  if (many && text.length > SHORT) refuseDepth(text)
  const value = parse(text)
  if (many && text.length <= SHORT && isDeeper(value, DEPTH)) throw tooDeep()
  if (text.includes('\\u')) refuseUnkeepable(value)
  return value
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (error) {
    refuseDepth(text)
    const why = error instanceof SyntaxError ? error.message.slice(0, 200) : 'not JSON'
    throw new PdpError('invalid_request', `the body is not JSON: ${why}`)
  }
}

/** Whether a text has more of this character than a body may nest. */
function hasMany(text: string, character: string): boolean {
  let count = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) {
    count += 1
    if (count > DEPTH / 2) return true
  }
  return false
}

const tooDeep = (): PdpError => new PdpError('invalid_request', `the body is nested deeper than ${DEPTH} levels`)

/** Whether a list or object has more levels than these. It goes no deeper than that. */
function isDeeper(value: Json, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) if (isNested(item) && isDeeper(item, levels - 1)) return true
    return false
  }
  const members = value as JsonObject
  for (const name in members) {
    const member = members[name]
    if (member !== undefined && isNested(member) && isDeeper(member, levels - 1)) return true
  }
  return false
}

const isNested = (value: Json): boolean => typeof value === 'object' && value !== null

/** What is no JSON for being nested too deep is told so. */
function refuseDepth(text: string): void {
  let depth = 0
  let inText = false
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i)
    if (inText) {
      if (c === 92) i += 1
      else if (c === 34) inText = false
    } else if (c === 34) inText = true
    else if (c === 123 || c === 91) {
      depth += 1
      if (depth > DEPTH) throw tooDeep()
    } else if (c === 125 || c === 93) depth -= 1
  }
}

function refuseUnkeepable(value: Json): void {
  if (typeof value === 'string') refuseText(value)
  if (value === null || typeof value !== 'object') return
  for (const [key, item] of Object.entries(value)) {
    refuseText(key)
    refuseUnkeepable(item)
  }
}

/** NUL and lone surrogates have no place in any database's text. */
export function refuseText(text: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw new PdpError('invalid_request', 'the body holds a NUL character or half a surrogate pair')
  }
}
