import type { Orgs } from './orgs.ts'

const TIDY_MS = 5_000

/**
 * What is done for the orgs in memory from time to time. Other nodes' writes are heard of at once; looking for them, every
 * `pollMs`, is for messages that were lost. Null: there are no other nodes. Ends with what it gives.
 */
export function keepUp(orgs: Orgs, pollMs: number | null, failed: (error: unknown) => void): () => void {
  let busy = false
  const poll = (): void => {
    if (busy) return
    busy = true
    orgs
      .poll()
      .catch(failed)
      .finally(() => {
        busy = false
      })
  }
  const timers = [setInterval(orgs.tidy, TIDY_MS), ...(pollMs === null ? [] : [setInterval(poll, pollMs)])]
  for (const timer of timers) timer.unref()
  return () => {
    for (const timer of timers) clearInterval(timer)
  }
}
