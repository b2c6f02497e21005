import { sha256, timedId } from '../lib/ids.ts'
import type { Origin } from '../lib/origin.ts'
import { printEntity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import type { TupleText } from '../policy/question.ts'
import type { AuditEvent } from './audit.ts'
import { registeredEvent, type Told, unregisteredEvent } from './registered-events.ts'
import type { Registered } from './registry.ts'
import type { Change, KeyRecord, Org, StoredTuple } from './store.ts'

/** A change as it took effect, and what was there before it where a row was replaced or removed. */
export interface Effect {
  readonly change: Change
  readonly before: Registered | KeyRecord | null
}

/** Who acts where nobody asked for it: the service itself. */
export const ITSELF = 'system:lumoauth'

/** What a change tells the audit. INVARIANT: no secret, and nothing of a person in the open. */
export function eventOfChange(
  effect: Effect,
  org: string,
  revision: number,
  at: number,
  from: Origin | undefined,
): AuditEvent | null {
  const told = toldOf(effect, org)
  if (told === null) return null
  const { by, data, ...rest } = told
  const known = from?.actor ?? null
  const chain = by === undefined || by === known ? from : undefined
  return {
    id: timedId('log', at),
    at,
    actor: by ?? known ?? ITSELF,
    ...(chain?.subject !== undefined && { subject: chain.subject }),
    ...(chain?.chain !== undefined && { chain: chain.chain }),
    ...(from !== undefined && { task: from.task ?? null, trace: from.trace, ip: from.ip }),
    ...rest,
    data: { ...data, revision },
  }
}

function toldOf({ change, before }: Effect, org: string): Told | null {
  switch (change.kind) {
    case 'registered':
      return registeredEvent(change, before as Registered | null)
    case 'unregistered':
      return unregisteredEvent(change, before as Registered | null)
    case 'tuples':
      return relationsWritten(change.writes, change.deletes, org)
    case 'attributes':
      return attributesWritten(change)
    case 'model':
      return { kind: 'model.written', target: `model:${change.id}`, data: { digest: sha256(change.dsl) } }
    case 'policy': {
      const { version, author, note, text } = change
      const data = { version, author, digest: sha256(text), note }
      return { kind: 'policy.published', target: `policy:${version}`, by: author, data }
    }
    case 'org':
      return { kind: 'config.updated', target: `org:${org}`, data: { name: change.name, zone: change.zone } }
    case 'key':
      return keyWritten(change.key, before as KeyRecord | null)
    case 'store': {
      const { id, name, deletedAt } = change.store
      return { kind: deletedAt === null ? 'store.created' : 'store.deleted', target: `store:${id}`, data: { name } }
    }
    case 'engine': {
      const { engine, was } = change
      const data = { server: engine?.server ?? null, state: engine?.state ?? null, was }
      return { kind: 'relations.moved', target: `org:${org}`, data }
    }
    case 'stale':
      return null
  }
}

/** Tuples of one event that it names; all of them are in the changelog, at its revision. */
const NAMED = 50

function relationsWritten(writes: readonly StoredTuple[], deletes: readonly TupleText[], org: string): Told {
  const [first] = [...writes, ...deletes]
  const only = writes.length + deletes.length === 1 ? first : undefined
  const persons: Record<string, { [list: string]: JsonObject[] }> = {}
  const open: { [list: string]: JsonObject[] } = {}
  const name = (list: string, { object, relation, user }: TupleText): void => {
    const of = [user, object].find(one => one.startsWith('user:') && one !== 'user:*')
    const place = of === undefined ? open : (persons[of] ?? {})
    if (of !== undefined) persons[of] = place
    place[list] = [...(place[list] ?? []), { object, relation, user }]
  }
  for (const tuple of writes.slice(0, NAMED)) name('writes', tuple)
  for (const tuple of deletes.slice(0, NAMED)) name('deletes', tuple)
  return {
    kind: 'relations.written',
    target: only?.object ?? `org:${org}`,
    data: { written: writes.length, deleted: deletes.length, ...open },
    persons,
  }
}

function attributesWritten({ entity, set, unset }: Extract<Change, { readonly kind: 'attributes' }>): Told {
  const target = printEntity(entity)
  const [names, values] = [{ names: [...Object.keys(set), ...unset].sort() }, { set, unset }]
  if (entity.type !== 'user') return { kind: 'attributes.written', target, data: { ...names, ...values } }
  return { kind: 'attributes.written', target, data: names, persons: { [target]: values } }
}

function keyWritten({ id, name, role, revokedAt }: KeyRecord, before: KeyRecord | null): Told {
  const what = before === null ? 'created' : revokedAt !== null && before.revokedAt === null ? 'revoked' : 'updated'
  const was = before === null ? {} : { was: { name: before.name, role: before.role } }
  return { kind: `key.${what}`, target: `key:${id}`, data: { name, role, ...was } }
}

/** An org came to be, at the beginning of its own chain. */
export const orgCreated = ({ slug, name, zone }: Org, at: number, from: Origin | undefined): AuditEvent => ({
  id: timedId('log', at),
  at,
  kind: 'org.created',
  actor: from?.actor ?? ITSELF,
  target: `org:${slug}`,
  data: { name, zone },
})
