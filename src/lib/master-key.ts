import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto'

/** What private keys are sealed under before they are stored. */
export interface MasterKey {
  /** Names the key without telling anything of it. */
  readonly id: string
  /** `bound` is what the sealed text belongs to: it opens with the same words only. */
  seal(secret: Buffer, bound: string): string
  /** Null for what this key did not seal, or not for `bound`. */
  open(sealed: string, bound: string): Buffer | null
  /** 32 bytes that are always the same for `purpose`, and tell nothing of the key or of those for others. */
  derive(purpose: string): Buffer
}

const BYTES = 32
const IV = 12
const TAG = 16

/** A master key from 32 bytes as hex or base64, or null for any other text. */
export function readMasterKey(text: string): MasterKey | null {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? Buffer.from(text, 'hex') : fromBase64(text)
  return bytes?.length === BYTES ? masterKeyOf(bytes) : null
}

export const newMasterKeyText = (): string => randomBytes(BYTES).toString('base64url')

function fromBase64(text: string): Buffer | null {
  return /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, 'base64') : null
}

/** AES-256-GCM, with a nonce of chance before each text and its tag behind it. */
function masterKeyOf(bytes: Buffer): MasterKey {
  return {
    id: hash('sha256', Buffer.concat([Buffer.from('lumoauth master key\0'), bytes])).slice(0, 16),
    seal(secret, bound) {
      const iv = randomBytes(IV)
      const cipher = createCipheriv('aes-256-gcm', bytes, iv)
      cipher.setAAD(Buffer.from(bound))
      const sealed = Buffer.concat([cipher.update(secret), cipher.final()])
      return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url')
    },
    derive: purpose => Buffer.from(hkdfSync('sha256', bytes, '', `lumoauth derived\0${purpose}`, BYTES)),
    open(sealed, bound) {
      const all = Buffer.from(sealed, 'base64url')
      if (all.length < IV + TAG) return null
      const decipher = createDecipheriv('aes-256-gcm', bytes, all.subarray(0, IV), { authTagLength: TAG })
      decipher.setAAD(Buffer.from(bound))
      decipher.setAuthTag(all.subarray(-TAG))
      try {
        return Buffer.concat([decipher.update(all.subarray(IV, -TAG)), decipher.final()])
      } catch {
        return null
      }
    },
  }
}
