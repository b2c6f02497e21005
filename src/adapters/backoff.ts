/** Waits that double from one try to the next, each shortened by chance so that nodes do not come back in step. */
export interface Backoff {
  wait(): Promise<void>
  /** The next wait is the shortest again. */
  reset(): void
  /** Ends a wait that is under way, and makes all later ones end at once. */
  cancel(): void
}

export function createBackoff(shortestMs: number, longestMs: number): Backoff {
  let next = shortestMs
  let cancelled = false
  let end = (): void => {}
  return {
    wait() {
      if (cancelled) return Promise.resolve()
      const time = next * (0.5 + Math.random() / 2)
      next = Math.min(next * 2, longestMs)
      return new Promise(resolve => {
        const timer = setTimeout(resolve, time)
        timer.unref()
        end = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    },
    reset() {
      next = shortestMs
    },
    cancel() {
      cancelled = true
      end()
    },
  }
}
