import type { Param } from './database.ts'

/** What the service asks of the thread that holds PGlite. */
export type PgliteCall =
  | { readonly id: number; readonly kind: 'query'; readonly sql: string; readonly params: readonly Param[] }
  | { readonly id: number; readonly kind: 'exec'; readonly script: string }
  | { readonly id: number; readonly kind: 'close' }

/** The rows, or the parts of the driver's error that survive a message between threads. */
export type PgliteReply =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | {
      readonly id: number
      readonly error: {
        readonly code: unknown
        readonly severity: unknown
        readonly message: unknown
        readonly constraint: unknown
      }
    }
