import { PerformanceObserver } from 'node:perf_hooks'
import { englishOf, MODEL } from '../../bench/cases/english.ts'
import { buildRequests, engineRequest } from '../../bench/cases/requests.ts'
import { buildRules } from '../../bench/cases/rules.ts'
import { buildWorld, tuplesOf } from '../../bench/cases/world.ts'
import { factsIn } from '../../src/engine/residual.ts'
import { check } from '../../src/pdp/check.ts'
import { type OrgState, stateOf } from '../../src/pdp/org.ts'
import type { Request } from '../../src/policy/request.ts'
import { loadShipped } from '../../src/server.ts'

/**
 * Prints what decisions allocate and ask for, at numbers of rules. Needs `--expose-gc`, and room for young objects that is not
 * used up (`--min-semi-space-size`, `--max-semi-space-size`): then what the heap grew by is what was allocated.
 */
const USERS = 16
const REQUESTS = 256
const WARM = 20_000
const ROUNDS = 20

export interface Costs {
  readonly rules: number
  /** Bytes that a decision allocates: found in the cache, and with an empty one. */
  readonly warm: number
  readonly cold: number
  /** Facts that a decision asks for whose residual is not cached, all requests together. */
  readonly facts: number
  /** Collections meanwhile, which would make the bytes wrong. */
  readonly collections: number
}

let collections = 0
new PerformanceObserver(list => {
  collections += list.getEntries().length
}).observe({ entryTypes: ['gc'] })

/** Until collections of before were told of. */
const seen = (): Promise<void> => new Promise(resolve => setTimeout(() => setImmediate(resolve), 2))

/** Bytes a call allocates, as the median of rounds. */
async function allocated(calls: number, round: () => void, before: () => void): Promise<number> {
  const grown: number[] = []
  for (let n = 0; n < ROUNDS; n += 1) {
    globalThis.gc?.()
    before()
    await seen()
    collections = 0
    const { heapUsed } = process.memoryUsage()
    round()
    const after = process.memoryUsage().heapUsed
    await seen()
    if (collections === 0) grown.push((after - heapUsed) / calls)
  }
  return grown.sort((a, b) => a - b)[grown.length >> 1] ?? Number.NaN
}

async function costsOf(rules: number): Promise<Costs> {
  const world = buildWorld(10_000)
  const built = buildRules(rules)
  const state: OrgState = stateOf(
    {
      org: { slug: 'bench', name: 'Bench', zone: 'Europe/Berlin' },
      revision: 1,
      model: { id: 'm', dsl: MODEL },
      policy: { version: 1, text: englishOf(built), author: '', note: '', publishedAt: 0 },
      keys: [],
      attributes: [],
      tuples: [],
    },
    loadShipped(),
  )
  for (const tuple of tuplesOf(world)) state.graph?.write(tuple)
  const requests = buildRequests(world, built, REQUESTS, USERS).map(engineRequest)
  const each = (): void => {
    for (const request of requests) check(state, request as Request)
  }
  let facts = 0
  for (const request of requests) {
    for (const residual of check(state, request).residuals) facts += factsIn(residual).length
  }
  for (let n = 0; n < WARM; n += REQUESTS) each()
  const warm = await allocated(REQUESTS, each, () => undefined)
  for (let n = 0; n < WARM / 4; n += REQUESTS) {
    state.cache.clear()
    each()
  }
  const cold = await allocated(REQUESTS, each, () => state.cache.clear())
  return { rules, warm, cold, facts, collections }
}

const measured: Costs[] = []
for (const rules of [10, 1_000, 10_000]) measured.push(await costsOf(rules))
process.stdout.write(JSON.stringify(measured))
