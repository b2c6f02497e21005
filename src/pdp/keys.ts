import { timingSafeEqual } from 'node:crypto'
import { type Credential, type Identity, subjectOf } from '../agents/identity.ts'
import { holderOf } from '../agents/token.ts'
import { KEY_TYPE } from '../facts/keys.ts'
import { deadBecause } from '../facts/live.ts'
import type { KeyRecord, Store } from '../facts/store.ts'
import type { Clock } from '../lib/clock.ts'
import { createFlights } from '../lib/flights.ts'
import { Generations } from '../lib/generations.ts'
import { randomText, sha256 } from '../lib/ids.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import { createBearers, type TokenPrincipal } from './bearers.ts'
import { apiKeyIn, isLive, matchesAny } from './credentials.ts'
import { isTooLarge, PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Orgs } from './orgs.ts'
import type { Tokens } from './tokens/tokens.ts'

/** Roles an org's key may have; what each may do is said in `policies/`. `operator` is for keys of the instance. */
export const KEY_ROLES = ['admin', 'author', 'checker', 'auditor'] as const
export type { KeyRecord, TokenPrincipal }

/** Who calls. */
export type Principal = KeyPrincipal | TokenPrincipal | IdentityPrincipal

/** The subject `key:<id>`. A null org is the instance's own key. */
export interface KeyPrincipal {
  readonly kind: 'key'
  readonly id: string
  readonly org: string | null
  readonly key: KeyRecord
}

/** An agent, a service or a user by an API key of its own: it speaks for itself. */
export interface IdentityPrincipal {
  readonly kind: 'identity'
  readonly org: string
  readonly subject: Entity
  readonly credential: Credential
}

/** Whom rules judge where this caller does something: a subject, through its actors. */
export function chainOf(principal: Principal): { readonly subject: Entity; readonly actors: readonly Entity[] } {
  switch (principal.kind) {
    case 'key':
      return { subject: { type: KEY_TYPE, id: principal.id }, actors: [] }
    case 'token':
      return { subject: principal.token.subject, actors: principal.token.actors }
    case 'identity':
      return { subject: principal.subject, actors: [] }
  }
}

/** The task a caller's token is for. */
export const taskOf = (principal: Principal): { readonly task?: string } =>
  principal.kind === 'token' && principal.token.task !== null ? { task: principal.token.task } : {}

/** Who did something, as logs and authors name them: the current actor of a chain. */
export const nameOf = (principal: Principal): string => printEntity(holderOf(chainOf(principal)))

/** The instance's bootstrap key, known by its hash only. */
export const BOOTSTRAP = 'bootstrap'

export const bootstrapKey = (hash: string): KeyRecord => ({
  id: BOOTSTRAP,
  org: null,
  name: 'bootstrap key of the instance',
  role: 'operator',
  hash,
  createdAt: 0,
  revokedAt: null,
})

const FORM = /^lmk_([0-9a-f]{16})_[A-Za-z0-9_-]{43}$/

/** A new key: 256 random bits behind `lmk_<id>_`. The text is shown once; only its hash is in the record. */
export function mintKey(
  org: string | null,
  name: string,
  role: string,
  at: number,
): { text: string; record: KeyRecord } {
  const id = sha256(randomText(32)).slice(0, 16)
  const text = `lmk_${id}_${randomText(32)}`
  return { text, record: { id, org, name, role, hash: sha256(text), createdAt: at, revokedAt: null } }
}

export interface Authenticator {
  /** The caller behind an access token for this service; fails with `unauthenticated`. */
  bearer(text: string): TokenPrincipal | Promise<TokenPrincipal>
  /** The caller behind a key, at once for a key seen before; fails with `unauthenticated`, the same for every cause. */
  authenticate(text: string): Principal | Promise<Principal>
  /** Whether a caller that was authenticated before would be again, with the same key and the same rights. */
  holds(principal: Principal): boolean
}

const SEEN = 10_000

export interface AuthenticatorPorts {
  readonly store: Store
  readonly orgs: Orgs
  readonly bootstrapHash: string
  readonly tokens: Pick<Tokens, 'verify' | 'orgIn' | 'issuers'>
  readonly clock: Clock
}

