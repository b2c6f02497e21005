import type { Request } from '../../src/policy/request.ts'
import { chanceFrom } from '../random.ts'
import type { BenchRule } from './rules.ts'
import { documentId, teamId, userId, type World } from './world.ts'

/** A question as plain data, with the answer every contestant must give. */
export interface BenchRequest {
  readonly user: number
  readonly action: 'view' | 'edit' | 'delete'
  readonly document: number
  /** RFC 3339. */
  readonly time: string
  /** ISO weekday of `time`, in the org's zone. */
  readonly weekday: number
  readonly allowed: boolean
}

const TUESDAY = { time: '2026-03-03T09:30:00Z', weekday: 2 }
const SUNDAY = { time: '2026-03-01T09:30:00Z', weekday: 7 }

/** `count` different questions of `users` different users; every other one about a document shared with their team. */
export function buildRequests(world: World, rules: readonly BenchRule[], count: number, users: number): BenchRequest[] {
  const chance = chanceFrom(count + users)
  const askers = new Set<number>([7])
  while (askers.size < Math.min(users, world.users)) askers.add(chance.below(world.users))
  const asking = [...askers]
  const ofTeam = documentsByTeam(world)
  const requests: BenchRequest[] = []
  const seen = new Set<string>()
  for (let turn = 0; requests.length < count; turn += 1) {
    const user = asking[turn % asking.length] ?? 0
    const shared = turn % 2 === 0 ? ofTeam[chance.of(world.teamsOf[user] ?? [])] : undefined
    const document = shared === undefined || shared.length === 0 ? chance.below(world.documents) : chance.of(shared)
    const action = chance.of(['view', 'view', 'edit', 'edit', 'edit', 'delete'] as const)
    const key = `${user} ${action} ${document}`
    if (seen.has(key)) continue
    seen.add(key)
    const asked = { user, action, document, ...(chance.below(8) === 0 ? SUNDAY : TUESDAY) }
    requests.push({ ...asked, allowed: isAllowed(world, rules, asked) })
  }
  return requests
}

function documentsByTeam(world: World): number[][] {
  const lists: number[][] = Array.from({ length: world.teams }, () => [])
  for (const [n, teams] of world.sharedWith.entries()) for (const team of teams) lists[team]?.push(n)
  return lists
}

/** The answer, by reading the rules one after another. */
function isAllowed(world: World, rules: readonly BenchRule[], asked: Omit<BenchRequest, 'allowed'>): boolean {
  const held = rules.filter(rule => holds(world, rule, asked))
  return held.some(r => r.effect === 'permit') && !held.some(r => r.effect === 'forbid')
}

function holds(world: World, rule: BenchRule, asked: Omit<BenchRequest, 'allowed'>): boolean {
  if (rule.type !== 'document' || rule.action !== asked.action) return false
  if (rule.weekdays && asked.weekday > 5) return false
  const teams = world.teamsOf[asked.user] ?? []
  if (rule.link === 'owner' && world.ownerOf[asked.document] !== asked.user) return false
  if (rule.link === 'team' && !world.sharedWith[asked.document]?.some(team => teams.includes(team))) return false
  switch (rule.subject.kind) {
    case 'type':
      return rule.subject.type === 'user'
    case 'named':
      return rule.subject.user === userId(asked.user)
    case 'team':
      return teams.some(team => rule.subject.kind === 'team' && rule.subject.team === teamId(team))
    case 'contractors':
      return world.contractors.has(asked.user)
  }
}

export const engineRequest = (asked: BenchRequest): Request => ({
  org: 'bench',
  subject: { type: 'user', id: userId(asked.user) },
  actors: [],
  action: asked.action,
  resource: { type: 'document', id: documentId(asked.document) },
  context: {},
  at: Date.parse(asked.time),
})
