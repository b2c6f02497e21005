import type { Registered } from '../facts/registry.ts'
import type { LoggedChange } from '../facts/store.ts'
import type { Json } from '../policy/json.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Service } from './service.ts'

/** What happened to an agent: who did it, when, and what changed. Nothing of a credential that could be used. */
export interface HistoryEntry {
  readonly revision: number
  readonly at: number
  readonly by: string
  readonly what: string
  readonly changes: readonly { readonly member: string; readonly before: Json; readonly after: Json }[]
}

/** Changes of the org that one answer looks through at the most. */
const PAGE = 500
const MOST_PAGES = 20

const QUIET = new Set(['kind', 'version', 'updatedAt', 'createdAt'])

/**
 * History of one agent after a place, oldest first. `next` is where to go on, or null at the end: an org with many changes
 * is looked through in parts, so that a page may be short, or empty, before the end.
 */
export async function agentHistory(
  pdp: Service,
  state: OrgState,
  agent: { readonly id: string; readonly slug: string },
  place: string | null,
  limit: number,
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly next: string | null }> {
  const from = placeIn(place)
  let { after } = from
  let before = from.last === 0 ? null : await agentAt(pdp, state, agent.id, from.last)
  let last = from.last
  const entries: HistoryEntry[] = []
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await pdp.store.changes(state.org.slug, after, PAGE)
    for (const logged of page) {
      const entry = entryOf(logged, agent, before)
      if (entry !== null) {
        if (entries.length === limit) return { entries, next: `${after}.${last}` }
        entries.push(entry)
      }
      after = logged.revision
      if (logged.change.kind === 'registered' && logged.change.entry.id === agent.id) {
        before = logged.change.entry
        last = logged.revision
      }
    }
    if (page.length < PAGE) return { entries, next: null }
  }
  return { entries, next: `${after}.${last}` }
}

function placeIn(place: string | null): { readonly after: number; readonly last: number } {
  if (place === null) return { after: 0, last: 0 }
  const [, after, last] = /^(\d{1,15})\.(\d{1,15})$/.exec(place) ?? []
  if (after === undefined) throw new PdpError('invalid_page_token', 'the page token is not one of a history')
  return { after: Number(after), last: Number(last) }
}

async function agentAt(pdp: Service, state: OrgState, id: string, revision: number): Promise<Registered | null> {
  const [logged] = await pdp.store.changes(state.org.slug, revision - 1, 1)
  const entry = logged?.change.kind === 'registered' ? logged.change.entry : null
  return entry?.id === id ? entry : null
}

function entryOf(
  { revision, at, change }: LoggedChange,
  agent: { readonly id: string; readonly slug: string },
  before: Registered | null,
): HistoryEntry | null {
  if (change.kind !== 'registered') return null
  const { entry, by } = change
  const made = (what: string, changes: HistoryEntry['changes'] = []) => ({ revision, at, by, what, changes })
  switch (entry.kind) {
    case 'agent':
      if (entry.id !== agent.id) return null
      return made(
        before === null ? 'registered' : entry.deletedAt !== undefined ? 'deleted' : 'changed',
        diff(before, entry),
      )
    case 'credential':
      if (entry.of.kind !== 'agent' || entry.of.id !== agent.id) return null
      if (entry.retiredAt !== null) return made(`credential ${entry.id} retired`)
      if (entry.expiresAt !== null)
        return made(`credential ${entry.id} ends ${new Date(entry.expiresAt).toISOString()}`)
      return made(`credential ${entry.id} added: ${entry.proof.kind}`)
    case 'revocation':
      if (entry.of.kind !== 'subject' || entry.of.subject !== `agent:${agent.slug}`) return null
      return made(`tokens ended: ${entry.reason}`)
    case 'consent':
      if (entry.agent !== agent.slug) return null
      return made(`consent of user:${entry.user} ${entry.revokedAt === null ? 'granted' : 'revoked'}`)
    default:
      return null
  }
}

function diff(before: Registered | null, after: Registered): HistoryEntry['changes'] {
  const [was, is] = [membersOf(before), membersOf(after)]
  const names = new Set([...Object.keys(was), ...Object.keys(is)])
  return [...names]
    .filter(name => !QUIET.has(name) && JSON.stringify(was[name]) !== JSON.stringify(is[name]))
    .map(member => ({ member, before: was[member] ?? null, after: is[member] ?? null }))
}

/** Nothing that could be used: of `workloads`, all but the token to ask a cluster with. */
function membersOf(entry: Registered | null): Readonly<Record<string, Json>> {
  if (entry === null) return {}
  const plain = JSON.parse(JSON.stringify(entry)) as Record<string, Json>
  if (entry.kind === 'agent') {
    plain.workloads = entry.workloads.map(({ tokenReview, ...shown }) =>
      JSON.parse(JSON.stringify({ ...shown, tokenReview: tokenReview?.url ?? null })),
    )
  }
  return plain
}
