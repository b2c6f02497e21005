import type { AccessToken } from '../agents/token.ts'
import type { DeadReason } from '../facts/live.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Orgs } from './orgs.ts'
import type { Tokens } from './tokens/tokens.ts'
import { isFor } from './tokens/verify.ts'

/** Whom an access token of the org speaks for: its subject, through its actors, within its scopes. */
export interface TokenPrincipal {
  readonly kind: 'token'
  readonly org: string
  readonly token: AccessToken
}

const DEAD: Readonly<Record<DeadReason, string>> = {
  expired: 'the access token has expired',
  not_yet: 'the access token is not valid yet',
  revoked: 'the access token was revoked',
  ancestor_revoked: 'the access token came from one that was revoked',
  identity_not_active: 'whom the access token names is not active',
  consent_ended: 'the consent the access token rests on has ended',
  task_ended: 'the task the access token is for is over, or suspended',
  approval_ended: 'what the access token was approved for was done, has ended or was taken back',
}

const notOurs = (): PdpError => new PdpError('unauthenticated', 'the access token is not one of this service')

/** Callers by access token; at once where the org is loaded. */
export function createBearers(tokens: Pick<Tokens, 'verify' | 'orgIn' | 'issuers'>, orgs: Orgs) {
  // One object a token, so that what is remembered of a caller is found again.
  const principals = new WeakMap<AccessToken, TokenPrincipal>()

  const accepted = (state: OrgState, text: string): TokenPrincipal => {
    const found = tokens.verify(state, text)
    if (found.kind === 'not_ours') throw notOurs()
    if (found.kind === 'dead') throw new PdpError('unauthenticated', DEAD[found.why])
    const { token } = found
    if (!isFor(token, tokens.issuers.of(state.org.slug))) {
      throw new PdpError('unauthenticated', 'the access token is for another audience than this service')
    }
    const known = principals.get(token)
    if (known !== undefined) return known
    const made: TokenPrincipal = { kind: 'token', org: state.org.slug, token }
    principals.set(token, made)
    return made
  }

  return (text: string): TokenPrincipal | Promise<TokenPrincipal> => {
    const slug = tokens.orgIn(text)
    if (slug === null) throw notOurs()
    const state = orgs.get(slug)
    if (!(state instanceof Promise)) return accepted(state, text)
    return state.then(
      loaded => accepted(loaded, text),
      (error: unknown) => {
        throw error instanceof PdpError && error.code === 'org_not_found' ? notOurs() : error
      },
    )
  }
}
