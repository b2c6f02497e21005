import type { SigningKey } from '../../agents/signing-key.ts'
import type { Clock } from '../../lib/clock.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { SERVICE, type SigningKeys } from './signing-keys.ts'

/** What is needed of the service. */
export interface RotationPorts {
  readonly tokens: { readonly keys: SigningKeys }
  readonly orgs: { loaded(): Iterable<OrgState> }
  readonly clock: Clock
}

export interface Schedule {
  /** Days after which an org's keys are replaced; 0 is never. */
  readonly rotateKeysAfterDays: number
  /** How long a new key is published before it signs. */
  readonly keyLeadSeconds: number
}

const DAY = 86_400_000
const LOOK = 600_000

/** Replaces the keys of orgs in memory whose last ones are too old. Of several nodes that try at once one does it. */
export async function rotateDue({ tokens, orgs, clock }: RotationPorts, schedule: Schedule): Promise<void> {
  const before = clock() - schedule.rotateKeysAfterDays * DAY
  for (const state of [...orgs.loaded()]) {
    const all = [...state.registry.signingKeys.values()]
    if (!isDue(all, before)) continue
    state.held += 1
    try {
      await tokens.keys.rotate(state, SERVICE, { lead: schedule.keyLeadSeconds * 1000, withdraw: false })
    } catch (error) {
      if (!(error instanceof PdpError && error.code === 'stale_version')) throw error
    } finally {
      state.held -= 1
    }
  }
}

/** Whether the newest key of some algorithm that the org uses was made before an instant. */
export function isDue(keys: readonly SigningKey[], before: number): boolean {
  const newest = new Map<string, number>()
  for (const { alg, createdAt } of keys) newest.set(alg, Math.max(createdAt, newest.get(alg) ?? 0))
  return [...newest.values()].some(createdAt => createdAt < before)
}

/** Looks for keys that are due from time to time, where a number of days is set. Ends with what it gives. */
export function keepRotating(ports: RotationPorts, schedule: Schedule, failed: (error: unknown) => void): () => void {
  if (schedule.rotateKeysAfterDays === 0) return () => undefined
  let busy = false
  const look = (): void => {
    if (busy) return
    busy = true
    rotateDue(ports, schedule)
      .catch(failed)
      .finally(() => {
        busy = false
      })
  }
  const timer = setInterval(look, LOOK)
  timer.unref()
  return () => clearInterval(timer)
}
