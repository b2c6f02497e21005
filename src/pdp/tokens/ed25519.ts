import { type KeyObject, sign, verify } from 'node:crypto'
import { createRequire } from 'node:module'

/** Signs and verifies by Ed25519 (RFC 8032, without a context). Keys are known to be of that kind. */
export interface Ed25519 {
  readonly sign: (data: Uint8Array, key: KeyObject) => Buffer
  readonly verify: (data: Uint8Array, key: KeyObject, signature: Uint8Array) => boolean
}

/** What is used of libsodium: https://doc.libsodium.org/public-key_cryptography/public-key_signatures */
interface Sodium {
  crypto_sign_detached(signature: Uint8Array, data: Uint8Array, secret: Uint8Array): void
  crypto_sign_verify_detached(signature: Uint8Array, data: Uint8Array, key: Uint8Array): boolean
}

/** OpenSSL's, which is always there. */
export const OPENSSL: Ed25519 = {
  sign: (data, key) => sign(null, data, key),
  verify: (data, key, signature) => signature.length === LENGTH && verify(null, data, key, signature),
}

const LENGTH = 64

/**
 * Libsodium's, in half of the time. A signature is the same bytes whoever makes it. It refuses what an honest signer cannot
 * have made and OpenSSL takes: keys and points of small order.
 */
function byLibsodium(sodium: Sodium): Ed25519 {
  const secrets = new WeakMap<KeyObject, Uint8Array>()
  const keys = new WeakMap<KeyObject, Uint8Array>()
  return {
    sign(data, key) {
      const secret = secrets.get(key) ?? secretOf(key)
      secrets.set(key, secret)
      const signature = Buffer.allocUnsafe(LENGTH)
      sodium.crypto_sign_detached(signature, data, secret)
      return signature
    },
    verify(data, key, signature) {
      if (signature.length !== LENGTH) return false
      const bytes = keys.get(key) ?? publicOf(key)
      keys.set(key, bytes)
      return sodium.crypto_sign_verify_detached(signature, data, bytes)
    },
  }
}

const publicOf = (key: KeyObject): Uint8Array => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')

/** The seed and the public key, as libsodium wants them. */
function secretOf(key: KeyObject): Uint8Array {
  const { d, x } = key.export({ format: 'jwk' })
  return Buffer.concat([Buffer.from(d ?? '', 'base64url'), Buffer.from(x ?? '', 'base64url')])
}

/** Null where there is no build of it for this machine. */
export const LIBSODIUM: Ed25519 | null = found()

function found(): Ed25519 | null {
  try {
    return byLibsodium(createRequire(import.meta.url)('sodium-native') as Sodium)
  } catch {
    return null
  }
}

export const ed25519: Ed25519 = LIBSODIUM ?? OPENSSL
