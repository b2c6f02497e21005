import { type Store, StoreError } from '../facts/store.ts'
import type { Consistency } from '../policy/consistency.ts'
import { PdpError } from './errors.ts'
import type { Pull } from './follow.ts'
import type { OrgState } from './org.ts'
import type { Orgs } from './orgs.ts'
import { fromStore } from './store-errors.ts'

/**
 * The state of an org that is as new as it is asked to be: at once where the one given is. Answer from what this gives,
 * not from what it was given. Fails with `not_that_fresh`, `unavailable`.
 */
export type Freshen = (state: OrgState, consistency: Consistency) => OrgState | Promise<OrgState>

export function createFreshen(store: Pick<Store, 'revision'>, orgs: Orgs, pull: Pull): Freshen {
  const asked = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw error instanceof StoreError ? fromStore(error) : error
    })
  const reached = async (slug: string, revision: number): Promise<OrgState> => {
    const state = await asked(orgs.catchUp(slug, revision))
    if (state.revision >= revision) return state
    throw new PdpError('not_that_fresh', `revision ${revision} does not exist yet; the newest is ${state.revision}`)
  }
  /** Over a server nothing that was worked out before is used, so that what it wrote need not be known here. */
  const newest = async (state: OrgState, least: number): Promise<OrgState> => {
    const { slug } = state.org
    if (state.away !== null) await pull(state).catch(() => undefined)
    const found = await reached(slug, Math.max(await store.revision(slug), least))
    return found.away === null ? found : { ...found, fresh: true }
  }
  return (state, consistency) => {
    const { slug } = state.org
    switch (consistency.kind) {
      case 'minimize_latency':
        return state
      case 'at_least_as_fresh':
        return state.revision >= consistency.revision ? state : reached(slug, consistency.revision)
      case 'higher_consistency':
        return newest(state, consistency.revision ?? 0)
    }
  }
}
