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
  const parts = new Map<string, { [member: string]: Json }>()
  const about = (of: string): { [member: string]: Json } => {
    const known = parts.get(of)
    if (known !== undefined) return known
    const made = {}
    parts.set(of, made)
    return made
  }
  const names = new Set([actor, target])
  const open: { [member: string]: Json } = { at, id, kind, outcome }
  const put = (member: string, value: string): void => {
    if (isPerson(value)) about(value)[member] = value
    else open[member] = value
  }
  put('actor', actor)
  put('target', target)
  if (subject !== undefined) {
    names.add(subject)
    put('subject', subject)
  }
  if (chain !== undefined && chain.length > 0) {
    for (const link of chain) names.add(link)
    const person = chain.find(isPerson)
    if (person === undefined) open.chain = chain
    else about(person).chain = chain
  }
  if (task != null) {
    open.task = task
    names.add(taskName(task))
  }
  if (decision != null) {
    open.decision = decision
    names.add(decisionName(decision))
  }
  if (trace != null) open.trace = trace
  const doer = subject !== undefined && isPerson(subject) ? subject : actor
  if (ip != null) about(doer).ip = ip
  open.data = openData(event.data, about, doer, names)
  for (const [of, data] of Object.entries(event.persons ?? {})) {
    names.add(of)
    userIn(data, names)
    add(about(of), data)
  }
  return { open, parts: [...parts].map(([of, members]) => ({ of, members })), names: [...names] }
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
function openData(
  data: JsonObject,
  about: (of: string) => { [member: string]: Json },
  doer: string,
  names: Set<string>,
): JsonObject {
  const open: { [member: string]: Json } = {}
  for (const name in data) {
    const value = data[name]
    if (value === undefined || value === null) continue
    const user = OF_PERSONS.has(name) ? doer : userIn(value, names)
    if (user === null) open[name] = value
    else add(about(user), { [name]: value })
  }
  return open
}

/** The first user a value names; all users and agents that it names are noted. */
function userIn(value: Json, names: Set<string>): string | null {
  if (typeof value === 'string') {
    if (value.startsWith('agent:')) names.add(value)
    if (!isPerson(value)) return null
    names.add(value)
    return value
  }
  if (typeof value !== 'object' || value === null) return null
  const text = JSON.stringify(value)
  if (!text.includes('"user:') && !text.includes('"agent:')) return null
  const found = [...text.matchAll(NAMED)].map(([, name]) => JSON.parse(`"${name}"`) as string)
  for (const name of found) if (name !== 'user:*') names.add(name)
  return found.find(isPerson) ?? null
}

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

/** What the first event of a chain stands on. */
export const NO_HASH = '0'.repeat(64)
