import type { ErrorForm } from '../failure.ts'

/** AuthZEN 1.0, section 10: an error is its message, a JSON string. */
export const AUTHZEN_ERRORS: ErrorForm = { body: { schema: { type: 'string' }, of: ({ message }) => message } }
