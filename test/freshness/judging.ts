import type { Store } from '../../src/facts/store.ts'
import type { Answer, Depth, Oracle } from './oracle.ts'
import type { Part } from './player.ts'
import { requestOf } from './requests.ts'

/** How often an answer is judged by more than the engine: one in so many. */
export interface Pains {
  readonly naive: number
  readonly relations: number
}

export interface Judged {
  readonly answers: number
  readonly revisions: number
  readonly effects: Readonly<Record<string, number>>
  /** What is wrong, of the first answers that are. */
  readonly faults: readonly string[]
  readonly wrong: number
}

const PAGE = 500
const SHOWN = 5

/** Puts every answer to the oracle, at the revision it says it is from. */
export async function judgeAll(
  store: Pick<Store, 'changes'>,
  oracle: Oracle,
  { org, seed, size }: Pick<Part, 'org' | 'seed' | 'size'>,
  answers: readonly Answer[],
  pains: Pains,
): Promise<Judged> {
  const effects: Record<string, number> = { allow: 0, deny: 0, escalate: 0 }
  const faults: string[] = []
  let wrong = 0
  let judged = 0
  const revisions = new Set<number>()
  for (const answer of answers.toSorted((a, b) => a.revision - b.revision)) {
    while (oracle.revision < answer.revision) {
      const page = await store.changes(org, oracle.revision, PAGE)
      if (page.length === 0) break
      oracle.advance(page.filter(({ revision }) => revision <= answer.revision))
    }
    judged += 1
    revisions.add(answer.revision)
    effects[answer.verdict.effect] = (effects[answer.verdict.effect] ?? 0) + 1
    const depth: Depth = judged % pains.relations === 0 ? 'relations' : judged % pains.naive === 0 ? 'naive' : 'engine'
    const request = requestOf(seed, answer.n, org, size)
    const fault =
      oracle.revision === answer.revision
        ? oracle.fault(answer, request, depth)
        : `there is no revision ${answer.revision}`
    if (fault === null) continue
    wrong += 1
    if (faults.length < SHOWN) {
      faults.push(`node ${answer.node}, revision ${answer.revision}, ${JSON.stringify(request)}: ${fault}`)
    }
  }
  return { answers: judged, revisions: revisions.size, effects, faults, wrong }
}

export function sumOf(rounds: readonly Judged[]): Judged {
  const effects: Record<string, number> = {}
  for (const round of rounds) {
    for (const [effect, count] of Object.entries(round.effects)) effects[effect] = (effects[effect] ?? 0) + count
  }
  return {
    answers: rounds.reduce((sum, { answers }) => sum + answers, 0),
    revisions: rounds.reduce((sum, { revisions }) => sum + revisions, 0),
    effects,
    faults: rounds.flatMap(({ faults }) => faults),
    wrong: rounds.reduce((sum, { wrong }) => sum + wrong, 0),
  }
}
