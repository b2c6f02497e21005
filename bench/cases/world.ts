import type { StoredTuple } from '../../src/facts/store.ts'
import { chanceFrom } from '../random.ts'

/** Users in teams, documents shared with teams: what every contestant decides over, in plain arrays of numbers. */
export interface World {
  readonly users: number
  readonly teams: number
  readonly documents: number
  readonly teamsOf: readonly (readonly number[])[]
  readonly sharedWith: readonly (readonly number[])[]
  readonly ownerOf: readonly number[]
  readonly contractors: ReadonlySet<number>
}

export const userId = (n: number): string => `u${n}`
export const teamId = (n: number): string => `t${n}`
export const documentId = (n: number): string => `d${n}`

/** Of each tuple in ten: two say who is in a team, about five what is shared with a team, about three who owns what. */
export function buildWorld(tuples: number): World {
  const chance = chanceFrom(tuples)
  const users = Math.floor(tuples / 10)
  const teams = Math.max(4, Math.floor(tuples / 200))
  const documents = Math.floor((tuples * 4) / 15)
  const distinct = (count: number): number[] => {
    const found = new Set<number>()
    while (found.size < count) found.add(chance.below(teams))
    return [...found]
  }
  return {
    users,
    teams,
    documents,
    teamsOf: Array.from({ length: users }, () => distinct(2)),
    sharedWith: Array.from({ length: documents }, (_, i) => distinct(1 + (i % 3))),
    ownerOf: Array.from({ length: documents }, () => chance.below(users)),
    contractors: new Set(Array.from({ length: Math.ceil(users / 20) }, (_, i) => i * 20 + 7).filter(n => n < users)),
  }
}

/** The world as an org's tuples. */
export function* tuplesOf(world: World): Generator<StoredTuple> {
  const tuple = (object: string, relation: string, user: string): StoredTuple => ({
    object,
    relation,
    user,
    condition: null,
  })
  for (const [n, teams] of world.teamsOf.entries()) {
    for (const team of teams) yield tuple(`team:${teamId(team)}`, 'member', `user:${userId(n)}`)
  }
  for (const [n, teams] of world.sharedWith.entries()) {
    for (const team of teams) yield tuple(`document:${documentId(n)}`, 'shared_with', `team:${teamId(team)}`)
  }
  for (const [n, owner] of world.ownerOf.entries()) {
    yield tuple(`document:${documentId(n)}`, 'owner', `user:${userId(owner)}`)
  }
  for (const n of world.contractors) yield tuple('org:bench', 'contractor', `user:${userId(n)}`)
}
