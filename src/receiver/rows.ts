/** A row of the feed or the snapshot: tokens that are dead. Times are seconds of the server's clock. */
export interface Row {
  readonly kind: string
  readonly key: string
  readonly before: number | null
  readonly exp: number
  readonly client?: string
}

export interface Lift {
  readonly kind: string
  readonly key: string
  readonly client?: string
}

/** What of an access token says whether it is dead. */
export interface Claims {
  readonly [claim: string]: unknown
  readonly jti: string
  readonly sub: string
  readonly iat: number
  readonly exp: number
  readonly client_id: string
  readonly scope: string
}

const KINDS: readonly string[] = ['jti', 'agent', 'user', 'service', 'task', 'approval', 'consent', 'key']

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const seconds = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Null for what is no row. One of a kind that is not known here is none either: whoever reads it cannot be sure of anything. */
export function rowOf(value: unknown): Row | null {
  if (!isObject(value)) return null
  const { kind, key, before, exp, client } = value
  if (typeof kind !== 'string' || typeof key !== 'string' || !seconds(exp)) return null
  if (!KINDS.includes(kind) || !(before === null || seconds(before))) return null
  return { kind, key, before, exp, ...(typeof client === 'string' && { client }) }
}

export function liftOf(value: unknown): Lift | null {
  if (!isObject(value)) return null
  const { kind, key, client } = value
  if (typeof kind !== 'string' || typeof key !== 'string') return null
  return { kind, key, ...(typeof client === 'string' && { client }) }
}

export interface Snapshot {
  readonly seq: number
  readonly rows: readonly Row[]
}

export function snapshotOf(value: unknown): Snapshot | null {
  if (!isObject(value) || !seconds(value.seq) || !Array.isArray(value.dead)) return null
  const rows = value.dead.map(rowOf)
  return rows.includes(null) ? null : { seq: value.seq, rows: rows.filter(row => row !== null) }
}

/** The claims of an access token of the service; null for any others. */
export function claimsOf(value: unknown): Claims | null {
  if (!isObject(value)) return null
  const { jti, sub, iat, exp, client_id, scope } = value
  const texts = [jti, sub, client_id, scope].every(one => typeof one === 'string')
  if (!texts || !seconds(iat) || !seconds(exp)) return null
  const lists = [value.chain, value.lineage, value.consents, value.task_chain].every(
    one => one === undefined || isTexts(one),
  )
  return lists ? (value as Claims) : null
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(one => typeof one === 'string')

/** Each thing by which this token may be dead, as `kind key`. */
export function namesOf(claims: Claims, kid: string): readonly string[] {
  const list = (claim: unknown): readonly string[] => (isTexts(claim) ? claim : [])
  const one = (kind: string, claim: unknown): readonly string[] =>
    typeof claim === 'string' ? [`${kind} ${claim}`] : []
  const chain = claims.chain === undefined ? [claims.sub] : list(claims.chain)
  return [
    `jti ${claims.jti}`,
    ...list(claims.lineage).map(jti => `jti ${jti}`),
    ...chain.map(entity => entity.replace(':', ' ')),
    `client ${claims.client_id}`,
    ...list(claims.consents).map(id => `consent ${id}`),
    ...one('task', claims.task_id),
    ...list(claims.task_chain).map(id => `task ${id}`),
    ...one('approval', claims.jit_request_id),
    `key ${kid}`,
  ]
}
