/**
 * Work that several want at the same time, done once: whoever comes while it is under way waits for the same. What has ended,
 * well or not, is not remembered; and nobody who stops waiting ends it for the others.
 */
export interface Flights<V> {
  share(key: string, begin: () => Promise<V>): Promise<V>
}

export function createFlights<V>(): Flights<V> {
  const flying = new Map<string, Promise<V>>()
  return {
    share(key, begin) {
      const known = flying.get(key)
      if (known !== undefined) return known
      const made = begin().finally(() => flying.delete(key))
      flying.set(key, made)
      return made
    },
  }
}
