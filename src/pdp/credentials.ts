import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Credential, Identity } from '../agents/identity.ts'
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

const MARKS = { agent: 'agt', service: 'svc', user: 'usr' } as const satisfies Record<Identity['kind'], string>

/** An identity's API key. The org and the id of its credential stand in the text, so that it is found from any path. */
export function mintApiKey(org: string, kind: Identity['kind']): Minted & { readonly id: string } {
  const digits = randomBytes(8).toString('hex')
  const text = `lmk_${MARKS[kind]}_${org}_${digits}_${randomText(32)}`
  return { text, hash: sha256(text), id: `cred_${digits}` }
}

const API_KEY = /^lmk_(?:agt|svc|usr)_([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/

/** The org and the credential that an identity's API key names, or null for any other text. */
export function apiKeyIn(text: string): { readonly org: string; readonly id: string } | null {
  const [, org, digits] = API_KEY.exec(text) ?? []
  return org === undefined || digits === undefined ? null : { org, id: `cred_${digits}` }
}

/** A new id for a credential that is no API key. */
export const credentialId = (): string => `cred_${randomBytes(12).toString('hex')}`

/** Whether a credential counts at an instant: neither retired nor ended. */
export const isLive = ({ retiredAt, expiresAt }: Credential, now: number): boolean =>
  retiredAt === null && (expiresAt === null || now < expiresAt)

const NOBODYS = '0'.repeat(64)

/** Whether a text is what one of these hashes was made of. Takes as long for none as for a wrong one. */
export function matchesAny(text: string, hashes: readonly string[]): boolean {
  OWN.write(sha256(text), 'latin1')
  let found = false
  for (const hash of hashes.length === 0 ? [NOBODYS] : hashes) {
    if (hash.length === OTHER.length && OTHER.write(hash, 'latin1') === hash.length && timingSafeEqual(OWN, OTHER))
      found = true
  }
  return found
}

/** INVARIANT: nothing waits between filling them and comparing them. */
const OWN = Buffer.alloc(NOBODYS.length)
const OTHER = Buffer.alloc(NOBODYS.length)
