/** What came of one of the wishes that were carried out together. */
export type Outcome<T> = { readonly value: T } | { readonly error: unknown }

interface Waiting<Wish, T> {
  readonly wish: Wish
  readonly weight: number
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

export interface TogetherOptions<Wish> {
  /** How much a wish is; what is carried out at once weighs no more than `most`, unless it is a single one. */
  readonly weight: (wish: Wish) => number
  readonly most: number
  /** Whether what failed may be tried again: it is known to have done nothing, and others may be at fault. */
  readonly mayRetry: (error: unknown) => boolean
}

/**
 * Carries out the wishes of a key one after another: at once where none is under way, and those that come meanwhile
 * together after it, in the order they came. Where they fail together each is tried by itself, so that none fails for another.
 */
export function createTogether<Wish, T>(
  run: (key: string, wishes: readonly Wish[]) => Promise<readonly Outcome<T>[]>,
  { weight, most, mayRetry }: TogetherOptions<Wish>,
): (key: string, wish: Wish) => Promise<T> {
  const queues = new Map<string, Waiting<Wish, T>[]>()

  const carryOut = async (key: string, some: readonly Waiting<Wish, T>[]): Promise<void> => {
    try {
      const outcomes = await run(
        key,
        some.map(({ wish }) => wish),
      )
      for (const [i, { resolve, reject }] of some.entries()) {
        const outcome = outcomes[i]
        if (outcome === undefined) reject(new Error('a wish was left out'))
        else if ('value' in outcome) resolve(outcome.value)
        else reject(outcome.error)
      }
    } catch (error) {
      if (some.length > 1 && mayRetry(error)) for (const one of some) await carryOut(key, [one])
      else for (const { reject } of some) reject(error)
    }
  }

  const drain = async (key: string, queue: Waiting<Wish, T>[]): Promise<void> => {
    while (queue.length > 0) await carryOut(key, queue.splice(0, fitting(queue, most)))
    queues.delete(key)
  }

  return (key, wish) =>
    new Promise((resolve, reject) => {
      const waiting = { wish, weight: weight(wish), resolve, reject }
      const queue = queues.get(key)
      if (queue !== undefined) {
        queue.push(waiting)
        return
      }
      const own = [waiting]
      queues.set(key, own)
      void drain(key, own)
    })
}

/** How many of the first weigh no more than that together; one in any case. */
function fitting(queue: readonly { readonly weight: number }[], most: number): number {
  let sum = 0
  for (const [i, { weight }] of queue.entries()) {
    sum += weight
    if (sum > most) return Math.max(i, 1)
  }
  return queue.length
}
