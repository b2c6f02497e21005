import type { Agent } from '../agents/agent.ts'
import { type Identity, type Revocation, type Service, subjectOf, type User } from '../agents/identity.ts'
import type { Registered } from '../facts/registry.ts'
import { LONGEST_LIFE } from '../facts/revoked.ts'
import type { Change, Store } from '../facts/store.ts'
import { timedId } from '../lib/ids.ts'
import { printEntity } from '../policy/entity.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Orgs } from './orgs.ts'
import type { Writer } from './write.ts'

/** Who changes something, and which version of it they saw: `If-Match` as it was sent, or null for whichever there is. */
export interface Editor {
  readonly by: string
  readonly ifMatch: string | null
}

export const put = (entry: Registered, by: string, replaces?: number | null): Change => ({
  kind: 'registered',
  entry,
  by,
  ...(replaces !== undefined && { replaces }),
})

/** Why tokens of one end that may do less than before. */
export const NARROWED = 'may do less'

/** Ends every token that names somebody and was issued until now. */
export function revocationOf(identity: Identity, now: number, reason: string): Revocation {
  return {
    kind: 'revocation',
    id: timedId('rev', now),
    of: revokedSubject(identity),
    at: now,
    until: now + LONGEST_LIFE,
    reason,
  }
}

/** All tokens that name somebody, as whoever sees only a token knows them. */
export const revokedSubject = (identity: Identity): Revocation['of'] => ({
  kind: 'subject',
  subject: printEntity(subjectOf(identity)),
  ...(identity.kind === 'service' && { client: identity.id }),
})

/** Retires whatever an identity still has to prove itself with. */
export const credentialsEnded = ({ registry }: OrgState, { kind, id }: Identity, now: number, by: string): Change[] =>
  registry
    .credentialsOf(kind, id)
    .filter(c => c.retiredAt === null)
    .map(c => put({ ...c, retiredAt: now }, by))

const notFound = (what: string, name: string): PdpError =>
  new PdpError('identity_not_found', `there is no ${what} \`${name}\``)

export const isThere = <T extends { readonly deletedAt?: number }>(one: T | undefined): one is T =>
  one !== undefined && one.deletedAt === undefined

/** By id or by slug. Fails with `identity_not_found`, also for one that was deleted. */
export function agentNamed({ registry }: OrgState, name: string): Agent {
  const found = registry.agents.get(name) ?? registry.agentBySlug(name)
  if (!isThere(found)) throw notFound('agent', name)
  return found
}

export function serviceNamed({ registry }: OrgState, name: string): Service {
  const found = registry.services.get(name) ?? registry.serviceBySlug(name)
  if (!isThere(found)) throw notFound('service', name)
  return found
}

export function userNamed({ registry }: OrgState, id: string): User {
  const found = registry.users.get(id)
  if (!isThere(found)) throw notFound('user', id)
  return found
}

const stale = (name: string, version: number): PdpError =>
  new PdpError('stale_version', `\`${name}\` is at version ${version} by now; read it again`, { id: name, version })

/** What changing something stands on. */
export interface Amending {
  readonly write: Writer
  readonly store: Pick<Store, 'revision'>
  readonly orgs: Pick<Orgs, 'catchUp'>
}

const TRIES = 8

type Versioned = Registered & { readonly id: string; readonly version: number }

/**
 * Changes one registered thing by what it is now: `change` answers what is written, or null where nothing is to do. Who
 * says which version they saw gets `stale_version` for any other; who does not is tried again where somebody was faster.
 */
export async function amend<T extends Versioned>(
  pdp: Amending,
  state: OrgState,
  read: () => T,
  editor: Editor,
  change: (now: T) => { readonly entry: T; readonly besides?: readonly Change[] } | null,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const found = read()
    if (editor.ifMatch !== null && !agrees(editor.ifMatch, found.version)) throw stale(found.id, found.version)
    const made = change(found)
    if (made === null) return found
    const changes = [put(made.entry, editor.by, found.version), ...(made.besides ?? [])]
    try {
      await pdp.write(state, changes, 'ignore')
      return made.entry
    } catch (error) {
      const again = error instanceof PdpError && error.code === 'stale_version' && editor.ifMatch === null
      if (!again || tries === TRIES) throw error
      await pdp.orgs.catchUp(state.org.slug, await pdp.store.revision(state.org.slug))
    }
  }
}

/** `"3"`, `W/"3"`, several of these, or `*`. What is none of them agrees with nothing. */
function agrees(ifMatch: string, version: number): boolean {
  return ifMatch.split(',').some(tag => {
    const text = tag.trim()
    return text === '*' || text === `"${version}"` || text === `W/"${version}"`
  })
}

/** Makes something whose slug is derived, once more with the next one where somebody took it meanwhile. */
export async function withFreeSlug<T>(
  pdp: Amending,
  state: OrgState,
  isGiven: boolean,
  make: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await make()
    } catch (error) {
      const again = !isGiven && error instanceof PdpError && error.code === 'slug_taken'
      if (!again || tries === TRIES) throw error
      await pdp.orgs.catchUp(state.org.slug, await pdp.store.revision(state.org.slug))
    }
  }
}
