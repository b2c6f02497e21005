import { median, quantile } from '../stats.ts'
import { casbin } from './casbin.ts'
import { casl } from './casl.ts'
import { cedarGathered, cedarGathering } from './cedar.ts'
import type { AppContestant } from './contestant.ts'
import { DOCUMENTS } from './documents.ts'
import { type Load, type LoadPlan, loadOf } from './load.ts'
import { cached, embedded } from './ours.ts'
import { hitRate, verifyLoad } from './replay.ts'

export interface WritesPlan extends LoadPlan {
  /** Shares of the steps that are changes. */
  readonly shares: readonly number[]
  readonly rounds: number
  readonly slotMs: number
}

export interface WritesRow {
  readonly name: string
  readonly share: number
  /** Single checks and changes, in nanoseconds, looking at the clock among them. */
  readonly p50: number
  readonly p99: number
  readonly write: number
  /** Checks and changes together: the median over slots, and processor time for one. */
  readonly perSecond: number
  readonly cpu: number
  /** Share of checks that were answered from the cache; null: there is none. */
  readonly hits: number | null
}

interface Lane {
  readonly contestant: AppContestant
  cursor: number
  readonly checks: number[]
  readonly writes: number[]
  readonly rates: number[]
  steps: number
  cpu: number
}

/** A mix of checks and changes, contestants in turns; every share has contestants of its own, first checked. */
export async function raceWrites(plan: WritesPlan, say: (text: string) => void): Promise<readonly WritesRow[]> {
  const rows: WritesRow[] = []
  for (const share of plan.shares) {
    say(`  ${share * 100} % changes`)
    const load = loadOf(DOCUMENTS, plan, share)
    const lanes: Lane[] = []
    for (const maker of [cached, embedded, cedarGathered, cedarGathering, casbin, casl]) {
      const contestant = await maker.make(load.given)
      await verifyLoad(contestant, load)
      lanes.push({ contestant, cursor: 0, checks: [], writes: [], rates: [], steps: 0, cpu: 0 })
    }
    for (let round = 0; round < plan.rounds; round += 1) {
      globalThis.gc?.()
      for (let i = 0; i < lanes.length; i += 1) {
        const lane = lanes[(i + round) % lanes.length] as Lane
        globalThis.gc?.({ type: 'minor' })
        if (round % 2 === 0) await runFor(lane, load, plan.slotMs)
        else await timeFor(lane, load, plan.slotMs)
      }
    }
    const hits = hitRate(load)
    for (const lane of lanes) rows.push(rowOf(lane, share, hits))
  }
  return rows
}

const rowOf = (
  { contestant: { name }, checks, writes, rates, steps, cpu }: Lane,
  share: number,
  hits: number,
): WritesRow => ({
  name,
  share,
  p50: median(checks),
  p99: quantile(checks, 0.99),
  write: median(writes),
  perSecond: median(rates),
  cpu: (cpu * 1_000) / steps,
  hits: name.startsWith('ours') ? hits : null,
})

/** Steps on until the time is over, with nothing but the steps in it; what goes back to the start is not counted. */
async function runFor(lane: Lane, load: Load, slotMs: number): Promise<void> {
  const { steps, changes, undo } = load
  const { decide, write } = lane.contestant
  let started = performance.now()
  const until = started + slotMs
  let took = 0
  let done = 0
  const before = process.cpuUsage()
  for (;;) {
    const step = steps[lane.cursor] ?? 0
    if (step >= 0) decide(step)
    else {
      const made = write(changes[-1 - step] as (typeof changes)[number])
      if (made instanceof Promise) await made
    }
    lane.cursor += 1
    done += 1
    if (lane.cursor === steps.length) {
      took += performance.now() - started
      for (const change of undo) await write(change)
      lane.cursor = 0
      started = performance.now()
    }
    if (done % 16 === 0 && performance.now() > until) break
  }
  took += performance.now() - started
  const { user, system } = process.cpuUsage(before)
  lane.rates.push((done / took) * 1_000)
  lane.cpu += user + system
  lane.steps += done
}

/** The same, each step timed. */
async function timeFor(lane: Lane, load: Load, slotMs: number): Promise<void> {
  const { steps, changes, undo } = load
  const { decide, write } = lane.contestant
  const until = performance.now() + slotMs
  for (;;) {
    const step = steps[lane.cursor] ?? 0
    const started = performance.now()
    if (step >= 0) decide(step)
    else {
      const made = write(changes[-1 - step] as (typeof changes)[number])
      if (made instanceof Promise) await made
    }
    const now = performance.now()
    const samples = step >= 0 ? lane.checks : lane.writes
    samples.push((now - started) * 1e6)
    lane.cursor += 1
    if (lane.cursor === steps.length) {
      for (const change of undo) await write(change)
      lane.cursor = 0
    }
    if (now > until) return
  }
}
