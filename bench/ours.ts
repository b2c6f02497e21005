import { packageFiles, packageText } from '../src/adapters/package-files.ts'
import { createResidualCache } from '../src/pdp/cache.ts'
import { check } from '../src/pdp/check.ts'
import { type OrgState, stateOf } from '../src/pdp/org.ts'
import { compileShipped, type Shipped } from '../src/pdp/shipped.ts'
import { englishOf, MODEL } from './cases/english.ts'
import { engineRequest } from './cases/requests.ts'
import { tuplesOf } from './cases/world.ts'
import type { Case, Maker } from './contestant.ts'

let shipped: Shipped | null = null

/** The rules every org starts with, as the service loads them. */
export function shippedRules(): Shipped {
  shipped ??= compileShipped(
    { name: 'system.fga', text: packageText('models/system.fga') },
    packageFiles('policies', '.policy').map(name => ({ name, text: packageText(`policies/${name}`) })),
  )
  return shipped
}

/** An org as the service holds it, its rules read from English. */
function orgOf({ world, rules }: Case): OrgState {
  const text = englishOf(rules)
  const state = stateOf(
    {
      org: { slug: 'bench', name: 'Bench', zone: 'Europe/Berlin' },
      revision: 1,
      model: { id: 'bench', dsl: MODEL },
      policy: { version: 1, text, author: 'bench', note: '', publishedAt: 0 },
      keys: [],
      attributes: [],
      tuples: [],
    },
    shippedRules(),
  )
  for (const tuple of tuplesOf(world)) state.graph?.write(tuple)
  return state
}

/**
 * Ours, as the service decides: `cached` finds the residual of every request in the cache and settles it; `cold` finds
 * the cache empty, so that it asks the graph, keeps what it learned, and settles that.
 */
export const ourContestants: Maker = async given => {
  const state = orgOf(given)
  const cold: OrgState = { ...state, cache: createResidualCache() }
  const requests = given.requests.map(engineRequest)
  const decideIn = (org: OrgState) => (n: number) =>
    check(org, requests[n] as (typeof requests)[number]).verdict.effect === 'allow'
  return [
    { name: 'ours, cached', decide: decideIn(state) },
    { name: 'ours, cold', decide: decideIn(cold), before: () => cold.cache.clear(), longest: requests.length },
  ]
}
