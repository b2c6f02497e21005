import { openLedger } from '../../src/adapters/ledger.ts'
import { openPostgresNotifier } from '../../src/adapters/notifier-postgres.ts'
import { openRedisNotifier } from '../../src/adapters/notifier-redis.ts'
import { openDatabase, storeOn } from '../../src/adapters/store.ts'
import type { Notifier } from '../../src/facts/notifier.ts'
import { createService } from '../../src/pdp/service.ts'
import { keepUp } from '../../src/pdp/upkeep.ts'
import { shipped } from '../support/nodes.ts'
import { chanceOf } from './chance.ts'
import type { Answer } from './oracle.ts'
import { createPlayer, type Part } from './player.ts'

/** What the parent tells a node of a run. */
export type Order =
  | { readonly kind: 'play'; readonly checks: number }
  /** To be at least at that revision before it goes on. */
  | { readonly kind: 'catch up'; readonly revision: number }
  | { readonly kind: 'acknowledged'; readonly revision: number }
  | { readonly kind: 'end' }

export type Report =
  | { readonly kind: 'ready' | 'caught up' }
  | { readonly kind: 'acknowledged'; readonly revision: number }
  | { readonly kind: 'answers'; readonly answers: readonly Answer[] }
  | {
      readonly kind: 'played'
      readonly written: number
      readonly hits: number
      readonly misses: number
      readonly revision: number
    }
  | { readonly kind: 'failed'; readonly error: string }

export interface Child {
  readonly part: Part
  readonly databaseUrl: string
  readonly redisUrl: string | null
  /** Of the messages between nodes: how many are lost, and by how many milliseconds the others may be late. */
  readonly lost: number
  readonly late: number
}

/** A carrier that loses some of what it is to bring, and brings some late. */
function lossy(notifier: Notifier, { part, lost, late }: Child): Notifier {
  const c = chanceOf(part.seed + 77 * part.node)
  return {
    ...notifier,
    listen(heard) {
      notifier.listen((org, revision) => {
        if (c.chance(lost)) return
        if (c.chance(0.5)) return heard(org, revision)
        setTimeout(() => heard(org, revision), c.below(late + 1)).unref()
      })
    },
  }
}

const BATCH = 2_000

async function start(child: Child): Promise<void> {
  const { part, databaseUrl, redisUrl } = child
  const tell = (report: Report): void => void (process.connected && process.send?.(report))
  const db = await openDatabase({ kind: 'postgres', url: databaseUrl })
  const real = storeOn(db)
  const carrier = redisUrl === null ? await openPostgresNotifier(databaseUrl) : await openRedisNotifier(redisUrl)
  const notifier = lossy(carrier, child)
  const player = createPlayer(part, real, revision => tell({ kind: 'acknowledged', revision }))
  const ledger = openLedger({ db, clock: Date.now, notifier })
  const service = createService({
    store: player.store,
    notifier,
    log: { append() {}, lost() {}, full: () => false },
    audit: { append: () => undefined, full: () => false },
    publicUrl: 'http://127.0.0.1',
    masterKey: null,
    clock: Date.now,
    shipped,
    bootstrapHash: '0'.repeat(64),
    staleAfter: 60_000,
    ledger,
  })
  player.join(service)
  const stop = keepUp(service.orgs, 1_000, () => undefined)
  const carryOut = async (order: Order): Promise<void> => {
    switch (order.kind) {
      case 'acknowledged':
        return player.heard(order.revision)
      case 'catch up':
        await service.orgs.catchUp(part.org, order.revision)
        return tell({ kind: 'caught up' })
      case 'play': {
        await player.play(order.checks)
        const answers = player.taken()
        for (let at = 0; at < answers.length; at += BATCH) {
          tell({ kind: 'answers', answers: answers.slice(at, at + BATCH) })
        }
        const { hits, misses } = service.orgs.figures.cacheUse
        const revision = service.orgs.peek(part.org)?.revision ?? 0
        return tell({ kind: 'played', written: player.written, hits, misses, revision })
      }
      case 'end':
        stop()
        await ledger.close()
        await notifier.close()
        await real.close()
        process.disconnect()
    }
  }
  process.on('message', order => {
    carryOut(order as Order).catch((error: unknown) => {
      tell({ kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    })
  })
  process.on('disconnect', () => process.exit())
  tell({ kind: 'ready' })
}

await start(JSON.parse(process.argv[2] ?? '') as Child)
