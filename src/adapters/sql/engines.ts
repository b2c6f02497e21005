import type { Store } from '../../facts/store.ts'
import { append, hold } from './append.ts'
import type { Database } from './database.ts'
import { inOrg } from './org-scope.ts'
import { mustBeStorable } from './text.ts'
import { relationsMoving, writeTuples } from './write-tuples.ts'

type Engines = Pick<Store, 'feed' | 'follow' | 'fillTuples' | 'drainTuples'>

/** Tuples one call removes: what bounds how long it holds its rows. */
const DRAINED = 20_000

/** The server's side of an org: its changes as they are taken over, and the tuples that move. */
export function engines(db: Database): Engines {
  return {
    feed: org =>
      inOrg(db, org, async tx => {
        const [row] = await tx.query<{ feed: string }>('select feed from lumoauth.engines where org = $1', [org])
        return row?.feed ?? null
      }),

    follow: (org, from, to, changes) =>
      inOrg(db, org, async tx => {
        for (const change of changes) mustBeStorable(change)
        const { revision, at } = await hold(tx, org)
        const [row] = await tx.query(
          'update lumoauth.engines set feed = $3 where org = $1 and feed = $2 returning org',
          [org, from, to],
        )
        if (row === undefined) return null
        const made = changes.map((change, i) => ({ revision: revision + 1 + i, change, before: null, from: undefined }))
        if (made.length > 0) await append(tx, org, at, made)
        return revision + made.length
      }),

    fillTuples: (org, tuples) =>
      inOrg(db, org, async tx => {
        mustBeStorable(tuples)
        const { at, engine } = await hold(tx, org)
        if (engine?.state !== 'leaving') throw relationsMoving(engine)
        await writeTuples(tx, { org, at }, { kind: 'tuples', writes: tuples, deletes: [] }, { onConflict: 'ignore' })
      }),

    drainTuples: org =>
      inOrg(db, org, async tx => {
        const { engine } = await hold(tx, org)
        if (engine === null || engine.state === 'arriving') throw relationsMoving(engine)
        const gone = await tx.query(
          `delete from lumoauth.tuples where org = $1 and key in
            (select key from lumoauth.tuples where org = $1 limit $2::integer) returning 1 as one`,
          [org, DRAINED],
        )
        return gone.length > 0
      }),
  }
}
