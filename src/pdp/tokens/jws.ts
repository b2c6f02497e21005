import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { Generations } from '../../lib/generations.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { ed25519 } from './ed25519.ts'
import { parseStrict } from './strict-json.ts'

/** Algorithms tokens are signed with here. `EdDSA` and `Ed25519` name the same one (RFC 9864). */
export const JWS_ALGORITHMS = ['Ed25519', 'EdDSA', 'ES256', 'RS256'] as const
export type JwsAlgorithm = (typeof JWS_ALGORITHMS)[number]

/** A compact JWS that is well formed; nothing about it is proved. */
export interface Jws {
  readonly header: JsonObject
  readonly payload: JsonObject
  /** What was signed. */
  readonly signed: string
  readonly signature: Buffer
}

/** Characters of a token at the most. */
const LONGEST = 16_384

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads a compact JWS whose payload is a JSON object; null for anything that is not one to the letter. */
export function parseJws(text: string): Jws | null {
  if (text.length > LONGEST) return null
  const parts = text.split('.')
  const [first = '', second = '', third = ''] = parts
  if (parts.length !== 3) return null
  const header = headerIn(first)
  const payload = objectIn(second)
  const signature = bytesIn(third)
  if (header === null || payload === null || signature === null) return null
  return { header, payload, signed: text.slice(0, first.length + 1 + second.length), signature }
}

/** Each signer's are the same but for what it signs: they are read once. */
const headers = new Generations<string, JsonObject>(256)
const LONGEST_KEPT = 512

function headerIn(text: string): JsonObject | null {
  const known = headers.get(text)
  if (known !== undefined) return known
  const made = objectIn(text)
  if (made !== null && text.length <= LONGEST_KEPT) headers.set(text, made)
  return made
}

/** Base64url without padding, in the one form that encodes these bytes. */
function bytesIn(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.toString('base64url') === text ? bytes : null
}

function objectIn(text: string): JsonObject | null {
  const bytes = bytesIn(text)
  if (bytes === null) return null
  try {
    const value = parseStrict(utf8.decode(bytes))
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : null
  } catch {
    return null
  }
}

/** Whether a key is of the kind the algorithm wants: no other kind is ever tried with it. */
export function fits(alg: unknown, key: KeyObject): alg is JwsAlgorithm {
  switch (alg) {
    case 'EdDSA':
    case 'Ed25519':
      return key.asymmetricKeyType === 'ed25519'
    case 'ES256':
      return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    case 'RS256':
      return key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
    default:
      return false
  }
}

/** Whether the signature is that of `key` by the algorithm the header names. */
export function isSignedBy({ header, signed, signature }: Jws, key: KeyObject): boolean {
  const { alg } = header
  if (!fits(alg, key)) return false
  const data = Buffer.from(signed)
  switch (alg) {
    case 'EdDSA':
    case 'Ed25519':
      return ed25519.verify(data, key, signature)
    case 'ES256':
      return signature.length === 64 && verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature)
    case 'RS256':
      return verify('sha256', data, key, signature)
  }
}

/** A compact JWS. `header` is its first part, encoded already. */
export function signJws(alg: 'EdDSA' | 'RS256', header: string, payload: JsonObject, key: KeyObject): string {
  const signed = `${header}.${encoded(payload)}`
  const data = Buffer.from(signed)
  const signature = alg === 'EdDSA' ? ed25519.sign(data, key) : sign('sha256', data, key)
  return `${signed}.${signature.toString('base64url')}`
}

export const encoded = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** The public key of a JWK that may verify signatures, or null for any other: private, symmetric, or for encryption. */
export function verifyingKey(jwk: JsonObject): KeyObject | null {
  if (PRIVATE.some(name => Object.hasOwn(jwk, name))) return null
  const { kty, use, key_ops: operations } = jwk
  if (kty !== 'OKP' && kty !== 'EC' && kty !== 'RSA') return null
  if (use !== undefined && use !== 'sig') return null
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return null
  try {
    const key = createPublicKey({ key: publicMembers(jwk), format: 'jwk' })
    return JWS_ALGORITHMS.some(alg => fits(alg, key)) ? key : null
  } catch {
    return null
  }
}

const publicMembers = (jwk: JsonObject): Record<string, string> =>
  Object.fromEntries(
    ['kty', 'crv', 'x', 'y', 'n', 'e'].flatMap(name => (typeof jwk[name] === 'string' ? [[name, jwk[name]]] : [])),
  )

/** The keys of a JWK set, or null for what is none. */
export function jwksIn(value: Json): readonly JsonObject[] | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  const { keys } = value as JsonObject
  if (!Array.isArray(keys)) return null
  return keys.filter(key => key !== null && typeof key === 'object' && !Array.isArray(key)) as readonly JsonObject[]
}
