import { type AccessToken, holderOf } from '../../agents/token.ts'
import { chainOf, type Principal } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Act, Service } from '../../pdp/service.ts'
import { sameEntity } from '../../policy/entity.ts'
import type { Asker } from './caller.ts'

const READ: Act = { action: 'read', type: 'org_token' }

/** All that is told of a token that is dead, unknown, or none of the asker's business. */
export const INACTIVE = { status: 200, body: { active: false } } as const

/** What decides who may see it. */
type Seen = Pick<AccessToken, 'subject' | 'actors' | 'clientId' | 'audience'>

/** A client sees its own tokens and those for an audience it was registered with; others what the rules let them read. */
export async function maySee(service: Service, state: OrgState, asker: Asker, token: Seen, ip: string) {
  if (asker.kind === 'client') {
    const { client } = asker
    if (client.status !== 'active') return false
    return token.clientId === client.id || token.audience.some(one => client.allowedAudiences?.includes(one) === true)
  }
  return isOwn(asker.principal, token) || mayRead(service, state, asker.principal, ip)
}

const isOwn = (principal: Principal, token: Seen): boolean => sameEntity(holderOf(chainOf(principal)), holderOf(token))

async function mayRead(service: Service, state: OrgState, principal: Principal, ip: string): Promise<boolean> {
  try {
    await service.enter(principal, state.org.slug, READ, ip)
    return true
  } catch {
    return false
  }
}
