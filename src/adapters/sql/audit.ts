import type { AuditHead, AuditQuery, AuditStats, AuditStore, ChainedEvent, PersonalPart } from '../../facts/audit.ts'
import { joined, NO_HASH } from '../../facts/audit-parts.ts'
import type { JsonObject } from '../../policy/json.ts'
import { appendMissing, appendSealed, isThereAlready } from './audit-append.ts'
import type { Database, Param, Queryable, Row } from './database.ts'
import { inOrg } from './org-scope.ts'
import { nearestStorable, storable } from './text.ts'

export interface EventRow extends Readonly<Record<string, unknown>> {
  readonly seq: number
  readonly prev_hash: string
  readonly hash: string
  readonly open: string
  readonly sealed: readonly string[]
  readonly parts: readonly (PersonalPart | null)[]
}

export const EVENT_COLUMNS = 'seq, prev_hash, hash, event::text as open, to_json(sealed) as sealed, parts'

/** What was done: the chain of an org, which is only added to. */
export function audit(
  db: Database,
): Pick<AuditStore, 'appendAudit' | 'audit' | 'auditSince' | 'auditHead' | 'auditEvent' | 'auditStats'> {
  return {
    async appendAudit(org, { events }) {
      if (events.length === 0) return
      try {
        await inOrg(db, org, tx => appendSealed(tx, org, events))
      } catch (error) {
        if (!isThereAlready(error)) throw error
        await inOrg(db, org, tx => appendMissing(tx, org, events))
      }
    },

    audit: (org, query) =>
      inOrg(db, org, async tx => {
        const { text, params } = conditionsOf(org, query)
        const rows = await tx.query<EventRow>(
          `select ${EVENT_COLUMNS} from lumoauth.audit_events where ${text} order by seq desc limit ${query.limit} offset ${query.skip ?? 0}`,
          params,
        )
        return rows.map(chained)
      }),

    auditSince: (org, seq, limit) =>
      inOrg(db, org, async tx => {
        const rows = await tx.query<EventRow>(
          `select ${EVENT_COLUMNS} from lumoauth.audit_events
            where org = $1 and seq > $2::bigint order by seq limit $3::integer`,
          [org, seq, limit],
        )
        return rows.map(chained)
      }),

    auditHead: org => inOrg(db, org, tx => headOf(tx, org)),

    auditEvent: (org, which) =>
      inOrg(db, org, async tx => {
        const [column, value] = 'id' in which ? (['id', which.id] as const) : (['seq', which.seq] as const)
        if (typeof value === 'string' && !storable(value)) return null
        const [row] = await tx.query<EventRow>(
          `select ${EVENT_COLUMNS} from lumoauth.audit_events where org = $1 and ${column} = $2`,
          [org, value],
        )
        return row === undefined ? null : chained(row)
      }),

    auditStats: (org, from, until) =>
      inOrg(db, org, async tx => {
        const within = 'from lumoauth.audit_events where org = $1 and at >= $2::bigint and at < $3::bigint'
        const kinds = await tx.query<AuditStats['kinds'][number] & Row>(
          `select kind, outcome, count(*)::bigint as count ${within} group by kind, outcome order by count(*) desc, kind, outcome`,
          [org, from, until],
        )
        const days = await tx.query<AuditStats['days'][number] & Row>(
          `select to_char(to_timestamp(at / 1000) at time zone 'UTC', 'YYYY-MM-DD') as day, count(*)::bigint as count ${within}
            group by 1 order by 1`,
          [org, from, until],
        )
        return { kinds, days }
      }),
  }
}

async function headOf(tx: Queryable, org: string): Promise<AuditHead> {
  const [row] = await tx.query<{ seq: number; hash: string }>(
    'select seq, hash from lumoauth.audit_heads where org = $1',
    [org],
  )
  return row ?? { seq: 0, hash: NO_HASH }
}

function conditionsOf(org: string, query: AuditQuery): { readonly text: string; readonly params: readonly Param[] } {
  const params: Param[] = [org]
  const all = ['org = $1']
  const add = (value: Param, condition: (place: string) => string): void => {
    all.push(condition(`$${params.push(value)}`))
  }
  const text = (value: string): string => (storable(value) ? value : nearestStorable(value))
  if (query.before !== null) add(query.before, p => `seq < ${p}::bigint`)
  const kinds = query.kind === null ? query.kinds : [query.kind]
  if (kinds !== undefined) {
    add(JSON.stringify(kinds.map(text)), p => `kind in (select json_array_elements_text(${p}::json))`)
  }
  if (query.notKinds !== undefined) {
    add(JSON.stringify(query.notKinds), p => `kind not in (select json_array_elements_text(${p}::json))`)
  }
  if (query.actor !== undefined) add(text(query.actor), p => `actor = ${p}`)
  if (query.outcome !== undefined) add(query.outcome, p => `outcome = ${p}`)
  if (query.from !== undefined) add(query.from, p => `at >= ${p}::bigint`)
  if (query.until !== undefined) add(query.until, p => `at < ${p}::bigint`)
  for (const name of query.names ?? []) {
    add(text(name), p => `names @> array[lumoauth.audit_name($1, ${p})]`)
  }
  return { text: all.join(' and '), params }
}

export const chained = ({ seq, prev_hash, hash, open, sealed, parts }: EventRow): ChainedEvent => ({
  ...joined(JSON.parse(open) as JsonObject, parts),
  seq,
  link: { prevHash: prev_hash, hash, open, sealed, parts },
})
