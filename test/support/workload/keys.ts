import { createHmac } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export interface IssuerKey {
  readonly alg: string
  readonly kid: string
  readonly privateKey: Parameters<SignJWT['sign']>[0]
  readonly jwk: Readonly<Record<string, unknown>>
}

export async function makeKey(
  alg: string,
  kid: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, use: 'sig', alg, ...more } }
}

export const sign = (
  claims: Readonly<Record<string, unknown>>,
  key: IssuerKey,
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey)

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What no library makes: any header over any claims, with any signature. */
export const forged = (header: unknown, claims: unknown, signature = 'c2ln'): string =>
  `${part(header)}.${part(claims)}.${signature}`

/** The public key of an issuer as an HMAC secret: the classic confusion. */
export function hmacWithPublicKey(claims: unknown, key: IssuerKey): string {
  const input = `${part({ alg: 'HS256', kid: key.kid })}.${part(claims)}`
  return `${input}.${createHmac('sha256', JSON.stringify(key.jwk)).update(input).digest('base64url')}`
}
