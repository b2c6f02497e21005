/**
 * In what time a counter adds up. `fixed`: from an instant up to, not at, another, in milliseconds since the epoch, as a
 * calendar has it. `sliding`: the last `length` milliseconds. `ever`: all there was; nobody spends of it from `until` on, where
 * that is known, and a day later it may be forgotten.
 */
export type Window =
  | { readonly kind: 'fixed'; readonly from: number; readonly until: number }
  | { readonly kind: 'sliding'; readonly length: number }
  | { readonly kind: 'ever'; readonly until?: number }

/** One counter of an org's ledger in one window. */
export interface Meter {
  /** Unique within the org: what is counted, for whom, by what. */
  readonly counter: string
  readonly window: Window
}

/**
 * What acting on a decision takes from a meter, which goes up to `cap`. Both are whole numbers of the counter's smallest
 * unit, safe integers, 0 or more.
 */
export interface Charge extends Meter {
  readonly amount: number
  readonly cap: number
  /** The limit in words, as `at most 500 calls an hour`. */
  readonly says: string
  /** The rule, the budget or the grant that sets it. */
  readonly of: string
  /** Decimals of what is counted, and what that is, where it is not single uses. */
  readonly scale?: number
  readonly unit?: string
  /** The window in a word, as `day` or `2 hours`. */
  readonly per?: string
}

/** What a meter stands at. `reserved` is held by reservations that are neither settled nor over. */
export interface Standing {
  readonly used: number
  readonly reserved: number
}

/** A charge that does not fit what its meter stands at. */
export type Overage = Charge & Standing

/** What the meters of charges stand at while one request is settled: one answer to one meter. Undefined: it is not known. */
export type Stands = (charge: Charge) => Standing | undefined
