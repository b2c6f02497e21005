import type { DecisionRow, Store } from '../../facts/store.ts'
import { current } from './changes.ts'
import type { Database, Param, Row } from './database.ts'
import { inOrg } from './org-scope.ts'
import { nearestStorable, storable } from './text.ts'

const COLUMNS = 'id, at, effect, subject, action, resource, record'

/** Subjects are indexed by hash: they may be of any length, and the comparison must be of a plain column to use the index. */
const SUBJECT = (value: string): string => `subject_hash = hashtextextended(${value}, 0) and subject = ${value}`

/** As literals: the index of what was refused serves only a query that names the effect in its text. */
const EFFECT: Readonly<Record<DecisionRow['effect'], string>> = {
  allow: "effect = 'allow'",
  deny: "effect = 'deny'",
  escalate: "effect = 'escalate'",
}

type Decisions = Pick<Store, 'appendDecisions' | 'decision' | 'decisions'>

/**
 * The decision log. A record is kept as the text it came as; in the columns it is searched by, what the database cannot
 * hold is replaced, so that no request can word itself out of the log.
 */
export function decisions(db: Database): Decisions {
  return {
    async appendDecisions(org, rows) {
      if (rows.length === 0) return
      const batch = JSON.stringify(rows.map(columnsOf))
      await inOrg(db, org, async tx => {
        await current(tx, org)
        await tx.query(
          `insert into lumoauth.decisions (org, ${COLUMNS})
            select $1, id, at, effect, subject, action, resource, record::json from json_to_recordset($2::json)
              as r(id text, at bigint, effect text, subject text, action text, resource text, record text)
            on conflict do nothing`,
          [org, batch],
        )
      })
    },

    async decision(org, id) {
      if (!storable(id)) return null
      const [row] = await inOrg(db, org, tx =>
        tx.query<DecisionRow & Row>(`select ${COLUMNS} from lumoauth.decisions where org = $1 and id = $2`, [org, id]),
      )
      return row ?? null
    },

    async decisions(org, { limit, before, effect, subject }) {
      if ((before !== null && !storable(before)) || (subject !== null && !storable(subject))) return []
      return inOrg(db, org, async tx => {
        const where = ['org = $1']
        const params: Param[] = [org, limit]
        if (effect !== null) where.push(EFFECT[effect])
        if (subject !== null) where.push(SUBJECT(`$${params.push(subject)}`))
        if (before !== null) {
          const [from] = await tx.query<{ at: number }>(
            'select at from lumoauth.decisions where org = $1 and id = $2',
            [org, before],
          )
          if (from === undefined) return []
          where.push(`(at, id) < ($${params.push(from.at)}::bigint, $${params.push(before)})`)
        }
        return tx.query<DecisionRow & Row>(
          `select ${COLUMNS} from lumoauth.decisions where ${where.join(' and ')}
            order by at desc, id desc limit $2::integer`,
          params,
        )
      })
    },
  }
}

/** The record goes in as text inside JSON: only so does the database take every escape in it as it stands. */
const columnsOf = ({ subject, action, resource, record, ...row }: DecisionRow) => ({
  ...row,
  subject: nearestStorable(subject),
  action: nearestStorable(action),
  resource: nearestStorable(resource),
  record: JSON.stringify(record),
})
