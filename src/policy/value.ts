import type { Decimal } from '../lib/decimal.ts'

/** A literal a rule may compare with. Exact: no floats anywhere. */
export type Literal =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flag'; readonly flag: boolean }
  | { readonly kind: 'number'; readonly number: Decimal }
  | { readonly kind: 'money'; readonly amount: Decimal; readonly currency: string }
  | { readonly kind: 'date'; readonly date: string }
  | { readonly kind: 'quantity'; readonly number: Decimal; readonly unit: string }

/**
 * What a definition says an attribute holds. `date` is a calendar day, `YYYY-MM-DD`; `instant` an RFC 3339 text or
 * seconds since the epoch (RFC 7519, NumericDate); `country` an ISO 3166-1 alpha-2 code or an English name; `quantity` a
 * number that counts `unit`s (`byte`, `minute`, `kg`).
 */
export type AttributeType =
  | { readonly kind: 'text' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'number' }
  | { readonly kind: 'money'; readonly currency: string }
  | { readonly kind: 'date' }
  | { readonly kind: 'instant' }
  | { readonly kind: 'country' }
  | { readonly kind: 'quantity'; readonly unit: string }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'list' }
