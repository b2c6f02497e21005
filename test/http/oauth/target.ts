import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import { request as httpRequest } from 'node:http'

/** A token endpoint and clients of it that are registered alike wherever it is. */
export interface Target {
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly secretClient: { readonly id: string; readonly secret: string }
  /** A second one, for its id. */
  readonly otherClient: { readonly id: string; readonly secret: string }
  /** Of a client with the same secret that sends it by Basic; the same client where either way will do. */
  readonly basicId: string
  /** Registered with `KEY`, and so for EdDSA. */
  readonly keyClient: { readonly id: string }
}

export const KEY = generateKeyPairSync('ed25519')
export const OTHER_KEY = generateKeyPairSync('ed25519')
export const EC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const RSA_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })

export interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Got {
  readonly status: number
  readonly error: string | null
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the answer holds
  readonly json: any
}

export function post(url: string, { method = 'POST', headers = {}, body }: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const request = httpRequest(
      url,
      { method, headers: { ...form, ...length, ...headers }, agent: false },
      response => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const json = readJson(Buffer.concat(chunks).toString())
          const error = typeof json?.error === 'string' ? json.error : null
          resolve({ status: response.statusCode ?? 0, error, headers: response.headers, json })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

function readJson(text: string) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export const form = (params: Readonly<Record<string, string>>): string => new URLSearchParams(params).toString()

export const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

export const base64url = (value: object | string | Buffer): string =>
  Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url')

export interface Assertion {
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
  readonly without?: readonly string[]
  readonly key?: KeyObject
  /** Signs the text in place of the key. */
  readonly signer?: (text: string) => Buffer
}

/** A client assertion of the key client (RFC 7523), right unless something of it is said to be wrong. */
export function assertionFor(t: Target, { header, claims, without = [], key, signer }: Assertion = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const { id } = t.keyClient
  const all: Record<string, unknown> = {
    iss: id,
    sub: id,
    aud: t.issuer,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    ...claims,
  }
  for (const name of without) delete all[name]
  const text = `${base64url({ alg: 'EdDSA', ...header })}.${base64url(all)}`
  const signed = signer?.(text) ?? sign(null, Buffer.from(text), key ?? KEY.privateKey)
  return `${text}.${base64url(signed)}`
}

export const hmac =
  (secret: string) =>
  (text: string): Buffer =>
    createHmac('sha256', secret).update(text).digest()

export const ecSigner = (text: string): Buffer =>
  sign('sha256', Buffer.from(text), { key: EC_KEY.privateKey, dsaEncoding: 'ieee-p1363' })

export const rsaSigner = (text: string): Buffer => sign('sha256', Buffer.from(text), RSA_KEY.privateKey)

export const publicPem = (): string => KEY.publicKey.export({ type: 'spki', format: 'pem' }).toString()

export const ed448 = createPrivateKey(
  generateKeyPairSync('ed448').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
)

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
