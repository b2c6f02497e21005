import type { StoredTuple } from '../../src/facts/store.ts'
import { chanceFrom } from '../random.ts'

/** Users in teams, teams in teams, documents shared with teams: what all servers hold, in plain arrays of numbers. */
export interface World {
  readonly users: number
  readonly teams: number
  readonly documents: number
  readonly teamsOf: readonly (readonly number[])[]
  /** The team that a team is in, -1 at the top. */
  readonly above: readonly number[]
  readonly sharedWith: readonly (readonly number[])[]
  readonly ownerOf: readonly number[]
}

export const userId = (n: number): string => `u${n}`
export const teamId = (n: number): string => `t${n}`
export const documentId = (n: number): string => `d${n}`

/** Teams directly in a team. */
const FAN = 8

/**
 * Of each tuple in ten: two say who is in a team, about five what is shared with a team, about three who owns what; some
 * say what team is in what team. Teams make a tree, people are in its leaves, documents are shared with any team.
 */
export function buildWorld(tuples: number): World {
  const chance = chanceFrom(tuples)
  const users = Math.floor(tuples / 10)
  const teams = Math.max(4 * FAN, Math.floor(tuples / 100))
  const documents = Math.floor((tuples * 4) / 15)
  const above = Array.from({ length: teams }, (_, n) => (n < FAN ? -1 : Math.floor(n / FAN) - 1))
  const leaves = Math.floor(teams / FAN)
  const distinct = (count: number, from: number): number[] => {
    const found = new Set<number>()
    while (found.size < count) found.add(from + chance.below(teams - from))
    return [...found]
  }
  return {
    users,
    teams,
    documents,
    above,
    teamsOf: Array.from({ length: users }, () => distinct(2, leaves)),
    sharedWith: Array.from({ length: documents }, (_, i) => distinct(1 + (i % 3), FAN)),
    ownerOf: Array.from({ length: documents }, () => chance.below(users)),
  }
}

/** The teams someone is in, and those that these are in. */
export function reachOf(world: World, user: number): readonly number[] {
  const found = new Set<number>()
  for (const team of world.teamsOf[user] ?? []) {
    for (let at = team; at >= 0 && !found.has(at); at = world.above[at] ?? -1) found.add(at)
  }
  return [...found]
}

export const depthOf = (world: World, team: number): number => {
  let depth = 1
  for (let at = world.above[team] ?? -1; at >= 0; at = world.above[at] ?? -1) depth += 1
  return depth
}

const tuple = (object: string, relation: string, user: string): StoredTuple => ({
  object,
  relation,
  user,
  condition: null,
})

export const shareOf = (document: number, team: string): StoredTuple =>
  tuple(`document:${documentId(document)}`, 'shared_with', `team:${team}`)

/** The world as relations. */
export function* tuplesOf(world: World): Generator<StoredTuple> {
  for (const [n, teams] of world.teamsOf.entries()) {
    for (const team of teams) yield tuple(`team:${teamId(team)}`, 'member', `user:${userId(n)}`)
  }
  for (const [n, team] of world.above.entries()) {
    if (team >= 0) yield tuple(`team:${teamId(team)}`, 'member', `team:${teamId(n)}#member`)
  }
  for (const [n, teams] of world.sharedWith.entries()) for (const team of teams) yield shareOf(n, teamId(team))
  for (const [n, owner] of world.ownerOf.entries()) {
    yield tuple(`document:${documentId(n)}`, 'owner', `user:${userId(owner)}`)
  }
}

export function* batchesOf(world: World, most: number): Generator<readonly StoredTuple[]> {
  let batch: StoredTuple[] = []
  for (const one of tuplesOf(world)) {
    if (batch.push(one) < most) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
