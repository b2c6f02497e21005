import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLedger } from '../../src/adapters/ledger.ts'
import { openPostgresNotifier } from '../../src/adapters/notifier-postgres.ts'
import { openDatabase, type StoreTarget, storeOn } from '../../src/adapters/store.ts'
import type { Ledger } from '../../src/facts/ledger.ts'
import { newDatabase } from '../../test/support/database.ts'
import { startPostgres } from '../../test/support/services.ts'
import { CASES, ORG, type SpendCase } from './cases.ts'
import type { BudgetsPlan } from './plan.ts'

/** Nanoseconds of a spend, one after the other; and how many a second, 32 at a time. */
export interface SpendRow {
  readonly database: string
  readonly name: string
  readonly samples: readonly number[]
  /** Of all there were, those that needed no statement. */
  readonly atOnce: number
  readonly perSecond: number
}

const TOGETHER = 32

const now = (): bigint => process.hrtime.bigint()

async function one(ledger: Ledger, { spend, held }: SpendCase, plan: BudgetsPlan) {
  const samples: number[] = []
  let [made, atOnce] = [0, 0]
  const count = held ? plan.held : plan.statements
  // What is held takes too little time to be measured one by one; what came to need a statement is in its batch.
  const batch = held ? 100 : 1
  for (; made < count; ) {
    const started = now()
    for (let i = 0; i < batch; i += 1, made += 1) {
      const told = spend(ledger, made)
      if (told instanceof Promise) await told
      else atOnce += 1
    }
    samples.push(Number(now() - started) / batch)
    // Timers and answers get their turn, as they do between requests.
    if (held) await new Promise(resolve => setImmediate(resolve))
  }
  return { samples, atOnce: atOnce / made, made }
}

async function together(ledger: Ledger, { spend, held }: SpendCase, plan: BudgetsPlan, from: number): Promise<number> {
  const count = held ? plan.held : plan.together
  let made = 0
  const started = now()
  const line = async (): Promise<void> => {
    while (made < count) {
      made += 1
      await spend(ledger, from + made)
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, line))
  return (count / Number(now() - started)) * 1e9
}

async function on(database: string, target: StoreTarget, plan: BudgetsPlan): Promise<readonly SpendRow[]> {
  const db = await openDatabase(target)
  const notifier = target.kind === 'postgres' ? await openPostgresNotifier(target.url) : null
  const ledger = openLedger({ db, clock: Date.now, notifier })
  try {
    await storeOn(db).createOrg({ slug: ORG, name: ORG, zone: 'UTC' })
    const rows: SpendRow[] = []
    for (const each of CASES) {
      const warm = each.held ? plan.held : plan.statements
      for (let i = 0; i < warm / 10; i += 1) await each.spend(ledger, i)
      const { samples, atOnce, made } = await one(ledger, each, plan)
      const perSecond = await together(ledger, each, plan, warm + made)
      rows.push({ database, name: each.name, samples, atOnce, perSecond })
    }
    return rows
  } finally {
    await ledger.close()
    await notifier?.close()
    await db.close()
  }
}

/** On the embedded database in a directory, and on a PostgreSQL server where there is one to start. */
export async function measureSpends(plan: BudgetsPlan): Promise<readonly SpendRow[]> {
  const path = mkdtempSync(join(tmpdir(), 'lumoauth-bench-'))
  const rows = await on('embedded', { kind: 'directory', path }, plan).finally(() =>
    rmSync(path, { recursive: true, force: true }),
  )
  const server = await startPostgres()
  if (server.kind === 'missing') return rows
  try {
    return [...rows, ...(await on('PostgreSQL', { kind: 'postgres', url: await newDatabase(server.url) }, plan))]
  } finally {
    await server.stop()
  }
}
