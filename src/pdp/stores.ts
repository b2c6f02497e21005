import type { RelationStore } from '../facts/store.ts'
import { isSpace, spaceOf } from '../facts/store.ts'
import { sha256, timedId } from '../lib/ids.ts'
import { ulidOf } from '../lib/ulid.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Service } from './service.ts'

export type { RelationStore } from '../facts/store.ts'

/** The id of the store an org's policies use. Its time is zero, so it is like that of no other and sorts first. */
export const defaultStoreId = (org: string): string => ulidOf(`${'0'.repeat(12)}${sha256(org).slice(0, 20)}`)

/** The org's own store as the others are shown. */
export async function defaultStore(service: Service, state: OrgState): Promise<RelationStore> {
  const [first] = await service.store.changes(state.org.slug, 0, 1)
  return {
    id: defaultStoreId(state.org.slug),
    name: state.org.name,
    createdAt: first?.at ?? 0,
    deletedAt: null,
  }
}

/** All stores of an org that are not deleted, by id. */
export async function listStores(service: Service, state: OrgState): Promise<readonly RelationStore[]> {
  const others = [...state.stores.values()].filter(s => s.deletedAt === null)
  others.sort((a, b) => (a.id < b.id ? -1 : 1))
  return [await defaultStore(service, state), ...others]
}

export async function findStore(service: Service, state: OrgState, id: string): Promise<RelationStore | null> {
  if (id === defaultStoreId(state.org.slug)) return defaultStore(service, state)
  const found = state.stores.get(id)
  return found?.deletedAt === null ? found : null
}

export async function createStore(service: Service, state: OrgState, name: string): Promise<RelationStore> {
  const at = service.clock()
  const id = ulidOf(timedId('', at).slice(1))
  const { zone, slug } = state.org
  await service.createOrg({ slug: spaceOf(slug, id), name, zone })
  const store: RelationStore = { id, name, createdAt: at, deletedAt: null }
  await service.write(state, [{ kind: 'store', store }])
  return store
}

/** Deleting what is not there, or twice, is no error. Fails with `invalid_request` for the org's own store. */
export async function deleteStore(service: Service, state: OrgState, id: string): Promise<void> {
  if (id === defaultStoreId(state.org.slug)) {
    throw new PdpError('invalid_request', 'the store the policies of an org use cannot be deleted')
  }
  const store = state.stores.get(id)
  if (store === undefined || store.deletedAt !== null) return
  await service.write(state, [{ kind: 'store', store: { ...store, deletedAt: service.clock() } }])
}

const ownIds = new WeakMap<OrgState, string>()

/** Every check asks for it, so it is not made anew each time. */
function ownStoreId(state: OrgState): string {
  const known = ownIds.get(state) ?? defaultStoreId(state.org.slug)
  ownIds.set(state, known)
  return known
}

/** What answers for a store: the org itself, or the space the store is kept in. Null where there is no such store. */
export function stateOfStore(service: Service, state: OrgState, id: string): OrgState | Promise<OrgState> | null {
  const slug = slugOfStore(state, id)
  if (slug === null) return null
  return slug === state.org.slug ? state : service.orgs.get(slug)
}

/** Under which name the changes of a store are kept; null where there is no such store. */
export function slugOfStore(state: OrgState, id: string): string | null {
  const { slug } = state.org
  if (isSpace(slug)) return null
  if (id === ownStoreId(state)) return slug
  return state.stores.get(id)?.deletedAt === null ? spaceOf(slug, id) : null
}
