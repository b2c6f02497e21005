import type { Contestant } from '../contestant.ts'
import { verify } from '../contestant.ts'
import { type RaceOptions, type Runner, race, type Timing } from '../harness.ts'
import { type Singles, timeEach } from '../singles.ts'
import type { App, AppTuple } from './app.ts'
import { cedarGathered, cedarGathering } from './cedar.ts'
import { cold } from './ours.ts'
import { namesOf, nest, tuple } from './people.ts'
import { caseOf } from './requests.ts'

/** How deep groups are in groups. */
export const NESTING = 6

/** Documents shared with a group of the first level, users in groups of the last: six groups in each other between them. */
const NESTED: App = {
  name: 'nested groups',
  model: `model
  schema 1.1

type user

type group
  relations
    define member: [user, group#member]

type document
  relations
    define viewer: [user, group#member]
`,
  policy: 'Viewers can view documents.\n',
  cedar: 'permit(principal, action == Action::"view", resource is Document) when { principal in resource.viewer };',
  rules: [{ effect: 'permit', actions: ['view'], role: 'viewer' }],
  type: 'document',
  actions: ['view'],
  groups: ['group'],
  roles: { viewer: [] },
  inherits: [],
  attribute: null,
  values: [],
  build(size, chance) {
    const users = namesOf('user', size * 2)
    const groups = namesOf('group', size * NESTING)
    const resources = namesOf('document', size)
    const tuples: AppTuple[] = []
    for (const { inner, outer } of nest(groups, NESTING, chance)) tuples.push(tuple(outer, 'member', `${inner}#member`))
    for (const user of users)
      tuples.push(tuple(groups[size * (NESTING - 1) + chance.below(size)] ?? '', 'member', user))
    for (const document of resources) tuples.push(tuple(document, 'viewer', `${groups[chance.below(size)]}#member`))
    return { tuples, attributes: new Map(), users, groups, resources }
  },
}

export interface NestedPlan {
  readonly sizes: readonly number[]
  readonly requests: number
  readonly singles: number
  readonly race: RaceOptions
}

export interface NestedRow extends Timing {
  readonly name: string
  readonly tuples: number
  readonly singles: Singles
}

/** Ours with an empty cache beside Cedar, every request another. */
export async function raceNested(plan: NestedPlan): Promise<readonly NestedRow[]> {
  const entries: { readonly contestant: Contestant; readonly tuples: number; readonly runner: Runner }[] = []
  for (const size of plan.sizes) {
    const given = caseOf(NESTED, size, plan.requests)
    for (const maker of [cold, cedarGathered, cedarGathering]) {
      const contestant = await maker.make(given)
      verify(contestant, given)
      const runner = { contestant, requests: given.requests.length }
      entries.push({ contestant, tuples: given.world.tuples.length, runner })
    }
  }
  const timings = race(
    entries.map(e => e.runner),
    plan.race,
  )
  return entries.map(({ contestant, tuples, runner: { requests } }, i) => ({
    name: contestant.name,
    tuples,
    singles: timeEach(contestant, { requests, count: plan.singles, fresh: true }),
    ...(timings[i] as Timing),
  }))
}
