import type { AuditEvent, AuditHead, SealedEvent } from '../../facts/audit.ts'
import { linkText, NO_HASH, numberOf } from '../../facts/audit-parts.ts'
import { salt, sha256 } from '../../lib/ids.ts'
import { sealedEvent } from '../sealed-event.ts'
import type { Queryable, Row } from './database.ts'
import { SqlError } from './failure.ts'

const HELD = 'select seq, hash from lumoauth.audit_heads where org = $1 for update'

/** Texts cut at a mark are read at half the cost of JSON. */
const LINKED = `with added as (
    insert into lumoauth.audit_events (org, seq, id, at, kind, outcome, actor, names, event, sealed, parts, prev_hash, hash)
      select $1, r[1]::bigint, r[2], r[3]::bigint, r[4], r[5], r[6], r[7]::bigint[], r[8]::json, r[9]::text[], r[10]::json,
          r[11], r[12]
        from (select string_to_array(line, $3) as r from string_to_table($2, $4) as line offset 0) rows
  )
  update lumoauth.audit_heads set seq = $5::bigint, hash = $6 where org = $1`

const UNIQUE = '23505'

/** One of the events to be appended has its place already. */
export const isThereAlready = (error: unknown): boolean =>
  error instanceof SqlError && error.code === UNIQUE && error.constraint === 'audit_events_ids'

/**
 * Events take their places in the chain when the transaction commits, which sees the rows of `org`. The end of the chain
 * then. Fails where one is there already.
 *
 * INVARIANT: the end of the chain is held from before it is read until the commit, so that writers on any number of nodes
 * make one chain without gaps.
 */
export async function appendSealed(tx: Queryable, org: string, events: readonly SealedEvent[]): Promise<number> {
  return add(tx, org, await endOf(tx, org), events)
}

/** The same for events of which some may be there. */
export async function appendMissing(tx: Queryable, org: string, events: readonly SealedEvent[]): Promise<number> {
  const head = await endOf(tx, org)
  const rows = await tx.query<{ id: string }>(
    'select id from lumoauth.audit_events where org = $1 and id in (select json_array_elements_text($2::json))',
    [org, JSON.stringify(events.map(({ id }) => id))],
  )
  const there = new Set(rows.map(({ id }) => id))
  const missing = events.filter(({ id }) => !there.has(id) && there.add(id))
  return add(tx, org, head, missing)
}

export const appendEvents = async (tx: Queryable, org: string, events: readonly AuditEvent[]): Promise<number> =>
  events.length === 0 ? 0 : appendSealed(tx, org, events.map(sealedEvent))

async function endOf(tx: Queryable, org: string): Promise<AuditHead> {
  const [there] = await tx.query<AuditHead & Row>(HELD, [org])
  if (there !== undefined) return there
  await tx.query('insert into lumoauth.audit_heads (org) values ($1) on conflict do nothing', [org])
  const [made] = await tx.query<AuditHead & Row>(HELD, [org])
  return made ?? { seq: 0, hash: NO_HASH }
}

async function add(tx: Queryable, org: string, head: AuditHead, events: readonly SealedEvent[]): Promise<number> {
  if (events.length === 0) return head.seq
  const { field, line } = marksFor(events)
  const numbers = numbersIn(org)
  const lines: string[] = []
  let { seq, hash } = head
  for (const { id, at, kind, outcome, actor, names, open, sealed, parts } of events) {
    const prevHash = hash
    seq += 1
    hash = sha256(linkText(org, seq, { prevHash, open, sealed }))
    const lists = [`{${names.map(numbers).join()}}`, open, `{${sealed.join()}}`, parts]
    lines.push([seq, id, at, kind, outcome, actor, ...lists, prevHash, hash].join(field))
  }
  await tx.query(LINKED, [org, lines.join(line), field, line, seq, hash])
  return seq
}

const MARKS = { field: '\x1f', line: '\x1e' }

/** JSON never holds control characters as they are; where a name does, other marks are made up. */
function marksFor(events: readonly SealedEvent[]): typeof MARKS {
  const isPlain = ({ id, kind, actor }: SealedEvent): boolean =>
    [id, kind, actor].every(text => !text.includes(MARKS.field) && !text.includes(MARKS.line))
  if (events.every(isPlain)) return MARKS
  const chance = salt()
  return { field: `\x1f${chance}`, line: `\x1e${chance}` }
}

/** Few names are in most events of a batch. */
function numbersIn(org: string): (name: string) => string {
  const known = new Map<string, string>()
  return name => {
    const number = known.get(name) ?? numberOf(org, name)
    known.set(name, number)
    return number
  }
}
