import type { Revocation } from '../../agents/identity.ts'
import type { AccessToken } from '../../agents/token.ts'
import type { Change } from '../../facts/store.ts'
import type { Clock } from '../../lib/clock.ts'
import { timedId } from '../../lib/ids.ts'
import type { OrgState } from '../org.ts'
import type { Writer } from '../write.ts'

/** What is to die. `until`: when the last token of it has ended anyway. */
export interface Revoking {
  readonly of: Revocation['of']
  /** Tokens of a subject issued until then; null is now. */
  readonly before: number | null
  readonly until: number | null
  readonly reason: string
  /** Who did it, as an entity. */
  readonly by: string
}

export interface Revoked {
  readonly id: string
  readonly revision: number
}

export interface TokenRevoker {
  /** Kills a token, or all tokens of a subject, and what came from them. Every later question here knows of it. */
  revoke(state: OrgState, revoking: Revoking): Promise<Revoked>
}

export interface RevokerPorts {
  readonly write: Writer
  readonly clock: Clock
}

/** Revocations thrown away with each new one, once all they concern has ended. */
const SWEPT = 50

export function createTokenRevoker({ write, clock }: RevokerPorts): TokenRevoker {
  return {
    async revoke(state, { of, before, until, reason, by }) {
      const now = clock()
      const id = timedId('rev', now)
      const longest = now + state.registry.settings.maxLifetime * 1000
      const entry: Revocation = { kind: 'revocation', id, of, at: before ?? now, until: until ?? longest, reason }
      const changes: Change[] = [{ kind: 'registered', entry, by }, ...ended(state, now, by)]
      const revision = await write(state, changes)
      return { id, revision }
    },
  }
}

function ended({ registry }: OrgState, now: number, by: string): readonly Change[] {
  const changes: Change[] = []
  for (const { id, until } of registry.revocations.values()) {
    if (changes.length >= SWEPT) break
    if (until < now) changes.push({ kind: 'unregistered', of: 'revocation', id, by })
  }
  return changes
}

/** A token that was shown: its own end is the end of all that came from it. */
export const revokingOf = (token: AccessToken, by: string, reason: string): Revoking => ({
  of: { kind: 'token', jti: token.jti },
  before: null,
  until: token.expiresAt,
  reason,
  by,
})
