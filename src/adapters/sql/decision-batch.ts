import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, deflate, inflate } from 'node:zlib'
import type { DecisionRow } from '../../facts/store.ts'
import type { Json, JsonObject } from '../../policy/json.ts'

const squeeze = promisify(deflate)
const unsqueeze = promisify(inflate)

/** Largest batch that is read back, in bytes of JSON. */
const MOST = 1 << 28

type Plain = readonly [
  id: string,
  at: number,
  effect: DecisionRow['effect'],
  subject: string,
  action: string,
  resource: string,
  record: { readonly [name: string]: number | readonly [Json] },
]

interface Batch {
  /** Members of records; a member that several records hold as one object is here once. */
  readonly members: readonly Json[]
  readonly rows: readonly Plain[]
}

/** Rows rendered in one turn of the event loop: what waits behind a log being written waits this long. */
const TURN = 100

/**
 * Rows as compressed JSON. Decisions that came from the same facts share them; a record's object-valued members are
 * written as their place in `members`, all else as a list of one. In base64: PGlite reads bytes many times slower.
 */
export async function packRows(rows: readonly DecisionRow[]): Promise<string> {
  const members: string[] = []
  const places = new Map<object, number>()
  const placed = (value: Json): string => {
    if (typeof value !== 'object' || value === null) return `[${JSON.stringify(value)}]`
    const known = places.get(value)
    if (known !== undefined) return String(known)
    places.set(value, members.length)
    return String(members.push(JSON.stringify(value)) - 1)
  }
  const names = new Map<string, string>()
  const named = (name: string): string => {
    const known = names.get(name) ?? JSON.stringify(name)
    names.set(name, known)
    return known
  }
  const plain: string[] = []
  for (const [index, { id, at, effect, subject, action, resource, record }] of rows.entries()) {
    if (index % TURN === TURN - 1) await nextTurn()
    let parts = ''
    for (const [name, value] of Object.entries(record)) {
      parts += `${parts === '' ? '' : ','}${named(name)}:${placed(value)}`
    }
    const columns = JSON.stringify([id, at, effect, subject, action, resource])
    plain.push(`${columns.slice(0, -1)},{${parts}}]`)
  }
  const text = `{"members":[${members.join()}],"rows":[${plain.join()}]}`
  return (await squeeze(text, { level: constants.Z_BEST_SPEED })).toString('base64')
}

/** INVARIANT: `packed` was made by `packRows`. */
export async function unpackRows(packed: string): Promise<readonly DecisionRow[]> {
  const text = (await unsqueeze(Buffer.from(packed, 'base64'), { maxOutputLength: MOST })).toString()
  const { members, rows } = JSON.parse(text) as Batch
  return rows.map(([id, at, effect, subject, action, resource, parts]) => {
    const record: JsonObject = Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [name, typeof part === 'number' ? (members[part] ?? null) : part[0]]),
    )
    return { id, at, effect, subject, action, resource, record }
  })
}
