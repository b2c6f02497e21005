import { sha256 } from '../lib/ids.ts'
import { canonical } from '../policy/canonical.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { AuditEvent, AuditLink, PersonalPart } from './audit.ts'

/** An event taken apart: what is hashed as it stands, and what is only committed to, so that it can be erased. */
export interface SplitEvent {
  readonly open: JsonObject
  readonly parts: readonly Omit<PersonalPart, 'salt'>[]
  /** Everybody and everything the event is found by. */
  readonly names: readonly string[]
}

/** Members of `data` that tell of whoever acted, whatever they hold. */
const OF_PERSONS = new Set([
  'comment',
  'detail',
  'email',
  'family_name',
  'given_name',
  'ip',
  'justification',
  'message',
  'note',
  'reason',
  'user_agent',
])

const isPerson = (name: string): boolean => name.startsWith('user:') && name !== 'user:*'

/** Each user and each agent that a JSON text names. */
const NAMED = /"((?:user|agent):(?:[^"\\]|\\.)*)"/g

export const taskName = (id: string): string => `task ${id}`
export const decisionName = (id: string): string => `decision ${id}`

/**
 * INVARIANT: `open` names no user. Who a user is, addresses and free text go to the part of the user they tell of, or, where
 * no user takes part, of who acted; a part is gone as a whole.
 */
export function split(event: AuditEvent): SplitEvent {
  const { id, at, kind, actor, target, subject, chain, task, decision, outcome = 'success', trace, ip } = event
  const parts: Part[] = []
  const names = [actor]
  note(names, target)
  if (subject !== undefined) note(names, subject)
  if (chain !== undefined) for (const link of chain) note(names, link)
  if (task != null) names.push(taskName(task))
  if (decision != null) names.push(decisionName(decision))

  const [actorIs, targetIs] = [isPerson(actor), isPerson(target)]
  const subjectIs = subject !== undefined && isPerson(subject)
  const person = chain?.find(isPerson)
  if (actorIs) about(parts, actor).actor = actor
  if (targetIs) about(parts, target).target = target
  if (subjectIs) about(parts, subject).subject = subject
  if (person !== undefined) about(parts, person).chain = chain as readonly string[]
  const doer = subjectIs ? subject : actor
  if (ip != null) about(parts, doer).ip = ip
  const data = openData(event.data, parts, doer, names)
  for (const who in event.persons) {
    const told = event.persons[who] as JsonObject
    note(names, who)
    userIn(told, names)
    add(about(parts, who), told)
  }
  // In the order of a canonical text, so that it need not be put in order.
  const open: { [member: string]: Json } = {}
  if (!actorIs) open.actor = actor
  open.at = at
  if (chain !== undefined && chain.length > 0 && person === undefined) open.chain = chain
  open.data = data
  if (decision != null) open.decision = decision
  open.id = id
  open.kind = kind
  open.outcome = outcome
  if (subject !== undefined && !subjectIs) open.subject = subject
  if (!targetIs) open.target = target
  if (task != null) open.task = task
  if (trace != null) open.trace = trace
  return { open, parts, names }
}

interface Part {
  readonly members: { [member: string]: Json }
  readonly of: string
}

function about(parts: Part[], of: string): { [member: string]: Json } {
  for (const part of parts) if (part.of === of) return part.members
  const members = {}
  parts.push({ members, of })
  return members
}

const note = (names: string[], name: string): void => {
  if (!names.includes(name)) names.push(name)
}

const add = (part: { [member: string]: Json }, data: JsonObject): void => {
  part.data = together(part.data as JsonObject | undefined, data)
}

/** Members of both; lists of one name become one list. */
function together(a: JsonObject = {}, b: JsonObject = {}): JsonObject {
  const all: { [member: string]: Json } = { ...a }
  for (const [name, value] of Object.entries(b)) {
    const known = all[name]
    all[name] = Array.isArray(known) && Array.isArray(value) ? [...known, ...value] : value
  }
  return all
}

/** Data without what tells of persons, which goes to their parts. */
function openData(data: JsonObject, parts: Part[], doer: string, names: string[]): JsonObject {
  const open: { [member: string]: Json } = {}
  for (const name in data) {
    const value = data[name]
    if (value === undefined || value === null) continue
    const user = OF_PERSONS.has(name) ? doer : userIn(value, names)
    if (user === null) open[name] = value
    else add(about(parts, user), { [name]: value })
  }
  return open
}

/** The first user a value names; all users and agents that it names are noted. */
function userIn(value: Json, names: string[]): string | null {
  if (typeof value === 'string') {
    if (value.startsWith('agent:')) note(names, value)
    if (!isPerson(value)) return null
    note(names, value)
    return value
  }
  if (typeof value !== 'object' || value === null) return null
  if (Array.isArray(value) && !value.some(mayName)) return null
  const text = JSON.stringify(value)
  if (!text.includes('"user:') && !text.includes('"agent:')) return null
  const found = [...text.matchAll(NAMED)].map(([, name]) => JSON.parse(`"${name}"`) as string)
  for (const name of found) if (name !== 'user:*') note(names, name)
  return found.find(isPerson) ?? null
}

/** A list of plain texts is looked through as it is. */
const mayName = (item: Json): boolean =>
  typeof item === 'object' || (typeof item === 'string' && (item.startsWith('user:') || item.startsWith('agent:')))

const ERASED = 'user:erased'

/** The event again, as far as it is still there. */
export function joined(open: JsonObject, parts: readonly (PersonalPart | null)[]): AuditEvent {
  const whole: { [member: string]: Json } = { ...open }
  let data = open.data as JsonObject
  for (const part of parts) {
    if (part === null) continue
    const { data: more, ...members } = part.members
    Object.assign(whole, members)
    if (more !== undefined) data = together(data, more as JsonObject)
  }
  return { actor: ERASED, target: ERASED, ...whole, data } as unknown as AuditEvent
}

/** What a commitment is the SHA-256 of. */
export const partText = ({ members, of, salt }: PersonalPart): string => canonical({ members, of, salt })

/** What an event's hash is the SHA-256 of. `open` is canonical already. */
export const linkText = (
  org: string,
  seq: number,
  { prevHash, open, sealed }: Pick<AuditLink, 'prevHash' | 'open' | 'sealed'>,
): string =>
  `{"event":${open},"org":${JSON.stringify(org)},"prev_hash":"${prevHash}","sealed":${JSON.stringify(sealed)},"seq":${seq}}`

/** The number the store finds a name by, as text. */
export const numberOf = (org: string, name: string): string =>
  BigInt(`0x${sha256(`${org} ${name}`).slice(0, 15)}`).toString()

/** What the first event of a chain stands on. */
export const NO_HASH = '0'.repeat(64)
