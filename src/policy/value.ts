import type { Decimal } from '../lib/decimal.ts'

/** A literal a rule may compare with. Exact: no floats anywhere. */
export type Literal =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flag'; readonly flag: boolean }
  | { readonly kind: 'number'; readonly number: Decimal }
  | { readonly kind: 'money'; readonly amount: Decimal; readonly currency: string }
  | { readonly kind: 'date'; readonly date: string }

/** What a definition says an attribute holds. `date` is a calendar day, `YYYY-MM-DD`. */
export type AttributeType =
  | { readonly kind: 'text' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'number' }
  | { readonly kind: 'money'; readonly currency: string }
  | { readonly kind: 'date' }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'list' }
