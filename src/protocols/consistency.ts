import { PdpError } from '../pdp/errors.ts'
import { type Consistency, MINIMIZE_LATENCY } from '../policy/consistency.ts'

export const TOKEN_HEADER = 'x-consistency-token'
export const LEVEL_HEADER = 'x-consistency'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * What a request's headers ask for. Fails with `invalid_request` for what is no token or no level, and for a token
 * together with `minimize_latency`, which would ignore it.
 */
export function consistencyFrom(headers: Headers): Consistency {
  const token = headers[TOKEN_HEADER]
  const level = headers[LEVEL_HEADER]
  if (token === undefined && level === undefined) return MINIMIZE_LATENCY
  const revision = token === undefined ? null : revisionFrom(token)
  switch (level) {
    case undefined:
      return revision === null ? MINIMIZE_LATENCY : { kind: 'at_least_as_fresh', revision }
    case 'minimize_latency':
      if (revision === null) return MINIMIZE_LATENCY
      throw wrong('`X-Consistency: minimize_latency` contradicts the token that came with it; send one of them')
    case 'at_least_as_fresh':
      if (revision !== null) return { kind: 'at_least_as_fresh', revision }
      throw wrong('`X-Consistency: at_least_as_fresh` needs the token of a write in `X-Consistency-Token`')
    case 'higher_consistency':
      return revision === null ? { kind: 'higher_consistency' } : { kind: 'higher_consistency', revision }
    default:
      throw wrong('`X-Consistency` must be `minimize_latency`, `at_least_as_fresh` or `higher_consistency`')
  }
}

/** The revision that a token names. Fails with `invalid_request`. */
export function revisionFrom(token: string | readonly string[]): number {
  if (typeof token === 'string' && /^\d{1,15}$/.test(token)) return Number(token)
  throw wrong('the consistency token is not a revision this service gave')
}

/**
 * What headers ask for, together with the `consistency` member of a body in OpenFGA's words: the more of the two. A
 * preference that is not known is none, as OpenFGA has it.
 */
export function withPreference(asked: Consistency, preference: string | null | undefined): Consistency {
  if (preference !== 'HIGHER_CONSISTENCY' || asked.kind === 'higher_consistency') return asked
  return asked.kind === 'at_least_as_fresh' ? { ...asked, kind: 'higher_consistency' } : { kind: 'higher_consistency' }
}

const wrong = (message: string): PdpError => new PdpError('invalid_request', message)
