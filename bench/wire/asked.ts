import type { StoredTuple } from '../../src/facts/store.ts'
import { type Chance, chanceFrom } from '../random.ts'
import { zipf } from '../zipf.ts'
import { reachOf, shareOf, type World } from './world.ts'

/** A question as plain data, with the answer every server must give. */
export interface Asked {
  readonly user: number
  readonly action: Action
  readonly document: number
  readonly allowed: boolean
}

export type Action = 'view' | 'delete'

/** What is asked of a world. */
export interface Asker {
  /** So many questions that were not asked before. */
  readonly next: (count: number) => readonly Asked[]
  /** So many groups of questions, each of one user about different documents. */
  readonly groups: (count: number, size: number) => readonly (readonly Asked[])[]
}

/** Always the same questions for a world: whoever is in it asks, every other time about what a team they are in can see. */
export function askerOf(world: World): Asker {
  const chance = chanceFrom(world.users)
  const byTeam: number[][] = Array.from({ length: world.teams }, () => [])
  for (const [n, teams] of world.sharedWith.entries()) for (const team of teams) byTeam[team]?.push(n)
  const seen = new Set<number>()
  let turn = 0
  const questionOf = (user: number, reach: readonly number[]): Asked | null => {
    turn += 1
    const document = turn % 2 === 0 ? sharedWithOne(chance, reach, byTeam) : chance.below(world.documents)
    if (document === null) return null
    const action: Action = chance.below(8) === 0 ? 'delete' : 'view'
    const key = (user * world.documents + document) * 2 + (action === 'view' ? 0 : 1)
    if (seen.has(key)) return null
    seen.add(key)
    const owns = world.ownerOf[document] === user
    const sees = owns || (world.sharedWith[document] ?? []).some(team => reach.includes(team))
    return { user, action, document, allowed: action === 'view' ? sees : owns }
  }
  const questionsOf = (count: number, userOf: () => number): readonly Asked[] => {
    const found: Asked[] = []
    while (found.length < count) {
      const user = userOf()
      const question = questionOf(user, reachOf(world, user))
      if (question !== null) found.push(question)
    }
    return found
  }
  const anyone = (): number => chance.below(world.users)
  return {
    next: count => questionsOf(count, anyone),
    groups: (count, size) =>
      Array.from({ length: count }, () => {
        const user = anyone()
        return questionsOf(size, () => user)
      }),
  }
}

function sharedWithOne(chance: Chance, reach: readonly number[], byTeam: readonly number[][]): number | null {
  const documents = byTeam[chance.of(reach)] ?? []
  return documents.length === 0 ? null : chance.of(documents)
}

/**
 * Shares with teams that nobody is in, of the documents that are asked about, those asked about often written often: what
 * is known of them is no longer known to hold, and yet every answer stays as it was.
 */
export function writtenFor(asked: readonly Asked[], count: number): readonly StoredTuple[] {
  const next = zipf(asked.length, chanceFrom(2))
  return Array.from({ length: count }, (_, n) => shareOf(asked[next()]?.document ?? 0, `nobody${n}`))
}
