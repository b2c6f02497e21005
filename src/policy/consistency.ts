/** How new the state must be that a question is answered from. */
export type Consistency =
  /** What this node has in memory. */
  | { readonly kind: 'minimize_latency' }
  /** The revision of a write the asker knows of, or a later one. */
  | { readonly kind: 'at_least_as_fresh'; readonly revision: number }
  /** All that is committed in the database when the question arrives, and the revision of a token that came with it. */
  | { readonly kind: 'higher_consistency'; readonly revision?: number }

export const MINIMIZE_LATENCY: Consistency = { kind: 'minimize_latency' }
