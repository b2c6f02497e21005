/** Something in the record that is not as it was written. */
export interface Finding {
  readonly of: 'event' | 'chain' | 'checkpoint' | 'decisions'
  /** The place in the chain, where there is one. */
  readonly seq: number | null
  readonly why: string
}

export type Find = (of: Finding['of'], seq: number | null, why: string) => void
