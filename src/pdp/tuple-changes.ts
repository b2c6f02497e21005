import type { StoredTuple } from '../facts/store.ts'
import type { OrgState } from './org.ts'
import type { Service } from './service.ts'

export interface TupleChange {
  readonly operation: 'write' | 'delete'
  readonly tuple: StoredTuple
  readonly at: number
}

/** After which change to go on: the revision it was part of, and its number there. */
export interface ChangePlace {
  readonly revision: number
  readonly index: number
}

const BATCH = 500

/** Tuples written and deleted after a place, oldest first, of one object type where given. `last` is where to go on. */
export async function readTupleChanges(
  service: Service,
  state: OrgState,
  after: ChangePlace,
  limit: number,
  only: { readonly type: string | null; readonly since: number | null },
): Promise<{ readonly changes: readonly TupleChange[]; readonly last: ChangePlace }> {
  const changes: TupleChange[] = []
  let last = after
  let from = Math.max(after.revision - 1, 0)
  for (;;) {
    const page = await service.store.changes(state.org.slug, from, BATCH)
    for (const { revision, at, change } of page) {
      from = revision
      if (change.kind !== 'tuples' || (only.since !== null && at < only.since)) continue
      const all = [
        ...change.deletes.map(tuple => ({ operation: 'delete' as const, tuple: { ...tuple, condition: null }, at })),
        ...change.writes.map(tuple => ({ operation: 'write' as const, tuple, at })),
      ]
      for (const [index, one] of all.entries()) {
        if (revision < after.revision || (revision === after.revision && index <= after.index)) continue
        if (only.type !== null && !one.tuple.object.startsWith(`${only.type}:`)) continue
        if (changes.length === limit) return { changes, last }
        changes.push(one)
        last = { revision, index }
      }
    }
    if (page.length < BATCH) return { changes, last }
  }
}
