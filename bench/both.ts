import { buildRequests } from './cases/requests.ts'
import { buildRules } from './cases/rules.ts'
import { buildWorld } from './cases/world.ts'
import { type Contestant, verify } from './contestant.ts'
import { type RaceOptions, type Runner, race, type Timing } from './harness.ts'
import { ourContestants } from './ours.ts'
import { type Singles, timeEach } from './singles.ts'

export interface BothPlan {
  readonly rules: readonly number[]
  readonly tuples: number
  readonly singles: number
  readonly race: RaceOptions
}

export interface BothRow extends Timing {
  readonly name: string
  readonly rules: number
  readonly tuples: number
  readonly singles: Singles
}

/** Many rules over many tuples at once: ours alone, 4,096 different requests of 2,048 users. */
export async function raceBoth(plan: BothPlan): Promise<readonly BothRow[]> {
  const world = buildWorld(plan.tuples)
  const entries: { readonly contestant: Contestant; readonly rules: number; readonly runner: Runner }[] = []
  for (const size of plan.rules) {
    const rules = buildRules(size)
    const given = { world, rules, requests: buildRequests(world, rules, 4_096, 2_048) }
    for (const contestant of await ourContestants(given)) {
      verify(contestant, given)
      entries.push({ contestant, rules: size, runner: { contestant, requests: given.requests.length } })
    }
  }
  const timings = race(
    entries.map(e => e.runner),
    plan.race,
  )
  return entries.map(({ contestant, rules, runner: { requests } }, i) => ({
    name: contestant.name,
    rules,
    tuples: plan.tuples,
    singles: timeEach(contestant, { requests, count: plan.singles, fresh: true }),
    ...(timings[i] as Timing),
  }))
}
