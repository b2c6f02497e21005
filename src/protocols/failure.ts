import type { JsonObject } from '../policy/json.ts'

/** A failure as its caller is told of it. */
export interface Failure {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly details: JsonObject
  readonly headers?: Readonly<Record<string, string>>
}

/** How the routes of a protocol tell failures. A row without a form tells them in the envelope of the API. */
export interface ErrorForm {
  /** A protocol's own errors; null for every other. */
  readonly own?: (error: unknown) => Failure | null
  /** What a failure of ours is called here. */
  readonly rename?: (failure: Failure) => Failure
  /** Another body than the envelope, and its JSON Schema. */
  readonly body?: { readonly schema: JsonObject; readonly of: (failure: Failure) => unknown }
  /** Codes that no other route has, for the page that explains codes. */
  readonly codes?: Readonly<Record<string, { readonly status: number; readonly about: string }>>
}
