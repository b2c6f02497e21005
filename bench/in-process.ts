import { buildRequests } from './cases/requests.ts'
import { buildRules } from './cases/rules.ts'
import { buildWorld } from './cases/world.ts'
import { type Case, type Maker, verify } from './contestant.ts'
import { type Runner, race, type Timing } from './harness.ts'
import { ourContestants } from './ours.ts'
import { casbinContestants } from './peers/casbin.ts'
import { caslContestants } from './peers/casl.ts'
import { cedarContestants } from './peers/cedar.ts'
import type { Plan } from './plan.ts'

/** What one contestant took at one size. */
export interface Cell extends Timing {
  readonly name: string
  readonly size: number
}

/** Rules vary, tuples stay: ours beside the peers. */
export async function raceRules({ rules: sizes, race: options }: Plan): Promise<readonly Cell[]> {
  const world = buildWorld(10_000)
  const cases = sizes.map(size => {
    const rules = buildRules(size)
    return { size, given: { world, rules, requests: buildRequests(world, rules, 256, 16) } }
  })
  return raceCases(cases, [ourContestants, cedarContestants, casbinContestants, caslContestants], options)
}

/** Tuples vary, rules stay: ours alone, over requests of thousands of users. */
export async function raceTuples({ tuples: sizes, race: options }: Plan): Promise<readonly Cell[]> {
  const rules = buildRules(100)
  const cases = sizes.map(size => {
    const world = buildWorld(size)
    return { size, given: { world, rules, requests: buildRequests(world, rules, 4_096, 2_048) } }
  })
  return raceCases(cases, [ourContestants], options)
}

async function raceCases(
  cases: readonly { readonly size: number; readonly given: Case }[],
  makers: readonly Maker[],
  options: Plan['race'],
): Promise<readonly Cell[]> {
  const entries: { readonly name: string; readonly size: number; readonly runner: Runner }[] = []
  for (const make of makers) {
    for (const { size, given } of cases) {
      for (const contestant of await make(given)) {
        verify(contestant, given)
        entries.push({ name: contestant.name, size, runner: { contestant, requests: given.requests.length } })
      }
    }
  }
  const timings = race(
    entries.map(e => e.runner),
    options,
  )
  return entries.map(({ name, size }, i) => ({ name, size, ...(timings[i] as Timing) }))
}
