import type { User } from '../agents/identity.ts'
import { REGISTERED_ATTRIBUTES } from '../facts/registered.ts'
import type { Change } from '../facts/store.ts'
import { timedId } from '../lib/ids.ts'
import type { JsonObject } from '../policy/json.ts'
import { isAttributeName } from './attributes.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { amend, credentialsEnded, type Editor, isThere, put, revocationOf, userNamed } from './registering.ts'
import type { Service } from './service.ts'

export type UserSaid = Partial<
  Pick<User, 'email' | 'emailVerified' | 'name' | 'givenName' | 'familyName' | 'groups' | 'attributes'>
> & { readonly status?: 'active' | 'inactive' | 'suspended' }

/** Registers a person. Fails with `slug_taken` where the id or the address is, or the id was, somebody's. */
export async function createUser(
  pdp: Service,
  state: OrgState,
  said: UserSaid & { readonly id?: string },
  by: string,
): Promise<User> {
  const now = pdp.clock()
  const id = said.id ?? timedId('usr', now)
  if (state.registry.users.has(id)) throw taken(`the id \`${id}\` is, or was, somebody's`)
  const user: User = {
    kind: 'user',
    email: null,
    emailVerified: false,
    name: null,
    givenName: null,
    familyName: null,
    groups: [],
    status: 'active',
    ...said,
    attributes: merged({}, said.attributes),
    id,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  checkEmail(state, user)
  await pdp.write(state, [put(user, by, null)])
  return user
}

/** Changes what is said and leaves the rest; an attribute that is null is removed. Leaving `active` ends tokens. */
export function updateUser(pdp: Service, state: OrgState, id: string, said: UserSaid, editor: Editor): Promise<User> {
  const read = () => userNamed(state, id)
  return amend(pdp, state, read, editor, user => {
    const now = pdp.clock()
    const attributes = merged(user.attributes, said.attributes)
    const entry: User = { ...user, ...said, attributes, version: user.version + 1, updatedAt: now }
    checkEmail(state, entry)
    const ends = entry.status !== 'active' ? [put(revocationOf(entry, now, entry.status), editor.by)] : []
    return { entry, besides: ends }
  })
}

/** Forgets a person but for the id, which stays known as one who is gone; their tokens and consents end. */
export async function deleteUser(pdp: Service, state: OrgState, id: string, editor: Editor): Promise<void> {
  const read = () => userNamed(state, id)
  await amend(pdp, state, read, editor, user => {
    const now = pdp.clock()
    const consents: readonly Change[] = state.registry
      .consentsOf(user.id)
      .filter(c => c.revokedAt === null)
      .map(c => put({ ...c, revokedAt: now, revokedBy: editor.by }, editor.by))
    const entry: User = {
      kind: 'user',
      id: user.id,
      email: null,
      emailVerified: false,
      name: null,
      givenName: null,
      familyName: null,
      groups: [],
      attributes: {},
      status: 'revoked',
      createdAt: user.createdAt,
      updatedAt: now,
      deletedAt: now,
      version: user.version + 1,
    }
    const keys = credentialsEnded(state, user, now, editor.by)
    return { entry, besides: [put(revocationOf(user, now, 'deleted'), editor.by), ...consents, ...keys] }
  })
}

const OWN: readonly string[] = REGISTERED_ATTRIBUTES.user

function merged(before: JsonObject, said: JsonObject | undefined): JsonObject {
  for (const name of Object.keys(said ?? {})) {
    if (!isAttributeName(name)) throw new PdpError('invalid_attribute', `\`${name}\` is no attribute name`)
    if (OWN.includes(name)) {
      throw new PdpError('invalid_attribute', `\`${name}\` is a member of a user, not one of the attributes`)
    }
  }
  return Object.fromEntries(Object.entries({ ...before, ...said }).filter(([, value]) => value !== null))
}

function checkEmail({ registry }: OrgState, { id, email }: User): void {
  if (email === null) return
  const same = [...registry.users.values()].some(
    u => u.id !== id && isThere(u) && u.email?.toLowerCase() === email.toLowerCase(),
  )
  if (same) throw taken(`\`${email}\` is the address of another user`)
}

const taken = (message: string): PdpError => new PdpError('slug_taken', message)
