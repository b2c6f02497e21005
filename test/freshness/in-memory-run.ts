import { decide } from '../../src/engine/decide.ts'
import { taskFactsOf } from '../../src/facts/budgets.ts'
import { factsOf } from '../../src/facts/world.ts'
import type { OrgState } from '../../src/pdp/org.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import type { Facts } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import { judge } from '../oracle.ts'
import { quickOrg } from './in-memory.ts'
import { type Judged, sumOf } from './judging.ts'
import { type Course, hitRateOf, type Outcome, type Tell, type Used } from './one-node.ts'
import { sameVerdict } from './oracle.ts'
import { requestOf } from './requests.ts'

const factsFor = (state: OrgState, at: number): Facts => ({
  ...factsOf(state, () => undefined),
  stands: () => ({ used: 0, reserved: 0 }),
  task: id => taskFactsOf(state.registry, id, at),
})

/** What an engine that keeps nothing says of the same state. */
export function uncached(state: OrgState, request: Request): Verdict {
  const verdict = decide(state.set, request, factsFor(state, request.at))
  if ('kind' in verdict) throw new Error('a fact held in memory was not answered')
  return verdict
}

/** The course in memory alone: one thing after the other, each answer judged at once, at the revision it is from. */
export async function runInMemory(course: Course, told: Tell): Promise<Outcome> {
  const { size, seed, writes, mix, pains } = course
  const { state, ask, write } = await quickOrg(size, seed, mix)
  const rounds: Judged[] = []
  let after: Used = { hits: 0, misses: 0 }
  const all = { hits: 0, misses: 0 }
  let written = 0
  for (let n = 0; n < course.checks; ) {
    const effects: Record<string, number> = {}
    const faults: string[] = []
    const from = state.revision
    const end = Math.min(course.checks, n + course.round)
    const answers = end - n
    for (; n < end; n += 1) {
      const request = requestOf(seed, n, 'fresh', size)
      const { verdict } = ask(n)
      effects[verdict.effect] = (effects[verdict.effect] ?? 0) + 1
      const right = uncached(state, request)
      const rules = { org: 'fresh', zone: state.org.zone, rules: state.rules }
      const plain = n % pains.naive === 0 ? judge(rules, request, factsFor(state, request.at)).effect : right.effect
      if (!sameVerdict(verdict, right) || plain !== verdict.effect) {
        faults.push(`${JSON.stringify(request)}: ${JSON.stringify(verdict)}, not ${JSON.stringify(right)}, ${plain}`)
      }
      if (n < (written + 1) / writes) continue
      write()
      written += 1
    }
    const used = { ...state.cacheUse }
    if (rounds.length > 0) {
      all.hits += used.hits - after.hits
      all.misses += used.misses - after.misses
    }
    const judged = {
      answers,
      revisions: state.revision - from,
      effects,
      faults: faults.slice(0, 5),
      wrong: faults.length,
    }
    told(judged, hitRateOf(after, used))
    after = used
    rounds.push(judged)
    if (judged.wrong > 0) break
  }
  return { ...sumOf(rounds), written, hitRate: hitRateOf({ hits: 0, misses: 0 }, all) }
}
