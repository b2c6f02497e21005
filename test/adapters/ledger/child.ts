import { setTimeout as sleep } from 'node:timers/promises'
import { openLedger } from '../../../src/adapters/ledger.ts'
import { openPostgresNotifier } from '../../../src/adapters/notifier-postgres.ts'
import { openRedisNotifier } from '../../../src/adapters/notifier-redis.ts'
import { openDatabase, type StoreTarget } from '../../../src/adapters/store.ts'
import type { Spent } from '../../../src/facts/ledger.ts'
import { StoreError } from '../../../src/facts/store.ts'
import type { Charge } from '../../../src/policy/charge.ts'
import { charge, EVER, fixed, fresh, sliding, spending } from './bench.ts'
import type { Line, Orders } from './nodes.ts'

/** A node of the ledger's own: does what it is ordered, prints what it was told, and goes on until its input ends. */
const orders = JSON.parse(process.argv[2] ?? '') as Orders
const { org, counts } = orders
const db = await openDatabase(orders.target satisfies StoreTarget)
const notifier = orders.target.kind === 'directory' ? null : await notifierOf(orders.redis, orders.target)
const ledger = openLedger({ db, clock: Date.now, notifier })

async function notifierOf(redis: string | null, target: StoreTarget) {
  if (redis !== null) return openRedisNotifier(redis)
  return openPostgresNotifier(target.kind === 'postgres' ? target.url : '')
}

/** Printed before anything else is done: to a pipe, writing waits until it is there. */
const print = (line: Line): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

let state = orders.seed
function random(below: number): number {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

let made = 0
const newId = (): string => {
  made += 1
  return `${process.pid} ${made}`
}

/** Some of the meters, all of which have a cap of their own. */
function chargesAt(now: number): readonly Charge[] {
  const from = Math.floor(now / counts.fixed.length) * counts.fixed.length
  const all = [
    ...counts.ever.map((cap, i) => ({ counter: `ever ${i}`, window: EVER, cap })),
    { counter: 'sliding', window: sliding(counts.sliding.length), cap: counts.sliding.cap },
    { counter: 'fixed', window: fixed(from, from + counts.fixed.length), cap: counts.fixed.cap },
  ]
  const first = random(all.length)
  return Array.from({ length: 1 + random(2) }, (_, i) => {
    const { counter, window, cap } = all[(first + i) % all.length] as (typeof all)[number]
    return charge(1 + random(3), cap, window, counter)
  })
}

function tell(told: Spent, charges: readonly Charge[], at: number): boolean {
  if (told.kind === 'over') {
    for (const { charge: of, used, reserved } of told.over) print({ kind: 'over', of, used, reserved })
  }
  if (told.kind !== 'spent') return false
  if (told.reservation.state === 'committed') print({ kind: 'spent', charges, at, heard: Date.now() })
  return true
}

async function once(): Promise<void> {
  const at = Date.now()
  const charges = chargesAt(at)
  if (random(10) < 7) {
    const one = random(3) === 0 ? spending(newId(), at, charges) : fresh(newId(), at, charges)
    const told = ledger.spend(org, one)
    print({ kind: 'asked', atOnce: !(told instanceof Promise) })
    tell(await told, charges, at)
    return
  }
  const id = newId()
  const until = at + 100 + random(1500)
  if (!tell(await ledger.spend(org, spending(id, at, charges, until)), charges, at)) return
  await sleep(random(200))
  const now = Date.now()
  const end = random(5)
  if (end === 0) return
  const how = end === 1 ? ({ kind: 'release' } as const) : ({ kind: 'commit', overrun: false } as const)
  const settled = await ledger.settle(org, id, how, now)
  if (settled.kind === 'settled' && how.kind === 'commit') {
    print({ kind: 'spent', charges, at: Math.max(at, now), heard: Date.now() })
  }
  if (settled.kind !== 'settled' && settled.kind !== 'over_time') print({ kind: 'wrong', what: settled.kind })
}

let stopped = false
process.stdin.on('end', () => {
  stopped = true
})
process.stdin.resume()

async function keepOn(): Promise<void> {
  while (!stopped) {
    try {
      await once()
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'unavailable')) print({ kind: 'wrong', what: String(error) })
    }
    await sleep(random(12))
  }
}

/** So many at once at the edge of a cap. */
async function edge({ spends, cap }: { readonly spends: number; readonly cap: number }): Promise<void> {
  const of = [charge(1, cap, EVER, 'edge')]
  await Promise.all(
    Array.from({ length: spends }, async (_, i) => {
      await sleep(random(300))
      const at = Date.now()
      tell(await ledger.spend(org, i % 4 === 0 ? spending(newId(), at, of) : fresh(newId(), at, of)), of, at)
    }),
  )
}

if (orders.edge !== null) await edge(orders.edge)
else await Promise.all(Array.from({ length: orders.loops }, keepOn))
await ledger.close()
await notifier?.close()
await db.close()
print({ kind: 'done' })
process.exit()
