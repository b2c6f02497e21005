/** Lets so many through at once; the others wait their turn, and give up when their time is over. */
export interface Gate {
  /** False where the turn did not come in time. Who was let in must leave. */
  enter(patienceMs: number): Promise<boolean>
  leave(): void
}

export function createGate(width: number): Gate {
  let inside = 0
  const waiting = new Set<() => void>()
  return {
    enter(patienceMs) {
      if (inside < width) {
        inside += 1
        return Promise.resolve(true)
      }
      return new Promise(resolve => {
        const turn = (): void => {
          clearTimeout(timer)
          waiting.delete(turn)
          resolve(true)
        }
        const timer = setTimeout(() => {
          waiting.delete(turn)
          resolve(false)
        }, patienceMs)
        waiting.add(turn)
      })
    },
    leave() {
      const [next] = waiting
      if (next === undefined) inside -= 1
      else next()
    },
  }
}
