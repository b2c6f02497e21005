import { hash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose'
import { Generations } from '../lib/generations.ts'

/** What a request says that shows a token bound to a key. */
export interface Shown {
  readonly method: string
  /** Without query and fragment. */
  readonly url: string
  readonly proof: string
}

export type CheckProof = (token: string, jkt: string, shown: Shown) => Promise<boolean>

const WINDOW_MS = 60_000
/** Proofs remembered within the window, twice this at the most. */
const KEPT = 50_000

/** Whether a proof (RFC 9449) goes with a token and this request, and came for the first time. */
export function createProofs(clock: () => number): CheckProof {
  const seen = new Generations<string, true>(KEPT)
  return async (token, jkt, { method, url, proof }) => {
    try {
      const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
        typ: 'dpop+jwt',
        algorithms: ['EdDSA', 'Ed25519', 'ES256', 'RS256'],
        currentDate: new Date(clock()),
      })
      const { jti, htm, htu, iat, ath } = payload
      if (typeof jti !== 'string' || jti.length > 256 || typeof iat !== 'number' || typeof htu !== 'string')
        return false
      if (Math.abs(iat * 1000 - clock()) > WINDOW_MS) return false
      if (htm !== method || plain(htu) !== plain(url)) return false
      if (ath !== hash('sha256', token, 'base64url')) return false
      if ((await calculateJwkThumbprint(protectedHeader.jwk as JWK)) !== jkt) return false
      const name = `${jkt} ${jti}`
      if (seen.has(name)) return false
      seen.set(name, true)
      return true
    } catch {
      return false
    }
  }
}

function plain(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
