import { CAPABILITY_TYPE, LINK_MARK } from '../../agents/capability.ts'
import { subjectOf } from '../../agents/identity.ts'
import { holderOf } from '../../agents/token.ts'
import { revokingOfCapability } from '../../pdp/capabilities/revoke.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import { printEntity } from '../../policy/entity.ts'
import { type Allowance, useCounter } from '../../policy/evidence.ts'
import { shownOf } from '../capabilities/shown.ts'
import type { Reply } from '../route.ts'
import type { Asker } from './caller.ts'
import { OauthError } from './error.ts'
import { INACTIVE, maySee } from './seen.ts'

/** Whether a text says it is a capability: of several links, or of the type. Nothing about it is proved. */
export function isCapability(text: string): boolean {
  if (text.includes(LINK_MARK)) return true
  try {
    const header: unknown = JSON.parse(Buffer.from(text.split('.', 1)[0] ?? '', 'base64url').toString())
    return typeof header === 'object' && header !== null && 'typ' in header && header.typ === CAPABILITY_TYPE
  } catch {
    return false
  }
}

/** What a capability says and whether it is alive, to those who may see the tokens of its holder. */
export async function introspectCapability(
  service: Service,
  state: OrgState,
  asker: Asker,
  text: string,
  ip: string,
): Promise<Reply> {
  const found = service.tokens.capabilities.read(state, text)
  if (found.kind !== 'live') return INACTIVE
  const { root, leaf, id, derived, links } = found.chain
  const seen = { subject: root.subject, actors: root.actors, clientId: root.clientId, audience: leaf.audience }
  if (!(await maySee(service, state, asker, seen, ip))) return INACTIVE
  const left = await usesLeft(service, state, links)
  const { expires_at: _, not_before: __, audience, jti, ...shown } = shownOf(root, leaf, id)
  return {
    status: 200,
    body: {
      active: true,
      token_type: 'capability',
      jti,
      iss: root.issuer,
      client_id: root.clientId,
      iat: root.issuedAt / 1000,
      nbf: leaf.from / 1000,
      exp: leaf.until / 1000,
      aud: audience.length === 1 ? audience[0] : audience,
      ...shown,
      lineage: [...root.lineage, ...(derived.length === 0 ? [] : [root.jti, ...derived.slice(0, -1)])],
      links: links.length,
      ...(left !== null && { uses_left: left }),
      ...(leaf.jkt !== null && { cnf: { jkt: leaf.jkt } }),
    },
  }
}

/** How often it may still be used, by it and by all it was narrowed from; null where none of them says, or it is not known. */
async function usesLeft(service: Service, { org }: OrgState, links: readonly Allowance[]): Promise<number | null> {
  const limited = links.flatMap(({ id, uses, until }) => (uses === null ? [] : [{ id, uses, until }]))
  if (limited.length === 0 || service.ledger === null) return null
  const meters = limited.map(({ id, until }) => ({ counter: useCounter(id), window: { kind: 'ever', until } as const }))
  const found = await service.ledger.fetch(org.slug, meters, service.clock()).catch(() => null)
  if (found === null) return null
  const left = limited.map(({ uses }, i) => uses - (found[i]?.used ?? uses) - (found[i]?.reserved ?? 0))
  return Math.max(0, Math.min(...left))
}

/** Whoever holds one may end it; one that is bound to a key is ended by the client it was given to. */
export async function endCapability(
  service: Service,
  state: OrgState,
  asker: Asker | null,
  text: string,
): Promise<void> {
  const found = service.tokens.capabilities.read(state, text)
  if (found.kind !== 'live') return
  const { root, leaf } = found.chain
  const isClient = asker?.kind === 'client' && asker.client.id === root.clientId
  if (leaf.jkt !== null && !isClient) {
    throw new OauthError('invalid_request', 'a capability that is bound to a key is revoked by its client')
  }
  const by =
    asker === null
      ? printEntity(holderOf(root))
      : asker.kind === 'client'
        ? printEntity(subjectOf(asker.client))
        : nameOf(asker.principal)
  await service.tokens.revoke(state, revokingOfCapability(found.chain, by, 'revoked by its holder'))
}
