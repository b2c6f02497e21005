import type { Change, Store } from '../../src/facts/store.ts'
import { check } from '../../src/pdp/check.ts'
import { metersOf } from '../../src/pdp/meters.ts'
import { applyChange, type OrgState, stateOf } from '../../src/pdp/org.ts'
import { createMemoryLedger } from '../support/ledger-memory.ts'
import { shipped } from '../support/nodes.ts'
import { chanceOf } from './chance.ts'
import { makeOrg } from './first.ts'
import { requestOf } from './requests.ts'
import { POLICIES, type Size } from './scene.ts'
import { type Mix, writeFor } from './writes.ts'

const ORG = 'fresh'

export interface Quick {
  readonly state: OrgState
  /** Asks the n-th question of the run. */
  ask(n: number): ReturnType<typeof check>
  /** Makes a write of the mix; what changes nothing is no write. Which kind it was. */
  write(): string
}

/** The same org in memory alone, where a write is one step: for what is counted rather than judged. */
export async function quickOrg(size: Size, seed: number, mix: Mix): Promise<Quick> {
  const head = { org: { slug: ORG, name: ORG, zone: 'UTC' }, revision: 0, model: null, policy: null, keys: [] }
  const state = stateOf({ ...head, attributes: [], tuples: [] }, shipped)
  state.meters = metersOf(createMemoryLedger(), ORG)
  const c = chanceOf(seed)
  const known: Parameters<typeof writeFor>[4] = []
  let made = 0

  const apply = (change: Change): boolean => {
    const real = effectOf(state, change)
    if (real === null) return false
    applyChange(state, { revision: state.revision + 1, at: 0, change: real }, shipped)
    return true
  }
  const store = {
    createOrg: async () => state.org,
    async write(_: string, changes: readonly Change[]) {
      for (const change of changes) apply(change)
      return state.revision
    },
  }
  await makeOrg(store as unknown as Store, ORG, size, seed)
  return {
    state,
    ask: n => check(state, requestOf(seed, n, ORG, size)),
    write() {
      for (;;) {
        made += 1
        const wanted = writeFor(c, size, `q${made}`, mix, known)
        const change: Change =
          wanted.kind === 'change'
            ? wanted.change
            : {
                kind: 'policy',
                version: state.policy.version + 1,
                text: POLICIES[wanted.text] ?? '',
                author: 'a',
                note: '',
              }
        if (apply(change)) return change.kind === 'registered' ? change.entry.kind : change.kind
      }
    },
  }
}

/** What a store makes of a change that is partly there already; null where nothing is left of it. */
function effectOf(state: OrgState, change: Change): Change | null {
  if (change.kind !== 'tuples') return change
  const seen = new Set<string>()
  const once = ({ object, relation, user }: { object: string; relation: string; user: string }): boolean => {
    const key = `${object}#${relation}@${user}`
    return !seen.has(key) && seen.add(key) !== undefined
  }
  const writes = change.writes.filter(t => state.graph?.has(t) === false && once(t))
  const deletes = change.deletes.filter(t => state.graph?.has(t) === true && once(t))
  return writes.length + deletes.length === 0 ? null : { ...change, writes, deletes }
}
