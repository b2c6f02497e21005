import type { Json, JsonObject } from '../../policy/json.ts'

/** The name of the header by which a resource says what a caller must ask a yes for. */
const INSUFFICIENT = 'insufficient-authorization-details'

/** One object, or a list of them, as base64 of its JSON: what clients ask for as it stands. */
export const insufficientHeader = (details: Json): Readonly<Record<string, string>> => ({
  [INSUFFICIENT]: Buffer.from(JSON.stringify(onlyOne(details))).toString('base64'),
})

const onlyOne = (details: Json): Json =>
  Array.isArray(details) && details.length === 1 ? (details[0] as Json) : details

export interface Insufficient {
  readonly status: 403
  readonly headers: Readonly<Record<string, string>>
  readonly body: JsonObject
}

/** What a resource answers whose caller lacks the `authorization_details` for what it wants. */
export const insufficient = (details: Json, why: string): Insufficient => ({
  status: 403,
  headers: { 'www-authenticate': 'Bearer error="insufficient_authorization_details"', ...insufficientHeader(details) },
  body: {
    error: 'insufficient_authorization_details',
    error_description: why,
    authorization_details_hint: onlyOne(details),
  },
})
