import { FetchError } from '../../lib/fetch.ts'

/** Lets so many through at once, and so many to one host; the others wait, and beyond `waiting` are sent away. */
export interface Gate {
  /** Resolves to what gives the place back; fails with `busy`, or `timeout` where the signal ends the wait. */
  enter(host: string, signal: AbortSignal): Promise<() => void>
}

interface Waiting {
  readonly host: string
  readonly go: () => void
}

export function createGate(limits: {
  readonly total: number
  readonly perHost: number
  readonly waiting: number
}): Gate {
  const inside = new Map<string, number>()
  const queue = new Set<Waiting>()
  let total = 0

  const isOpen = (host: string): boolean => total < limits.total && (inside.get(host) ?? 0) < limits.perHost

  const take = (host: string): (() => void) => {
    total += 1
    inside.set(host, (inside.get(host) ?? 0) + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      total -= 1
      const rest = (inside.get(host) ?? 1) - 1
      if (rest === 0) inside.delete(host)
      else inside.set(host, rest)
      next()
    }
  }

  const next = (): void => {
    for (const one of queue) {
      if (!isOpen(one.host)) continue
      queue.delete(one)
      one.go()
      return
    }
  }

  return {
    enter(host, signal) {
      if (isOpen(host)) return Promise.resolve(take(host))
      if (queue.size >= limits.waiting) {
        return Promise.reject(new FetchError('busy', 'too many outgoing requests are under way; try again shortly'))
      }
      return new Promise((resolve, reject) => {
        const tooLong = (): void => {
          queue.delete(one)
          reject(new FetchError('timeout', `\`${host}\` was not asked in time: too many requests are under way`))
        }
        const one: Waiting = {
          host,
          go: () => {
            signal.removeEventListener('abort', tooLong)
            resolve(take(host))
          },
        }
        queue.add(one)
        signal.addEventListener('abort', tooLong, { once: true })
      })
    },
  }
}
