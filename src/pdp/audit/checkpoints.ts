import type { AuditStore } from '../../facts/audit.ts'
import { CHECKPOINT } from '../../facts/audit-kinds.ts'
import { ITSELF } from '../../facts/change-events.ts'
import type { Clock } from '../../lib/clock.ts'
import { sha256, timedId } from '../../lib/ids.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { encoded, signJws } from '../tokens/jws.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import { CHECKPOINT_TYPE, type Keys } from './signed.ts'

export interface CheckpointPorts {
  readonly store: AuditStore
  readonly keys: SigningKeys
  readonly orgs: { get(slug: string): OrgState | Promise<OrgState> }
  readonly clock: Clock
}

/** The org signs what its chain is now. False where it has none, or was signed there already. */
export async function signCheckpoint({ store, keys, clock }: CheckpointPorts, state: OrgState): Promise<boolean> {
  const org = state.org.slug
  const { seq, hash } = await store.auditHead(org)
  if (seq === 0) return false
  const at = clock()
  const signer = await keys.signer(state, 'EdDSA')
  const header = encoded({ alg: signer.alg, kid: signer.kid, typ: CHECKPOINT_TYPE })
  const jws = signJws('EdDSA', header, { at, hash, org, seq }, signer.key)
  const jwk = state.registry.signingKeys.get(signer.kid)?.publicJwk ?? null
  return store.addCheckpoint(
    org,
    { seq, hash, at, jws },
    {
      id: timedId('log', at),
      at,
      kind: CHECKPOINT,
      actor: ITSELF,
      target: `checkpoint:${seq}`,
      data: { digest: sha256(jws), hash, jwk, seq },
    },
  )
}

/** Public keys of an org that are known outside of its chain. */
export const keysOf = ({ registry }: OrgState): Keys =>
  new Map([...registry.signingKeys.values()].map(({ id, publicJwk }) => [id, publicJwk]))

export interface CheckpointSchedule {
  /** Signed after so many events, or after so long with at least one. */
  readonly events: number
  readonly minutes: number
}

const MANY = 100

/** Signs what is due, in all orgs. Of several nodes that try at once one does it. */
export async function signDue(ports: CheckpointPorts, { events, minutes }: CheckpointSchedule): Promise<void> {
  const due = await ports.store.checkpointsDue(events, ports.clock() - minutes * 60_000, MANY)
  for (const org of due) {
    try {
      await signCheckpoint(ports, await ports.orgs.get(org))
    } catch (error) {
      if (!(error instanceof PdpError && PASSING.has(error.code))) throw error
    }
  }
}

/** Not now, or not here: what is due stays due. */
const PASSING = new Set(['signing_off', 'org_loading', 'org_too_large', 'org_not_found'])