export function createAuthenticator(ports: AuthenticatorPorts): Authenticator {
  const { store, orgs, bootstrapHash, tokens, clock } = ports
  const orgOf = new Generations<string, string>(SEEN)
  const finding = createFlights<KeyRecord | null>()
  const bootstrap = bootstrapKey(bootstrapHash)

  const accept = (record: KeyRecord | undefined, hash: string): KeyPrincipal => {
    const same = timingSafeEqual(Buffer.from(record?.hash ?? '0'.repeat(64)), Buffer.from(hash))
    if (record === undefined || !same || record.revokedAt !== null) throw refused()
    return { kind: 'key', id: record.id, org: record.org, key: record }
  }

  const acceptIdentity = (state: OrgState, id: string, text: string): IdentityPrincipal => {
    const credential = state.registry.credential(id)
    const same = matchesAny(text, credential?.proof.kind === 'api_key' ? [credential.proof.hash] : [])
    const holder = credential === undefined ? undefined : holderIn(state, credential)
    if (!same || credential === undefined || !isLive(credential, clock()) || holder?.status !== 'active')
      throw refused()
    return { kind: 'identity', org: state.org.slug, subject: subjectOf(holder), credential }
  }

  const ofIdentity = async ({ org, id }: { org: string; id: string }, text: string): Promise<IdentityPrincipal> => {
    const state = await Promise.resolve(orgs.get(org)).catch((error: unknown) => {
      throw error instanceof PdpError && error.code === 'org_not_found' ? refused() : error
    })
    if (state.registry.credential(id) !== undefined) return acceptIdentity(state, id, text)
    // A key that another node has just made is not in this node's memory yet.
    return acceptIdentity(await orgs.catchUp(org, await store.revision(org)), id, text)
  }

  /** The database knows an org's key as well, where the org is too large for memory. */
  const acceptStored = async (id: string, hash: string, error: unknown): Promise<KeyPrincipal> => {
    if (!isTooLarge(error)) throw error
    return accept((await store.findKey(id)) ?? undefined, hash)
  }

  return {
    bearer: createBearers(tokens, orgs),
    holds(principal) {
      if (principal.kind === 'key' && principal.org === null) return principal.key === bootstrap
      const state = principal.org === null ? undefined : orgs.peek(principal.org)
      if (state === undefined) return false
      switch (principal.kind) {
        case 'key':
          return state.keys.get(principal.id) === principal.key
        case 'token':
          return deadBecause(principal.token, state.registry, clock()) === null
        case 'identity':
          return (
            state.registry.credential(principal.credential.id) === principal.credential &&
            isLive(principal.credential, clock()) &&
            holderIn(state, principal.credential)?.status === 'active'
          )
      }
    },
    authenticate(text) {
      const named = apiKeyIn(text)
      if (named !== null) return ofIdentity(named, text)
      const hash = sha256(text)
      const id = FORM.exec(text)?.[1]
      if (id === undefined) return accept(bootstrap, hash)
      const org = orgOf.get(id)
      if (org === undefined) {
        return finding
          .share(id, () => store.findKey(id))
          .then(async found => {
            if (found?.org == null) return accept(found ?? undefined, hash)
            const state = await Promise.resolve(orgs.get(found.org)).catch(error => acceptStored(id, hash, error))
            if ('kind' in state) return state
            // A key that another node has just made is not in this node's memory yet, nor is what it may do.
            if (!state.keys.has(id)) await orgs.catchUp(found.org, await store.revision(found.org))
            const principal = accept(state.keys.get(id), hash)
            orgOf.set(id, found.org)
            return principal
          })
      }
      const state = orgs.get(org)
      if (state instanceof Promise) {
        return state.then(
          s => accept(s.keys.get(id), hash),
          (error: unknown) => acceptStored(id, hash, error),
        )
      }
      return accept(state.keys.get(id), hash)
    },
  }
}

const holderIn = ({ registry }: OrgState, { of }: Credential): Identity | undefined =>
  of.kind === 'user' ? registry.users.get(of.id) : registry.client(of.id)

const refused = (): PdpError => new PdpError('unauthenticated', 'the API key is missing, unknown or revoked')
