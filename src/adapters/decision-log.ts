import { type DecisionLog, type DecisionRow, type Store, StoreError } from '../facts/store.ts'
import { createBackoff } from './backoff.ts'

export interface DecisionLogOptions {
  /** Rows of one write to the store. */
  readonly maxBatch?: number
  /** The mark at which `full` says that nothing more should be decided for now. */
  readonly maxQueue?: number
  /** How long a row may wait for company. */
  readonly intervalMs?: number
  /** How long `close` tries to write what is left. */
  readonly closeMs?: number
  /** Hears of each row that the store refuses for good, or that cannot be made. */
  readonly onLost?: (org: string, error: unknown) => void
}

export interface DecisionLogWriter extends DecisionLog {
  /** Resolves when all that was appended before the call is durable; waits as long as the store is away. */
  flush(): Promise<void>
  /** Writes what is left, within a bound of time, and answers how many rows could not be written. */
  close(): Promise<number>
  /** Rows not yet durable. */
  readonly pending: number
}

interface Entry {
  readonly org: string
  readonly row: () => DecisionRow
}

/**
 * Writes decisions in batches, in order, one write at a time. A row is made when its batch is written. While the store
 * is away its rows are kept and tried again; appending is idempotent by id, so a batch that half arrived does no harm.
 */
export function createDecisionLog(
  store: Pick<Store, 'appendDecisions'>,
  { maxBatch = 500, maxQueue = 20_000, intervalMs = 50, closeMs = 5_000, onLost }: DecisionLogOptions = {},
): DecisionLogWriter {
  const queue: Entry[] = []
  const waiting: { readonly upTo: number; readonly resolve: () => void }[] = []
  const backoff = createBackoff(50, 5_000)
  let done = 0
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null
  let over = false

  const start = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    writing ??= drain().finally(() => {
      writing = null
      if (queue.length > 0 && !over) later()
    })
  }

  /** What came while a batch was written waits for company like any other: small writes cost nearly as much as large ones. */
  const later = (): void => {
    if (queue.length >= maxBatch || waiting.length > 0) start()
    else timer ??= setTimeout(start, intervalMs)
  }

  const drain = async (): Promise<void> => {
    await null
    do {
      const batch = queue.slice(0, maxBatch)
      for (const [org, rows] of rowsByOrg(batch, onLost)) await writeUntilDone(org, rows)
      if (over) return
      queue.splice(0, batch.length)
      done += batch.length
      while (waiting[0] !== undefined && waiting[0].upTo <= done) waiting.shift()?.resolve()
    } while (!over && (queue.length >= maxBatch || (waiting.length > 0 && queue.length > 0)))
  }

  const writeUntilDone = async (org: string, rows: readonly DecisionRow[]): Promise<void> => {
    while (!over) {
      try {
        await store.appendDecisions(org, rows)
        backoff.reset()
        return
      } catch (error) {
        if (!isAway(error)) return refused(org, rows, error)
        await backoff.wait()
      }
    }
  }

  /** One bad row must not hold up the others: each is tried alone, and only what fails alone is given up. */
  const refused = async (org: string, rows: readonly DecisionRow[], error: unknown): Promise<void> => {
    if (rows.length === 1) return onLost?.(org, error)
    for (const row of rows) await writeUntilDone(org, [row])
  }

  const flush = (): Promise<void> => {
    if (queue.length === 0) return Promise.resolve()
    const upTo = done + queue.length
    start()
    return new Promise(resolve => waiting.push({ upTo, resolve }))
  }

  return {
    append(org, row) {
      if (over) return onLost?.(org, new Error('the decision log is closed'))
      queue.push({ org, row })
      if (writing === null) later()
    },
    full: () => queue.length >= maxQueue,
    flush,
    async close() {
      let bound: NodeJS.Timeout | undefined
      const late = new Promise<void>(resolve => {
        bound = setTimeout(resolve, closeMs)
      })
      await Promise.race([flush(), late])
      clearTimeout(bound)
      over = true
      backoff.cancel()
      return queue.length
    },
    get pending() {
      return queue.length
    },
  }
}

function rowsByOrg(batch: readonly Entry[], onLost: DecisionLogOptions['onLost']): ReadonlyMap<string, DecisionRow[]> {
  const rows = new Map<string, DecisionRow[]>()
  for (const { org, row } of batch) {
    try {
      const made = row()
      const others = rows.get(org)
      if (others === undefined) rows.set(org, [made])
      else others.push(made)
    } catch (error) {
      onLost?.(org, error)
    }
  }
  return rows
}

const isAway = (error: unknown): boolean => error instanceof StoreError && error.code === 'unavailable'
