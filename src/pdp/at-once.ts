import { PdpError } from './errors.ts'

/** Lets so many of a kind of work be under way at a time, of one org and of all. Fails with `rate_limit_exceeded`. */
export function createAtOnce(most: { readonly org: number; readonly all: number }, what: string) {
  const running = new Map<string, number>()
  let all = 0
  return async <T>(org: string, work: () => Promise<T>): Promise<T> => {
    const own = running.get(org) ?? 0
    if (own >= most.org || all >= most.all) {
      throw new PdpError('rate_limit_exceeded', `too many ${what} are under way; wait for one to end`)
    }
    running.set(org, own + 1)
    all += 1
    try {
      return await work()
    } finally {
      const left = (running.get(org) ?? 1) - 1
      if (left === 0) running.delete(org)
      else running.set(org, left)
      all -= 1
    }
  }
}
