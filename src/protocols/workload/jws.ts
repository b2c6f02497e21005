import type { JsonObject } from '../../policy/json.ts'
import { fault, type WorkloadFault } from './fault.ts'

/** A compact JWS taken apart, nothing of it believed yet. */
export interface Jws {
  readonly kind: 'jws'
  readonly header: JsonObject
  readonly alg: string
  readonly kid: string | null
  readonly claims: JsonObject
}

export const MAX_TOKEN = 16 * 1024

/** Takes a compact JWS apart once. The claims are those bytes whose signature is checked later. */
export function parseJws(token: string): Jws | WorkloadFault {
  if (token.length > MAX_TOKEN) return fault('malformed', `expected at most ${MAX_TOKEN} characters`)
  const parts = token.split('.')
  if (parts.length !== 3 || parts.some(part => !/^[A-Za-z0-9_-]+$/.test(part))) {
    return fault('malformed', 'expected three parts in base64url')
  }
  const header = objectIn(parts[0] ?? '')
  const claims = objectIn(parts[1] ?? '')
  if (header === null || claims === null)
    return fault('malformed', 'expected a header and claims that are JSON objects')
  const { alg, kid } = header
  if (typeof alg !== 'string') return fault('header', 'expected an `alg`')
  if (kid !== undefined && (typeof kid !== 'string' || kid === ''))
    return fault('header', 'expected a `kid` that is text')
  return { kind: 'jws', header, alg, kid: kid ?? null, claims }
}

function objectIn(part: string): JsonObject | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url'))
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
  } catch {
    return null
  }
}
