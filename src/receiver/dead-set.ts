import { type Claims, type Lift, namesOf, type Row } from './rows.ts'

/** All that is known to be dead. */
export interface DeadSet {
  add(row: Row): void
  lift(lift: Lift): void
  /** A whole snapshot: what it does not say is off is off no longer; what died stays so. */
  load(rows: readonly Row[]): void
  /** The first thing by which a token is dead, or null. */
  deadBy(claims: Claims, kid: string): string | null
  /** Forgets what concerns no token any more, where both clocks say so: seconds. */
  sweep(serverNow: number, localNow: number): void
  readonly size: number
}

interface Until {
  readonly before: number
  readonly exp: number
}

/** For clocks that differ. */
const GRACE = 120

export function createDeadSet(): DeadSet {
  /** Tokens issued until an instant. */
  const until = new Map<string, Until>()
  /** All tokens, until it is taken back; with the end of the last of them. */
  const off = new Map<string, number>()

  const namesFor = ({ kind, key, client }: Lift): readonly string[] =>
    client === undefined ? [`${kind} ${key}`] : [`${kind} ${key}`, `client ${client}`]

  const add = (row: Row): void => {
    for (const name of namesFor(row)) {
      if (row.before === null) off.set(name, Math.max(row.exp, off.get(name) ?? 0))
      else {
        const known = until.get(name)
        const before = Math.max(row.before, known?.before ?? 0)
        until.set(name, { before, exp: Math.max(row.exp, known?.exp ?? 0) })
      }
    }
  }

  /** What nobody takes back: a token, what was approved, a consent, a key. */
  const isFinal = (name: string): boolean => /^(?:jti|approval|consent|key) /.test(name)

  return {
    add,
    lift(lift) {
      for (const name of namesFor(lift)) if (!isFinal(name)) off.delete(name)
    },
    load(rows) {
      for (const name of off.keys()) if (!isFinal(name)) off.delete(name)
      for (const row of rows) add(row)
    },
    deadBy(claims, kid) {
      for (const name of namesOf(claims, kid)) {
        const known = until.get(name)
        if (off.has(name) || (known !== undefined && claims.iat <= known.before)) return name
      }
      return null
    },
    sweep(serverNow, localNow) {
      // INVARIANT: a token is forgotten as revoked only when this machine takes it for expired as well.
      const now = Math.min(serverNow, localNow) - GRACE
      for (const [name, exp] of off) if (exp < now) off.delete(name)
      for (const [name, { exp }] of until) if (exp < now) until.delete(name)
    },
    get size() {
      return until.size + off.size
    },
  }
}
