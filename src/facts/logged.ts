import type { Run } from '../lib/ids.ts'
import type { JsonObject } from '../policy/json.ts'

/** A decision as the log keeps it; `record` is enough to replay it (request, rules' version, facts read). */
export interface DecisionRow {
  readonly id: string
  readonly at: number
  readonly effect: 'allow' | 'deny' | 'escalate'
  readonly subject: string
  readonly action: string
  readonly resource: string
  readonly record: JsonObject
  /** Whoever made it keeps nothing of it: hardly another row will share what it rests on. It is not stored. */
  readonly once?: true
}

/** What decisions have in common that differ in nothing but what each `LikeRow` has of its own. */
export interface Alike {
  /** For a log alone: what it made of them, the batch it wrote of them in last, and their place in it. */
  known: unknown
  batch: object | null
  place: number
  /** One of them; what it has of its own is of no meaning. Where it has no trace, none of them has. */
  readonly row: DecisionRow
}

/** A decision like others, on its way into the log. */
export interface LikeRow {
  readonly alike: Alike
  readonly id: string
  /** That its id was made in, and its place there; null where it was given one. */
  readonly run: Run | null
  readonly place: number
  readonly at: number
  readonly context: JsonObject
  /** The instant that was asked about. */
  readonly asked: number
  /** Undefined where it has none. */
  readonly trace: string | null | undefined
  readonly revision: number
}

export type Loggable = DecisionRow | LikeRow

export const isLike = (row: Loggable): row is LikeRow => 'alike' in row

/** The row as the log reads it back. */
export function wholeRow(row: Loggable): DecisionRow {
  if (!isLike(row)) return row
  const { alike, id, at, context, asked, trace, revision } = row
  const { request, ...record } = alike.row.record
  return {
    ...alike.row,
    id,
    at,
    record: {
      request: { ...(request as JsonObject), context, at: asked },
      ...record,
      revision,
      ...(trace !== undefined && { trace }),
    },
  }
}
