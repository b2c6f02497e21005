import type { Store } from '../../src/facts/store.ts'
import { createService, type Service } from '../../src/pdp/service.ts'
import { createMemoryLedger } from '../support/ledger-memory.ts'
import { DEAF, shipped } from '../support/nodes.ts'
import { makeOrg } from './first.ts'
import { type Judged, judgeAll, type Pains, sumOf } from './judging.ts'
import { createOracle } from './oracle.ts'
import { createPlayer, type Part } from './player.ts'
import type { Size } from './scene.ts'
import type { Mix } from './writes.ts'

export interface Course {
  readonly size: Size
  readonly seed: number
  /** Checks in all, and between one judging and the next. */
  readonly checks: number
  readonly round: number
  /** Writes for each check. */
  readonly writes: number
  readonly mix: Mix
  readonly pains: Pains
}

export interface Outcome extends Judged {
  readonly written: number
  /** Of the checks after the first round, how many found what they asked for in the cache. */
  readonly hitRate: number
}

export type Tell = (round: Judged, hitRate: number) => void

/** A node without HTTP that counts what there is to count in memory. */
export const serviceOn = (store: Store): Service =>
  createService({
    store,
    notifier: DEAF,
    log: { append() {}, lost() {}, full: () => false },
    audit: { append: () => undefined, full: () => false },
    publicUrl: 'http://127.0.0.1',
    masterKey: null,
    clock: Date.now,
    shipped,
    bootstrapHash: '0'.repeat(64),
    staleAfter: null,
    ledger: createMemoryLedger(),
  })

export const hitRateOf = (from: Readonly<Used>, to: Readonly<Used>): number => {
  const hits = to.hits - from.hits
  const all = hits + to.misses - from.misses
  return all === 0 ? 1 : hits / all
}
export interface Used {
  readonly hits: number
  readonly misses: number
}

/**
 * A run on one node: every answer is judged. After each round but the last the node ends, and another begins where it was.
 * `spoil` is done to each node before it answers, to see that what it breaks is found.
 */
export async function runOneNode(
  store: Store,
  org: string,
  course: Course,
  told: Tell = () => undefined,
  spoil: (service: Service) => Promise<void> = async () => undefined,
): Promise<Outcome> {
  const { size, seed, writes, mix } = course
  await makeOrg(store, org, size, seed)
  const part: Part = { org, size, seed, node: 0, nodes: 1, writes, mix }
  const player = createPlayer(part, store)
  const oracle = createOracle(org)
  const rounds: Judged[] = []
  let after: Used = { hits: 0, misses: 0 }
  const all = { hits: 0, misses: 0 }
  const service = serviceOn(player.store)
  player.join(service)
  await spoil(service)
  for (let left = course.checks; left > 0; left -= course.round) {
    await player.play(Math.min(left, course.round))
    const used = { ...service.orgs.figures.cacheUse }
    const judged = await judgeAll(store, oracle, part, player.taken(), course.pains)
    if (rounds.length > 0) {
      all.hits += used.hits - after.hits
      all.misses += used.misses - after.misses
    }
    told(judged, hitRateOf(after, used))
    after = used
    rounds.push(judged)
    if (judged.wrong > 0) break
  }
  return { ...sumOf(rounds), written: player.written, hitRate: hitRateOf({ hits: 0, misses: 0 }, all) }
}
