/** Where ids are kept that count once: assertions, proofs, tokens of workloads. Instants are milliseconds since the epoch. */
export interface UsedIds {
  /** Takes ids until an instant: false for one that was taken before, in this call or any other, or has ended by `now`. */
  takeOnce(
    org: string,
    ids: readonly { readonly id: string; readonly until: number }[],
    now: number,
  ): Promise<readonly boolean[]>
  usedHorizon(): Promise<UsedHorizon>
  saveUsedHorizon(horizon: UsedHorizon): Promise<void>
}

/** What the only node over a database keeps of the ids it notes in its memory before they are taken here. */
export interface UsedHorizon {
  /** INVARIANT: no id was noted in memory later than this, nor one that says it was issued later. */
  readonly upTo: number
  /** Of ids issued until then some may have been noted and never written, as their node was killed. 0: of none. */
  readonly doubted: number
  /** All ids that were noted are written, and none is noted until `upTo` is moved. */
  readonly isClean: boolean
}
