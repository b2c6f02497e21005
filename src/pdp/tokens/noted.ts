/** Ids remembered in bounded memory, the oldest forgotten in one go. */
export interface Noted {
  has(place: string): boolean
  /** `issuedAt`: null where its maker does not say. */
  add(place: string, issuedAt: number | null): void
  delete(place: string): void
  /** INVARIANT: what was issued later, and was ever added, is remembered. */
  readonly forgotten: number
}

/** Remembers at least `half` ids that were added last, and twice as many at the most. */
export function createNoted(half: number): Noted {
  let young = new Set<string>()
  let old = new Set<string>()
  let newestOfYoung = Number.NEGATIVE_INFINITY
  let newestOfOld = Number.NEGATIVE_INFINITY
  let forgotten = Number.NEGATIVE_INFINITY
  return {
    has: place => young.has(place) || old.has(place),
    add(place, issuedAt) {
      if (young.size >= half) {
        forgotten = Math.max(forgotten, newestOfOld)
        newestOfOld = newestOfYoung
        newestOfYoung = Number.NEGATIVE_INFINITY
        old = young
        young = new Set()
      }
      young.add(place)
      if (issuedAt !== null && issuedAt > newestOfYoung) newestOfYoung = issuedAt
    },
    delete(place) {
      young.delete(place)
      old.delete(place)
    },
    get forgotten() {
      return forgotten
    },
  }
}
