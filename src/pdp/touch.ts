import { type Identity, subjectOf } from '../agents/identity.ts'
import type { McpTool } from '../agents/mcp-server.ts'
import { SIGNAL_FACTS } from '../agents/signal.ts'
import { BUDGETS_CELL } from '../facts/budgets.ts'
import { attributeCell, entryCell, serverCell } from '../facts/cells.ts'
import { cellOfGrant } from '../facts/grants.ts'
import { REGISTERED_ATTRIBUTES } from '../facts/registered.ts'
import type { Registered, RegisteredKind, Registry } from '../facts/registry.ts'
import type { Entity } from '../policy/entity.ts'
import type { ResidualCache } from './cache.ts'

interface Touched {
  readonly registry: Registry
  readonly cache: ResidualCache
}

/** What is removed and was read by something that is kept. */
export function touchedWhenGone(
  { users, grants, tasks, approvals, signals, budgets }: Registry,
  kind: RegisteredKind,
  id: string,
): Registered | undefined {
  const tables: Partial<Record<RegisteredKind, ReadonlyMap<string, Registered>>> = {
    user: users,
    grant: grants,
    task: tasks,
    approval: approvals,
    signal: signals,
    budget: budgets,
  }
  return tables[kind]?.get(id)
}

const scopeOf = ({ scope }: McpTool): string => scope

/**
 * What was read of an entry, of what it was before and of what it is now: a user may lose attributes that no name here lists, and
 * what is written anew under an id may be about others. INVARIANT: it is called before the entry takes its place.
 */
export function touchRegistered(state: Touched, entry: Registered): void {
  if (entry.kind === 'mcp_server') {
    const before = state.registry.servers.get(entry.id)
    state.cache.touch(serverCell(entry.slug))
    if (before !== undefined && before.slug !== entry.slug) state.cache.touch(serverCell(before.slug))
    const scopes = new Set([before, entry].flatMap(one => one?.tools ?? []).map(scopeOf))
    // A tool is among what an agent may do that holds its scope.
    for (const { slug, capabilities } of state.registry.agents.values()) {
      if (!capabilities.some(one => scopes.has(one))) continue
      state.cache.touch(attributeCell({ type: 'agent', id: slug }, 'capabilities'))
    }
    return
  }
  if (entry.kind === 'task' || entry.kind === 'approval' || entry.kind === 'consent') {
    state.cache.touch(entryCell(entry.kind, entry.id))
    return
  }
  if (entry.kind === 'budget') {
    state.cache.touch(BUDGETS_CELL)
    return
  }
  if (entry.kind === 'signal') {
    for (const name of SIGNAL_FACTS) state.cache.touch(attributeCell(entry.of, name))
    return
  }
  if (entry.kind === 'grant') {
    const before = state.registry.grants.get(entry.id)
    state.cache.touch(cellOfGrant(entry))
    if (before !== undefined) state.cache.touch(cellOfGrant(before))
    return
  }
  if (entry.kind !== 'agent' && entry.kind !== 'service' && entry.kind !== 'user') return
  const names = new Set<string>(REGISTERED_ATTRIBUTES[entry.kind])
  if (entry.kind === 'user') {
    const before = state.registry.users.get(entry.id)
    for (const name of Object.keys({ ...before?.attributes, ...entry.attributes })) names.add(name)
  }
  for (const entity of namesOf(state.registry, entry)) {
    for (const name of names) state.cache.touch(attributeCell(entity, name))
  }
}

/** As whom an identity is asked about: as what it is now, and as what it was. */
function namesOf({ agents, services }: Registry, entry: Identity): readonly Entity[] {
  const now = subjectOf(entry)
  if (entry.kind === 'user') return [now]
  const before = entry.kind === 'agent' ? agents.get(entry.id) : services.get(entry.id)
  return before === undefined || before.slug === entry.slug ? [now] : [now, subjectOf(before)]
}
