import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLedger } from '../../src/adapters/ledger.ts'
import { TERM_MS } from '../../src/adapters/ledger-flush.ts'
import { openDatabase, openStore, type StoreTarget } from '../../src/adapters/store.ts'
import type { Ledger, Usage } from '../../src/facts/ledger.ts'
import type { Meter } from '../../src/policy/charge.ts'
import { newDatabase } from '../support/database.ts'
import { type Running, type Service, skipWithout, startPostgres, startRedis } from '../support/services.ts'
import { charge, EVER, spending } from './ledger/bench.ts'
import { type Child, killAll, type Line, type Orders, startChild } from './ledger/nodes.ts'

const [postgres, redis] = await Promise.all([startPostgres(), startRedis()])
const urlOf = (service: Service): string => (service.kind === 'running' ? service.url : '')
const stopOf = (service: Service): Promise<void> | undefined => (service as Partial<Running>).stop?.()
after(async () => {
  killAll()
  await Promise.all([postgres, redis].map(stopOf))
})

const COUNTS: Orders['counts'] = {
  ever: [40, 300, 2_000, 50_000],
  sliding: { length: 1_500, cap: 300 },
  fixed: { length: 2_000, cap: 300 },
}
const ORG = 'acme'
const TOP = COUNTS.ever.map((cap, i) => ({ counter: `ever ${i}`, window: EVER, cap }))

async function newOrg(target: StoreTarget): Promise<void> {
  const store = await openStore(target)
  await store.createOrg({ slug: ORG, name: ORG, zone: 'UTC' })
  await store.close()
}

async function withLedger<T>(target: StoreTarget, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  const db = await openDatabase(target)
  const ledger = openLedger({ db, clock: Date.now, notifier: null })
  try {
    return await work(ledger)
  } finally {
    await ledger.close()
    await db.close()
  }
}

interface Entry {
  readonly at: number
  readonly heard: number
  readonly amount: number
}

/** What was acknowledged, by meter, in the order of its instants. */
function spentBy(lines: readonly Line[]): ReadonlyMap<string, { readonly meter: Meter; readonly entries: Entry[] }> {
  const meters = new Map<string, { readonly meter: Meter; readonly entries: Entry[] }>()
  for (const line of lines) {
    if (line.kind !== 'spent') continue
    for (const { counter, window, amount } of line.charges) {
      const key = JSON.stringify([counter, window])
      const known = meters.get(key) ?? { meter: { counter, window }, entries: [] }
      known.entries.push({ at: line.at, heard: line.heard, amount })
      meters.set(key, known)
    }
  }
  for (const { entries } of meters.values()) entries.sort((a, b) => a.at - b.at)
  return meters
}

const sum = (entries: readonly Entry[]): number => entries.reduce((all, { amount }) => all + amount, 0)

/**
 * The most that surely stood in a sliding window at once. A spend is made at some instant between being asked for and being
 * heard of: others may be forgotten in between, as of a clock that has gone on.
 */
function mostIn(entries: readonly Entry[], length: number): number {
  const steps = entries.flatMap(({ at, heard, amount }) =>
    heard < at + length
      ? [
          { when: heard, by: amount },
          { when: at + length, by: -amount },
        ]
      : [],
  )
  steps.sort((a, b) => a.when - b.when || a.by - b.by)
  let [most, within] = [0, 0]
  for (const { by } of steps) {
    within += by
    most = Math.max(most, within)
  }
  return most
}

function neverOver(lines: readonly Line[]): void {
  assert.deepEqual(
    lines.filter(line => line.kind === 'wrong'),
    [],
  )
  for (const { meter, entries } of spentBy(lines).values()) {
    const { kind } = meter.window
    if (kind === 'sliding') {
      const most = mostIn(entries, meter.window.length)
      assert.ok(most <= COUNTS.sliding.cap, `sliding: ${most}`)
    } else if (kind === 'fixed') assert.ok(sum(entries) <= COUNTS.fixed.cap, `fixed: ${sum(entries)}`)
    else assert.ok(sum(entries) <= capOf(meter), `${meter.counter}: ${sum(entries)} of ${capOf(meter)}`)
  }
}

const capOf = ({ counter }: Meter): number => TOP.find(meter => meter.counter === counter)?.cap ?? -1

/** Nothing is refused but what would not fit beside what the database counts. */
function refusedOnlyWhatIsTooMuch(lines: readonly Line[]): void {
  for (const line of lines) {
    if (line.kind !== 'over') continue
    assert.ok(line.used + line.reserved + line.of.amount > line.of.cap, JSON.stringify(line))
  }
}

/** Once all reservations and leases are over: what is counted, and that all the rest can still be spent. */
async function settled(target: StoreTarget): Promise<readonly Usage[]> {
  await sleep(TERM_MS + 500)
  return withLedger(target, async ledger => {
    const usage = await ledger.fetch(ORG, TOP, Date.now())
    for (const [i, { counter, window, cap }] of TOP.entries()) {
      const { used = -1, reserved } = usage[i] ?? {}
      assert.equal(reserved, 0)
      assert.ok(used <= cap, `${counter}: ${used} of ${cap}`)
      const take = (id: string, amount: number) =>
        ledger.spend(ORG, spending(`${counter} ${id}`, Date.now(), [charge(amount, cap, window, counter)]))
      assert.equal((await take('rest and one', cap - used + 1)).kind, 'over')
      assert.equal((await take('rest', cap - used)).kind, 'spent')
    }
    return usage
  })
}

