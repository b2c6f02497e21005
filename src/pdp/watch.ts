import type { Change, LoggedChange, Store } from '../facts/store.ts'
import type { Service } from './service.ts'

export type { Change, LoggedChange } from '../facts/store.ts'

/** Changes of one page: what a reader may have to wait for room for, and no more. */
const PAGE = 20

/** Reads pages of changelogs; those who ask for the same page at the same time share one reading. */
export type ReadPage = (org: string, after: number) => Promise<readonly LoggedChange[]>

export function createReadPage(store: Pick<Store, 'changes'>): ReadPage {
  const reading = new Map<string, Promise<readonly LoggedChange[]>>()
  return (org, after) => {
    const place = `${after} ${org}`
    const known = reading.get(place)
    if (known !== undefined) return known
    const page = store.changes(org, after, PAGE).finally(() => reading.delete(place))
    reading.set(place, page)
    return page
  }
}

/**
 * Every change of an org after a revision, in pages, whoever made it and whether the org is in memory or not. An empty
 * page says that there was nothing for `idleMs`, or, where it does not follow, that this is all. Ends with `signal`.
 */
export async function* pagesAfter(
  { orgs }: Pick<Service, 'orgs'>,
  read: ReadPage,
  org: string,
  revision: number,
  idleMs: number | null,
  signal: AbortSignal,
): AsyncGenerator<readonly LoggedChange[]> {
  let at = revision
  let stirred = false
  let wake = (): void => {}
  const stir = (): void => {
    stirred = true
    wake()
  }
  const stop = orgs.follow(org, stir)
  signal.addEventListener('abort', stir)
  try {
    while (!signal.aborted) {
      stirred = false
      const page = await read(org, at)
      at = page.at(-1)?.revision ?? at
      if (page.length > 0) {
        yield page
        continue
      }
      if (idleMs === null) return void (yield page)
      const woken =
        stirred ||
        (await new Promise<boolean>(resolve => {
          const timer = setTimeout(() => resolve(false), idleMs)
          wake = () => {
            clearTimeout(timer)
            resolve(true)
          }
        }))
      if (!woken) yield page
    }
  } finally {
    signal.removeEventListener('abort', stir)
    stop()
  }
}

/** Whether a change is of a type of objects or entities; one that is of none is of every type. */
export function ofTypes(change: Change, types: ReadonlySet<string>): Change | null {
  if (change.kind === 'attributes') return types.has(change.entity.type) ? change : null
  if (change.kind !== 'tuples') return change
  const wanted = ({ object }: { readonly object: string }): boolean => types.has(object.slice(0, object.indexOf(':')))
  const [writes, deletes] = [change.writes.filter(wanted), change.deletes.filter(wanted)]
  return writes.length + deletes.length === 0 ? null : { ...change, writes, deletes }
}

/** A change as whoever watches may see it: what is secret, or large and read elsewhere, is left out. */
export function shownChange(change: Change): object {
  switch (change.kind) {
    case 'model':
      return { id: change.id }
    case 'policy':
      return { version: change.version, author: change.author, note: change.note }
    case 'key': {
      const { id, name, role, createdAt, revokedAt } = change.key
      return {
        id,
        name,
        role,
        created_at: instant(createdAt),
        revoked_at: revokedAt === null ? null : instant(revokedAt),
      }
    }
    case 'store': {
      const { id, name, createdAt, deletedAt } = change.store
      return { id, name, created_at: instant(createdAt), deleted_at: deletedAt === null ? null : instant(deletedAt) }
    }
    case 'registered':
      return { of: change.entry.kind, id: change.entry.id, by: change.by }
    case 'tuples':
      return { writes: change.writes, deletes: change.deletes }
    case 'attributes':
      return { entity: change.entity, set: change.set, unset: change.unset }
    case 'unregistered':
      return { of: change.of, id: change.id, by: change.by }
    case 'org':
      return { name: change.name, zone: change.zone }
    case 'engine':
      return { server: change.engine?.server ?? null, state: change.engine?.state ?? null }
    case 'stale':
      return { tuples: change.tuples }
  }
}

const instant = (at: number): string => new Date(at).toISOString()
