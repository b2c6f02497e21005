/** What waits for one reader of a feed: bounded, and cut off where it is not taken in time. */
export interface Reader<T> {
  give(item: T): void
  /** Ends it from outside, with why. */
  end(why: string): void
  /** All that waits; waits itself where nothing does. Null when it is over. */
  take(signal: AbortSignal): Promise<readonly T[] | null>
  /** Why it ended, or null. */
  readonly ended: string | null
}

/** Items that may wait for one reader: a burst of revocations, while its socket is full. */
const MOST = 20_000

export function createReader<T>(most = MOST): Reader<T> {
  let waiting: T[] = []
  let ended: string | null = null
  let wake = (): void => {}
  return {
    give(item) {
      if (ended !== null) return
      if (waiting.length >= most) {
        ended = 'too_slow'
        waiting = []
      } else waiting.push(item)
      wake()
    },
    end(why) {
      ended ??= why
      wake()
    },
    async take(signal) {
      while (waiting.length === 0 && ended === null && !signal.aborted) {
        await new Promise<void>(resolve => {
          wake = resolve
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      if (waiting.length === 0 || signal.aborted) return null
      const all = waiting
      waiting = []
      return all
    },
    get ended() {
      return ended
    },
  }
}
