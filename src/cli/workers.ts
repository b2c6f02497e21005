import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { complain } from './print.ts'
import { joinScrapes } from './scrapes.ts'

/** What a worker tells the process that made it. */
export type FromWorker =
  | { readonly kind: 'started'; readonly banner: string }
  | { readonly kind: 'scraped'; readonly id: number; readonly text: string }
  | { readonly kind: 'scrape'; readonly id: number }

/** And what it is told. `scrape`: its own figures are wanted; `scraped`: here are everybody's. */
export type ToWorker =
  | { readonly kind: 'scrape'; readonly id: number }
  | { readonly kind: 'scraped'; readonly id: number; readonly text: string }

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 30_000
/** A worker that lived as long ended by no fault of its start. */
const SETTLED_MS = 60_000
const SCRAPE_MS = 2_000

/** Several processes on one port, each with its own graph, that follow one changelog. */
export interface Workers {
  /** Replaces every worker, one after the other, each when its successor listens. */
  renew(): Promise<void>
  /** Ends all gracefully. Resolves with the exit code. */
  end(): Promise<number>
  /** What the first worker has to say of itself. */
  readonly banner: string
}

/** Starts the first one alone: it migrates, and makes the keys the others find. Fails where it does not start. */
export async function startWorkers(count: number): Promise<Workers> {
  const listening = new Map<number, Worker>()
  const returning = new Set<Promise<void>>()
  let ending = false
  let wait = FIRST_WAIT_MS

  const take = async (seat: number): Promise<string> => {
    const begun = Date.now()
    const worker = cluster.fork()
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'scrape') void scrapeAll(listening.values(), worker, message.id)
    })
    const banner = await started(worker)
    listening.set(seat, worker)
    worker.once('exit', (code, signal) => {
      if (listening.get(seat) !== worker) return
      listening.delete(seat)
      if (ending) return
      complain(`worker ${seat} ended (${signal ?? code}); another takes its place`)
      if (Date.now() - begun > SETTLED_MS) wait = FIRST_WAIT_MS
      const back = again(seat).finally(() => returning.delete(back))
      returning.add(back)
    })
    return banner
  }

  const again = async (seat: number): Promise<void> => {
    while (!ending) {
      await sleep(wait)
      wait = Math.min(wait * 2, LONGEST_WAIT_MS)
      if (ending) return
      try {
        await take(seat)
        return
      } catch {
        complain(`worker ${seat} did not start; it is tried again`)
      }
    }
  }

  const banner = await take(1)
  await Promise.all(Array.from({ length: count - 1 }, (_, i) => take(i + 2)))
  let renewing: Promise<void> | null = null
  const renewAll = async (): Promise<void> => {
    await Promise.all(returning)
    for (const [seat, old] of [...listening]) {
      if (ending) return
      await take(seat)
      await ended(old)
    }
  }
  return {
    banner,
    renew() {
      renewing ??= renewAll().finally(() => {
        renewing = null
      })
      return renewing
    },
    async end() {
      ending = true
      const codes = await Promise.all(Object.values(cluster.workers ?? {}).map(one => (one ? ended(one) : 0)))
      return codes.every(code => code === 0) ? 0 : 1
    },
  }
}

function started(worker: Worker): Promise<string> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('a worker ended before it listened'))
    worker.once('exit', onExit)
    const onMessage = (message: FromWorker): void => {
      if (message.kind !== 'started') return
      worker.off('exit', onExit)
      worker.off('message', onMessage)
      resolve(message.banner)
    }
    worker.on('message', onMessage)
  })
}

/** Asks a worker to end, and waits until it has. */
function ended(worker: Worker): Promise<number> {
  return new Promise(resolve => {
    if (worker.isDead()) return resolve(worker.process.exitCode ?? 1)
    worker.once('exit', code => resolve(code ?? 1))
    worker.process.kill('SIGTERM')
  })
}

/** Gathers the figures of all for one of them; who does not answer soon is left out. */
async function scrapeAll(workers: Iterable<Worker>, asker: Worker, id: number): Promise<void> {
  const texts = await Promise.all([...workers].map(async worker => [String(worker.id), await scraped(worker)] as const))
  const known = texts.filter((one): one is readonly [string, string] => one[1] !== null)
  if (asker.isConnected()) asker.send({ kind: 'scraped', id, text: joinScrapes(known) } satisfies ToWorker)
}

let scrapes = 0

function scraped(worker: Worker): Promise<string | null> {
  scrapes += 1
  const id = scrapes
  return new Promise(resolve => {
    const done = (text: string | null): void => {
      clearTimeout(timer)
      worker.off('message', onMessage)
      resolve(text)
    }
    const onMessage = (message: FromWorker): void => {
      if (message.kind === 'scraped' && message.id === id) done(message.text)
    }
    const timer = setTimeout(() => done(null), SCRAPE_MS)
    worker.on('message', onMessage)
    if (worker.isConnected()) worker.send({ kind: 'scrape', id } satisfies ToWorker)
    else done(null)
  })
}
