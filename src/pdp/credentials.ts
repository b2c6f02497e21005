import { randomBytes, timingSafeEqual } from 'node:crypto'
import { randomText, sha256 } from '../lib/ids.ts'

/** What is shown once, and what is kept of it. */
export interface Minted {
  readonly text: string
  /** SHA-256 of the whole text, hex. */
  readonly hash: string
}

/** A client secret: 256 random bits behind a prefix that scanners know, in characters that no form or header encodes. */
export function mintSecret(): Minted {
  const text = `lms_${randomText(32)}`
  return { text, hash: sha256(text) }
}

const AGENT_KEY = /^lmk_agt_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/

/** An agent's API key; `id` is that of its credential and stands in the text. */
export function mintAgentKey(): Minted & { readonly id: string } {
  const digits = randomBytes(8).toString('hex')
  const text = `lmk_agt_${digits}_${randomText(32)}`
  return { text, hash: sha256(text), id: `cred_${digits}` }
}

/** Id of the credential an agent's API key belongs to, or null for any other text. */
export function agentKeyId(text: string): string | null {
  const digits = AGENT_KEY.exec(text)?.[1]
  return digits === undefined ? null : `cred_${digits}`
}

/** A new id for a credential that is no API key. */
export const credentialId = (): string => `cred_${randomBytes(12).toString('hex')}`

const NOBODYS = '0'.repeat(64)

/** Whether a text is what one of these hashes was made of. Takes as long for none as for a wrong one. */
export function matchesAny(text: string, hashes: readonly string[]): boolean {
  const own = Buffer.from(sha256(text))
  let found = false
  for (const hash of hashes.length === 0 ? [NOBODYS] : hashes) {
    if (hash.length === own.length && timingSafeEqual(own, Buffer.from(hash))) found = true
  }
  return found
}
