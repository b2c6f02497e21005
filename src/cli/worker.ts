import type { Company } from '../server.ts'
import type { FromWorker, ToWorker } from './workers.ts'

/** The side of a worker: says that it listens, and gives and gets figures. */
export interface Seat {
  started(banner: string): void
  readonly company: Company
}

const LONGEST_MS = 5_000

export function takeSeat(): Seat {
  const tell = (message: FromWorker): void => void process.send?.(message)
  const waiting = new Map<number, (text: string) => void>()
  let own: (() => Promise<string>) | null = null
  let asked = 0
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'scraped') waiting.get(message.id)?.(message.text)
    else if (own !== null) void own().then(text => tell({ kind: 'scraped', id: message.id, text }))
  })
  return {
    started: banner => tell({ kind: 'started', banner }),
    company: {
      offer(figures) {
        own = figures
      },
      all() {
        asked += 1
        const id = asked
        return new Promise((resolve, reject) => {
          const done = (text: string): void => {
            clearTimeout(timer)
            waiting.delete(id)
            resolve(text)
          }
          const timer = setTimeout(() => {
            waiting.delete(id)
            reject(new Error('the figures of the other workers did not come'))
          }, LONGEST_MS)
          waiting.set(id, done)
          tell({ kind: 'scrape', id })
        })
      },
    },
  }
}
