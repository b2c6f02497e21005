import type { Registry } from '../facts/registry.ts'
import { inCidr, parseAddress, parseCidr } from '../lib/cidr.ts'
import type { Entity } from '../policy/entity.ts'

/** Whether somebody may call from an address: an agent with allowed addresses from those alone, everyone else from any. */
export function mayCallFrom(registry: Registry, caller: Entity, ip: string): boolean {
  const identity = registry.identityOf(caller)
  if (identity?.kind !== 'agent' || identity.allowedIps === null) return true
  const address = parseAddress(ip)
  if (address === null) return false
  return identity.allowedIps.some(text => {
    const block = parseCidr(text)
    return block !== null && inCidr(address, block)
  })
}
