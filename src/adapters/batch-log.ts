import { isAway } from '../facts/store-error.ts'
import { createBackoff } from './backoff.ts'

/** A batch that still takes rows. */
export interface Filling<Row, Batch> {
  readonly count: number
  /** Characters of its rows so far. */
  readonly length: number
  add(row: Row): void
  /** The batch as it stands; asked once, and nothing is added afterwards. */
  closed(): Batch
}

export interface BatchForm<Row, Batch> {
  open(): Filling<Row, Batch>
  /** A batch for each row. */
  single(batch: Batch): readonly Batch[]
  /** Writes all of them or none. INVARIANT: writing a row again does nothing. */
  write(org: string, batches: readonly Batch[]): Promise<void>
}

export interface BatchLogOptions {
  /** Rows of one write to the store. */
  readonly maxBatch?: number
  /** The mark at which `full` says that nothing more should be decided for now. */
  readonly maxQueue?: number
  /** How long a row may wait for company. */
  readonly intervalMs?: number
  /** How long `close` tries to write what is left. */
  readonly closeMs?: number
  /** Hears of each row that the store refuses for good, or that is lost before. */
  readonly onLost?: (org: string, error: unknown) => void
}

export interface BatchLog<Row> {
  /** Neither waits nor throws. INVARIANT: nothing a row holds is changed from then on. */
  append(org: string, row: Row): void
  /** A row could not even be made. */
  lost(org: string, error: unknown): void
  /** The queue is at its mark: nothing more should be done that is to be logged. */
  full(): boolean
  /** Resolves when all that was appended before the call is durable; waits as long as the store is away. */
  flush(): Promise<void>
  /** Writes what is left, within a bound of time, and answers how many rows could not be written. */
  close(): Promise<number>
  /** Rows not yet durable. */
  readonly pending: number
}

/** Rows that are added to their batches at once, and how long the first of them may wait for that. */
const BURST = 256
const BURST_MS = 50

interface Waiting<Row, Batch> {
  readonly org: string
  readonly batch: Filling<Row, Batch>
  /** Of those before it, all have less. */
  readonly place: number
}

/**
 * Batches of one write at the most. Each step of a write waits for its turn among the requests, the longer the more of them
 * there are: what came meanwhile goes together, so that the log keeps up however seldom its turn comes.
 */
const TOGETHER = 8

/** Characters at which a batch takes no more rows: far below what can be read back. */
const LONGEST = 1 << 23

/**
 * Writes rows in batches of one org each, those of an org in order, one write at a time. While the store is away its rows are kept and
 * tried again, so a batch that half arrived must do no harm.
 */
export function createBatchLog<Row, Batch extends { readonly count: number }>(
  form: BatchForm<Row, Batch>,
  { maxBatch = 500, maxQueue = 20_000, intervalMs = 50, closeMs = 5_000, onLost }: BatchLogOptions = {},
): BatchLog<Row> {
  let queue: Waiting<Row, Batch>[] = []
  let opened = 0
  /** Of each org the batch that takes its next row. INVARIANT: it is in the queue, and its writing has not begun. */
  const open = new Map<string, Filling<Row, Batch>>()
  const flushes: { readonly upTo: number; readonly resolve: () => void }[] = []
  const backoff = createBackoff(50, 5_000)
  /**
   * Rows that are made and not yet in a batch. Added between one request and the next, each would find its code and its batch
   * gone from the processor's caches, and push out those of requests: together they take a third of the time.
   */
  let made: Row[] = []
  /** The orgs they are of. */
  let orgs: string[] = []
  let burst: NodeJS.Timeout | null = null
  let pending = 0
  let timer: NodeJS.Timeout | null = null
  let writing: Promise<void> | null = null
  let over = false

  const batchFor = (org: string): Filling<Row, Batch> => {
    const taking = open.get(org)
    if (taking !== undefined && taking.count < maxBatch && taking.length < LONGEST) return taking
    const batch = form.open()
    open.set(org, batch)
    queue.push({ org, batch, place: opened++ })
    return batch
  }

  const settle = (): void => {
    if (burst !== null) clearTimeout(burst)
    burst = null
    const [rows, of] = [made, orgs]
    made = []
    orgs = []
    for (let i = 0; i < rows.length; i += 1) {
      const org = of[i] as string
      try {
        batchFor(org).add(rows[i] as Row)
      } catch (error) {
        pending -= 1
        onLost?.(org, error)
      }
    }
  }

  const start = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    writing ??= drain().finally(() => {
      writing = null
      if (pending > 0 && !over) later()
    })
  }

  /** What came while a batch was written waits for company like any other: small writes cost nearly as much as large ones. */
  const later = (): void => {
    if (pending >= maxBatch || flushes.length > 0) start()
    else timer ??= setTimeout(start, intervalMs)
  }

  const drain = async (): Promise<void> => {
    await null
    do {
      settle()
      for (const end = opened; queue[0] !== undefined && queue[0].place < end; ) {
        await writeFirst(queue[0].org)
        if (over) return
      }
    } while (pending >= maxBatch || flushes.length > 0)
  }

  const writeFirst = async (org: string): Promise<void> => {
    const taken = queue.filter(one => one.org === org).slice(0, TOGETHER)
    const filling = open.get(org)
    if (taken.some(({ batch }) => batch === filling)) open.delete(org)
    await writeUntilDone(
      org,
      taken.map(({ batch }) => batch.closed()),
    )
    if (over) return
    const written = new Set(taken)
    queue = queue.filter(one => !written.has(one))
    for (const { batch } of taken) pending -= batch.count
    const next = queue[0]?.place ?? opened
    while (flushes[0] !== undefined && flushes[0].upTo < next) flushes.shift()?.resolve()
  }

  const writeUntilDone = async (org: string, batches: readonly Batch[]): Promise<void> => {
    while (!over) {
      try {
        await form.write(org, batches)
        backoff.reset()
        return
      } catch (error) {
        if (!isAway(error)) return refused(org, batches, error)
        await backoff.wait()
      }
    }
  }

  /** One bad row must not hold up the others: each is tried alone, and only what fails alone is given up. */
  const refused = async (org: string, batches: readonly Batch[], error: unknown): Promise<void> => {
    const [only] = batches
    if (only === undefined) return
    if (batches.length === 1 && only.count <= 1) return onLost?.(org, error)
    for (const one of batches.length > 1 ? batches : form.single(only)) await writeUntilDone(org, [one])
  }

  const flush = (): Promise<void> => {
    settle()
    const last = queue.at(-1)
    if (last === undefined) return Promise.resolve()
    open.clear()
    start()
    return new Promise(resolve => flushes.push({ upTo: last.place, resolve }))
  }

  return {
    append(org, row) {
      if (over) return onLost?.(org, new Error('the log is closed'))
      made.push(row)
      orgs.push(org)
      pending += 1
      if (made.length >= BURST) settle()
      else burst ??= setTimeout(settle, BURST_MS)
      if (writing === null) later()
    },
    lost: (org, error) => onLost?.(org, error),
    full: () => pending >= maxQueue,
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
      return pending
    },
    get pending() {
      return pending
    },
  }
}
