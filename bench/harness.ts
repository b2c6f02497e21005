import type { Contestant } from './contestant.ts'
import { median, quantile } from './stats.ts'

/** A contestant in a race, with how many different requests it rotates through. */
export interface Runner {
  readonly contestant: Contestant
  readonly requests: number
}

/** Nanoseconds per decision, over batches. */
export interface Timing {
  readonly p50: number
  readonly p99: number
  readonly batches: number
  readonly batch: number
  /** Processor time of a decision, all threads of the process, the collector's too. */
  readonly cpu: number
}

export interface RaceOptions {
  readonly rounds: number
  /** How long a contestant runs in each round, in milliseconds. */
  readonly slotMs: number
  /** How long it runs before anything counts, in milliseconds. */
  readonly warmMs: number
}

/** Shortest batch, in nanoseconds: thousands of times the resolution of the clock. */
const SHORTEST = 200_000

interface Lane {
  readonly runner: Runner
  readonly samples: number[]
  batch: number
  cursor: number
  allowed: number
  /** Microseconds of the processor, and the decisions they were for. */
  cpu: number
  decided: number
}

/**
 * Measures all runners in turns, so that what slows the machine for a while slows them alike. Each round starts after a
 * full collection of garbage, and with another runner.
 */
export function race(runners: readonly Runner[], { rounds, slotMs, warmMs }: RaceOptions): readonly Timing[] {
  const lanes = runners.map(laneOf)
  for (const lane of lanes) {
    warm(lane, warmMs)
    lane.cpu = 0
    lane.decided = 0
  }
  for (let round = 0; round < rounds; round += 1) {
    globalThis.gc?.()
    for (let i = 0; i < lanes.length; i += 1) {
      const lane = lanes[(i + round) % lanes.length] as Lane
      globalThis.gc?.({ type: 'minor' })
      // The first batch after another contestant's turn finds the caches of the processor full of other things.
      runBatch(lane)
      const until = process.hrtime.bigint() + BigInt(slotMs) * 1_000_000n
      do {
        lane.samples.push(runBatch(lane) / lane.batch)
      } while (process.hrtime.bigint() < until)
    }
  }
  return lanes.map(({ samples, batch, cpu, decided }) => ({
    p50: median(samples),
    p99: quantile(samples, 0.99),
    batches: samples.length,
    batch,
    cpu: (cpu * 1_000) / decided,
  }))
}

const laneOf = (runner: Runner): Lane => ({
  runner,
  samples: [],
  batch: 1,
  cursor: 0,
  allowed: 0,
  cpu: 0,
  decided: 0,
})

/** Nanoseconds that one batch takes; what it is made ready with is not in them, nor in its processor time. */
function runBatch(lane: Lane): number {
  const { contestant, requests } = lane.runner
  const { decide } = contestant
  contestant.before?.()
  let { cursor, allowed } = lane
  const used = process.cpuUsage()
  const started = process.hrtime.bigint()
  for (let i = 0; i < lane.batch; i += 1) {
    if (decide(cursor)) allowed += 1
    cursor = cursor + 1 === requests ? 0 : cursor + 1
  }
  const took = Number(process.hrtime.bigint() - started)
  const { user, system } = process.cpuUsage(used)
  lane.cpu += user + system
  lane.decided += lane.batch
  lane.cursor = cursor
  lane.allowed = allowed
  return took
}

/** Runs until it is warm, and finds a batch long enough to be measured. */
function warm(lane: Lane, warmMs: number): void {
  const longest = Math.min(lane.runner.contestant.longest ?? 4096, 4096)
  const until = process.hrtime.bigint() + BigInt(warmMs) * 1_000_000n
  do {
    const took = runBatch(lane)
    if (took < SHORTEST && lane.batch < longest) lane.batch = Math.min(longest, lane.batch * 2)
  } while (process.hrtime.bigint() < until)
}
