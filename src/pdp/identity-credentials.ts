import { createPublicKey, type JsonWebKey } from 'node:crypto'
import type { Agent } from '../agents/agent.ts'
import { type Credential, type Identity, subjectOf } from '../agents/identity.ts'
import { jwksProblem, jwksUriProblem } from '../agents/jwks.ts'
import { printEntity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import { credentialId, isLive, mintApiKey, mintSecret } from './credentials.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { put, revocationOf } from './registering.ts'
import type { Service } from './service.ts'

/** Public keys as they are given: themselves, or where they are. */
export type Given = { readonly jwks: JsonObject } | { readonly jwksUri: string }

/** What is shown this once. */
export interface Shown {
  readonly clientSecret?: string
  readonly apiKey?: string
}

interface Issued {
  readonly credentials: readonly Credential[]
  readonly shown: Shown
}

export type Proves = 'client_credentials' | 'private_key_jwt' | 'api_key'

const refused = (message: string): PdpError => new PdpError('invalid_request', message)

/** What an agent proves itself with from the start, by its identity type. */
export function issue(org: string, agent: Agent, keys: Given | undefined, now: number): Issued {
  switch (agent.identityType) {
    case 'client_credentials':
    case 'private_key_jwt':
    case 'api_key':
      return issueAs(agent.identityType, org, agent, keys, now)
    case 'workload':
    case 'aauth':
      if (keys !== undefined)
        throw refused(`an agent of the type \`${agent.identityType}\` has no keys of its own here`)
      return { credentials: [], shown: {} }
  }
}

/** One new credential. Fails with `invalid_request` for keys that are missing, wrong, or not asked for. */
export function issueAs(
  proves: Proves,
  org: string,
  { kind, id: identity }: Identity,
  keys: Given | undefined,
  now: number,
): Issued {
  const base = {
    kind: 'credential',
    of: { kind, id: identity },
    createdAt: now,
    expiresAt: null,
    retiredAt: null,
  } as const
  if (proves === 'private_key_jwt') {
    if (keys === undefined) throw refused('`private_key_jwt` takes public keys: send `jwks` or `jwksUri`')
    return { credentials: [{ ...base, id: credentialId(), proof: proofOf(keys) }], shown: {} }
  }
  if (keys !== undefined) throw refused(`\`${proves}\` takes no keys; send \`private_key_jwt\`, or leave them out`)
  if (proves === 'api_key') {
    const { id, text, hash } = mintApiKey(org, kind)
    return { credentials: [{ ...base, id, proof: { kind: 'api_key', hash } }], shown: { apiKey: text } }
  }
  const { text, hash } = mintSecret()
  return {
    credentials: [{ ...base, id: credentialId(), proof: { kind: 'secret', hash } }],
    shown: { clientSecret: text },
  }
}

function proofOf(keys: Given): Credential['proof'] {
  if ('jwksUri' in keys) {
    const problem = jwksUriProblem(keys.jwksUri)
    if (problem !== null) throw refused(`\`jwksUri\`: ${problem}`)
    return { kind: 'jwks_uri', uri: keys.jwksUri }
  }
  const problem = jwksProblem(keys.jwks)
  if (problem !== null) throw refused(`\`jwks\`: ${problem}`)
  for (const [index, key] of (keys.jwks.keys as readonly JsonObject[]).entries()) {
    if (!isKey(key)) throw refused(`\`jwks\`: keys.${index}: these numbers are no key`)
  }
  return { kind: 'jwks', jwks: keys.jwks }
}

function isKey(jwk: JsonObject): boolean {
  try {
    createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' })
    return true
  } catch {
    return false
  }
}

/** Credentials that count at once, at the most: one, and the one that takes its place. */
const MOST_LIVE = 2

/**
 * A new credential, and how long those there are still count: the newest for `overlap` seconds, older ones no more. Without
 * overlap every token that was got before ends with them.
 */
export async function rotate(
  pdp: Service,
  state: OrgState,
  identity: Identity,
  proves: Proves,
  keys: Given | undefined,
  overlap: number,
  by: string,
): Promise<{ readonly credential: Credential; readonly shown: Shown }> {
  const now = pdp.clock()
  const { credentials, shown } = issueAs(proves, state.org.slug, identity, keys, now)
  const credential = credentials[0] as Credential
  const live = state.registry
    .credentialsOf(identity.kind, identity.id)
    .filter(c => isLive(c, now))
    .sort((a, b) => b.createdAt - a.createdAt)
  const ending = live.map((c, i) => {
    if (overlap === 0 || i >= MOST_LIVE - 1) return put({ ...c, retiredAt: now }, by)
    return put({ ...c, expiresAt: Math.min(c.expiresAt ?? Number.POSITIVE_INFINITY, now + overlap * 1000) }, by)
  })
  const ends = overlap === 0 ? [put(revocationOf(identity, now, 'credentials rotated'), by)] : []
  await pdp.write(state, [put(credential, by), ...ending, ...ends])
  return { credential, shown }
}

/** Ends one credential, and every token that was got until now. Fails with `identity_not_found`. */
export async function retire(pdp: Service, state: OrgState, identity: Identity, id: string, by: string): Promise<void> {
  const found = state.registry.credential(id)
  if (found === undefined || found.of.kind !== identity.kind || found.of.id !== identity.id) {
    throw new PdpError('identity_not_found', `${printEntity(subjectOf(identity))} has no credential \`${id}\``)
  }
  await retireAll(pdp, state, identity, [found], by)
}

export async function retireAll(
  pdp: Service,
  state: OrgState,
  identity: Identity,
  credentials: readonly Credential[],
  by: string,
): Promise<void> {
  const now = pdp.clock()
  const live = credentials.filter(c => c.retiredAt === null)
  if (live.length === 0) return
  const ends = put(revocationOf(identity, now, 'credential retired'), by)
  await pdp.write(state, [...live.map(c => put({ ...c, retiredAt: now }, by)), ends])
}