const orders = (target: StoreTarget, seed: number, more: Partial<Orders> = {}): Orders => ({
  target,
  redis: null,
  org: ORG,
  seed,
  loops: 12,
  counts: COUNTS,
  edge: null,
  ...more,
})

const spentIn = (nodes: readonly Child[]): number =>
  nodes.reduce((all, { lines }) => all + lines.filter(({ kind }) => kind === 'spent').length, 0)

/** However slow the machine, so many more spends have been acknowledged. */
async function more(nodes: readonly Child[], spends: number): Promise<void> {
  const enough = spentIn(nodes) + spends
  for (const end = Date.now() + 120_000; spentIn(nodes) < enough; await sleep(10)) {
    assert.ok(Date.now() < end, `only ${spentIn(nodes)} of ${enough} spends came about`)
  }
}

const usedOf = (lines: readonly Line[], { counter }: Meter): number =>
  sum(spentBy(lines).get(JSON.stringify([counter, EVER]))?.entries ?? [])

describe('a ledger of three processes', { skip: skipWithout(postgres) || skipWithout(redis) }, () => {
  const newTarget = async (): Promise<StoreTarget> => {
    const target = { kind: 'postgres', url: await newDatabase(urlOf(postgres)) } as const
    await newOrg(target)
    return target
  }

  test('random spends: never over, nothing that fits refused, and all that is counted was spent', async () => {
    const target = await newTarget()
    const nodes = [1, 2, 3].map(seed => startChild(orders(target, seed, { redis: urlOf(redis) })))
    await more(nodes, 1_200)
    await Promise.all(nodes.map(node => node.finish()))
    const lines = nodes.flatMap(node => node.lines)
    assert.equal(lines.filter(({ kind }) => kind === 'done').length, 3)
    neverOver(lines)
    refusedOnlyWhatIsTooMuch(lines)
    const asked = lines.filter(line => line.kind === 'asked')
    const atOnce = asked.filter(line => line.atOnce).length
    assert.ok(atOnce > asked.length / 10, `${atOnce} of ${asked.length} at once`)
    const usage = await settled(target)
    for (const [i, meter] of TOP.entries()) assert.equal(usage[i]?.used, usedOf(lines, meter), meter.counter)
  })

  test('killed and started again at random, Redis killed in the middle: never over, and little is lost', async () => {
    const target = await newTarget()
    const second = await startRedis()
    let seed = 10
    const start = () => {
      seed += 1
      return startChild(orders(target, seed, { redis: urlOf(second) }))
    }
    const nodes = [start(), start(), start()]
    const all = [...nodes]
    let kills = 0
    for (const [round, spends] of [250, 90, 300, 60, 280, 150, 40].entries()) {
      await more(nodes, spends)
      if (round === 3) await stopOf(second)
      await nodes[round % 3]?.kill()
      kills += 1
      const next = start()
      nodes[round % 3] = next
      all.push(next)
    }
    await more(nodes, 100)
    await Promise.all(nodes.map(node => node.finish()))
    const lines = all.flatMap(node => node.lines)
    neverOver(lines)
    refusedOnlyWhatIsTooMuch(lines)
    const usage = await settled(target)
    for (const [i, meter] of TOP.entries()) {
      const lost = (usage[i]?.used ?? -1) - usedOf(lines, meter)
      // What a killed node held, at most a tenth, and what it had asked for and not heard of: two charges of each of its loops.
      const most = kills * (meter.cap / 10 + 12 * 6)
      assert.ok(lost >= 0 && lost <= most, `${meter.counter}: ${lost} of ${meter.cap} lost`)
    }
  })

  test('1,000 at once at the edge of a cap end exactly at it', async () => {
    const target = await newTarget()
    const edge = { spends: 334, cap: 700 }
    const nodes = [1, 2, 3].map(seed => startChild(orders(target, seed, { redis: urlOf(redis), edge })))
    await Promise.all(nodes.map(node => node.finish()))
    const lines = nodes.flatMap(node => node.lines)
    assert.equal(sum(spentBy(lines).get(JSON.stringify(['edge', EVER]))?.entries ?? []), edge.cap)
    assert.equal(lines.filter(({ kind }) => kind === 'over').length, 3 * edge.spends - edge.cap)
  })
})

describe('a ledger of one embedded node', () => {
  test('killed and started again: never over; 1,000 at once at the edge of a cap end exactly at it', async () => {
    const path = mkdtempSync(join(tmpdir(), 'lumoauth-ledger-'))
    const target = { kind: 'directory', path } as const
    try {
      await newOrg(target)
      const lines: Line[] = []
      for (const [seed, spends] of [120, 40, 80].entries()) {
        const node = startChild(orders(target, seed))
        await more([node], spends)
        await node.kill()
        lines.push(...node.lines)
      }
      neverOver(lines)
      refusedOnlyWhatIsTooMuch(lines)
      const edge = { spends: 1_000, cap: 700 }
      const node = startChild(orders(target, 9, { edge }))
      await node.finish()
      assert.equal(node.lines.filter(({ kind }) => kind === 'spent').length, edge.cap)
      const usage = await settled(target)
      for (const [i, meter] of TOP.entries()) {
        const lost = (usage[i]?.used ?? -1) - usedOf(lines, meter)
        assert.ok(lost >= 0 && lost <= 3 * (meter.cap / 10 + 12 * 6), `${meter.counter}: ${lost} lost`)
      }
    } finally {
      rmSync(path, { recursive: true, force: true })
    }
  })
})
