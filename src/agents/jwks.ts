import type { Json, JsonObject } from '../policy/json.ts'

const MOST_KEYS = 5
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const COMMON = ['kty', 'kid', 'alg', 'use', 'key_ops', 'ext', 'x5t', 'x5t#S256']
/** Bytes of an RSA modulus. */
const LEAST_RSA = 256
const MOST_RSA = 1024
const P256_BYTES = 32

interface Shape {
  readonly algs: readonly string[]
  readonly crv: string | null
  /** Members that hold bytes, and how many. */
  readonly bytes: Readonly<Record<string, readonly [least: number, most: number]>>
}

const SHAPES: Readonly<Record<string, Shape>> = {
  OKP: { algs: ['EdDSA', 'Ed25519'], crv: 'Ed25519', bytes: { x: [32, 32] } },
  EC: { algs: ['ES256'], crv: 'P-256', bytes: { x: [P256_BYTES, P256_BYTES], y: [P256_BYTES, P256_BYTES] } },
  RSA: { algs: ['RS256'], crv: null, bytes: { n: [LEAST_RSA, MOST_RSA], e: [3, 4] } },
}

/** What is wrong with a set of public keys to verify signatures with, or null: Ed25519, ES256 and RS256, five at the most. */
export function jwksProblem(jwks: JsonObject): string | null {
  const unknown = Object.keys(jwks).find(name => name !== 'keys')
  if (unknown !== undefined) return `a key set has \`keys\` and no \`${unknown}\``
  const { keys } = jwks
  if (!Array.isArray(keys) || keys.length === 0) return 'expected `keys`, a list of at least one key'
  if (keys.length > MOST_KEYS) return `there may be ${MOST_KEYS} keys at the most`
  for (const [index, key] of (keys as readonly Json[]).entries()) {
    const problem = isObject(key) ? keyProblem(key) : 'expected an object'
    if (problem !== null) return `keys.${index}: ${problem}`
  }
  return sameProblem(keys as readonly JsonObject[])
}

function keyProblem(key: JsonObject): string | null {
  const secret = PRIVATE.find(name => name in key)
  if (secret !== undefined) return `\`${secret}\` is a private part; send the public key alone, and replace this one`
  const shape = typeof key.kty === 'string' && Object.hasOwn(SHAPES, key.kty) ? SHAPES[key.kty] : undefined
  if (shape === undefined) return '`kty` must be `OKP`, `EC` or `RSA`'
  const { algs, crv, bytes } = shape
  if (crv !== null && key.crv !== crv) return `\`crv\` of an ${key.kty} key must be \`${crv}\``
  const names = [...COMMON, ...Object.keys(bytes), ...(crv === null ? [] : ['crv'])]
  const unknown = Object.keys(key).find(name => !names.includes(name))
  if (unknown !== undefined) return `\`${unknown}\` is no member of a public ${key.kty} key`
  for (const [name, [least, most]] of Object.entries(bytes)) {
    const size = bytesIn(key[name])
    if (size === null) return `\`${name}\` must be base64url without padding`
    if (size < least || size > most) return `\`${name}\` has ${size} bytes, which is no key we take`
  }
  if (key.alg !== undefined && !algs.includes(String(key.alg))) {
    return `\`alg\` of this key must be \`${algs.join('` or `')}\`, or left out`
  }
  if (key.use !== undefined && key.use !== 'sig') return '`use` must be `sig`, or left out'
  const { key_ops: ops } = key
  if (ops !== undefined && !(Array.isArray(ops) && ops.length === 1 && ops[0] === 'verify')) {
    return '`key_ops` must be `["verify"]`, or left out'
  }
  const isKid = typeof key.kid === 'string' && key.kid.length > 0 && key.kid.length <= 200
  return key.kid === undefined || isKid ? null : '`kid` must be a text of 1 to 200 characters, or left out'
}

function sameProblem(keys: readonly JsonObject[]): string | null {
  const kids = keys.flatMap(key => (typeof key.kid === 'string' ? [key.kid] : []))
  if (new Set(kids).size < kids.length) return 'two keys have the same `kid`'
  const materials = keys.map(key => JSON.stringify([key.kty, key.crv ?? null, key.x ?? key.n, key.y ?? key.e ?? null]))
  return new Set(materials).size < materials.length ? 'the same key is there twice' : null
}

const BASE64URL = /^[A-Za-z0-9_-]+$/

/** How many bytes a text in base64url stands for; null where it stands for none. */
function bytesIn(value: Json | undefined): number | null {
  if (typeof value !== 'string' || !BASE64URL.test(value) || value.length % 4 === 1) return null
  return Math.floor((value.length * 3) / 4)
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What is wrong with where keys are fetched from, or null. Whether it may be reached is asked when it is fetched. */
export function jwksUriProblem(text: string): string | null {
  if (!URL.canParse(text)) return 'expected a URL such as https://agent.example.com/jwks.json'
  const { protocol, hostname, username, password, hash } = new URL(text)
  const isLocal = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  if (protocol !== 'https:' && !(protocol === 'http:' && isLocal)) return 'expected an https URL'
  if (username !== '' || password !== '' || hash !== '') return 'a URL of keys has neither a user nor a fragment'
  return null
}
