import type { DecisionLog, Store } from '../facts/store.ts'
import type { Preload } from './preload.ts'

interface Looked {
  readonly store: Pick<Store, 'ping'>
  readonly log: Pick<DecisionLog, 'full'>
  readonly preloaded: Preload
  readonly closing: () => boolean
}

/** Null when the service can decide; else why not, in words for anyone. */
export async function notReady({ store, log, preloaded, closing }: Looked): Promise<string | null> {
  if (closing()) return 'shutting down'
  if (!preloaded.done) return `loading orgs: ${preloaded.loaded} of ${preloaded.of} are done`
  if (log.full()) return 'the decision log is behind'
  return store.ping().then(
    () => null,
    () => 'the database does not answer',
  )
}
