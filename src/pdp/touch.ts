import { subjectOf } from '../agents/identity.ts'
import { BUDGETS_CELL } from '../facts/budgets.ts'
import { attributeCell, serverCell } from '../facts/cells.ts'
import { cellOfGrant } from '../facts/grants.ts'
import { REGISTERED_ATTRIBUTES } from '../facts/registered.ts'
import type { Registered, Registry } from '../facts/registry.ts'
import type { ResidualCache } from './cache.ts'

/** What was read of an identity, before and after: a user may lose attributes that no name here lists. */
export function touchRegistered(cache: ResidualCache, registry: Registry, entry: Registered): void {
  if (entry.kind === 'budget') {
    cache.touch(BUDGETS_CELL)
    return
  }
  if (entry.kind === 'mcp_server') {
    cache.touch(serverCell(entry.slug))
    // Scopes of its tools are among what agents may do.
    for (const { slug } of registry.agents.values()) {
      cache.touch(attributeCell({ type: 'agent', id: slug }, 'capabilities'))
    }
    return
  }
  if (entry.kind === 'grant') {
    cache.touch(cellOfGrant(entry))
    return
  }
  if (entry.kind !== 'agent' && entry.kind !== 'service' && entry.kind !== 'user') return
  const entity = subjectOf(entry)
  const names = new Set<string>(REGISTERED_ATTRIBUTES[entry.kind])
  if (entry.kind === 'user') {
    const before = registry.users.get(entry.id)
    for (const name of Object.keys({ ...before?.attributes, ...entry.attributes })) names.add(name)
  }
  for (const name of names) cache.touch(attributeCell(entity, name))
}
