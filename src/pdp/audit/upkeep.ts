import { DEFAULT_AUDIT_SETTINGS } from '../../facts/audit-settings.ts'
import { type CheckpointPorts, type CheckpointSchedule, signDue } from './checkpoints.ts'
import { removeOld } from './keeping.ts'

export interface RecordPorts extends Omit<CheckpointPorts, 'keys'> {
  readonly tokens: { readonly keys: CheckpointPorts['keys'] }
}

export interface RecordSchedule extends CheckpointSchedule {
  /** Whether there is a key to sign with. */
  readonly signs: boolean
}

const LOOK_MS = 10_000
const REMOVE_MS = 600_000
const MANY = 100

/** Signs what is due and removes what is too old, in all orgs, from time to time. Ends with what it gives. */
export function keepRecord(
  { store, orgs, clock, tokens }: RecordPorts,
  schedule: RecordSchedule,
  failed: (error: unknown) => void,
): () => void {
  const remove = async (): Promise<void> => {
    for (const { org, days } of await store.auditExpired(clock(), DEFAULT_AUDIT_SETTINGS.retentionDays ?? 0, MANY)) {
      await removeOld(store, org, days, clock())
    }
  }
  const timers = [repeat(remove, REMOVE_MS, failed)]
  if (schedule.signs)
    timers.push(repeat(() => signDue({ store, orgs, clock, keys: tokens.keys }, schedule), LOOK_MS, failed))
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}

/** One run at a time. */
function repeat(work: () => Promise<void>, everyMs: number, failed: (error: unknown) => void): NodeJS.Timeout {
  let busy = false
  const run = (): void => {
    if (busy) return
    busy = true
    work()
      .catch(failed)
      .finally(() => {
        busy = false
      })
  }
  const timer = setInterval(run, everyMs)
  timer.unref()
  return timer
}
