import type { IncomingHttpHeaders } from 'node:http'
import type { z } from 'zod'
import type { Principal } from '../pdp/keys.ts'
import type { OrgState } from '../pdp/org.ts'
import type { Act } from '../pdp/service.ts'
import type { Consistency } from '../policy/consistency.ts'
import type { Json } from '../policy/json.ts'
import type { ErrorForm } from './failure.ts'

/** What a handler is given, decoded. */
export interface Call<Body, Query> {
  readonly principal: Principal
  /** As new as `consistency` asks for, unless the row sees to that itself. */
  readonly state: OrgState
  /** What the headers ask for. */
  readonly consistency: Consistency
  /** The address the caller calls from. */
  readonly ip: string
  readonly params: Readonly<Record<string, string>>
  /** `If-Match` as it was sent, or null. */
  readonly ifMatch: string | null
  /** The id of the last event a reader has, where one comes back. */
  readonly lastEventId: string | undefined
  /** Lets the caller in once more, as the request came; fails where it would not be let in now. */
  readonly again: () => Promise<void>
  readonly query: Query
  readonly body: Body
  readonly headers: IncomingHttpHeaders
  /** How the path the caller took begins: links in answers begin so too. */
  readonly prefix: '/orgs' | '/t'
  /** The media type the caller would rather have. */
  readonly accept: 'json' | 'text'
}

/** An answer that goes on: sent piece by piece, the next one when the reader has room for it. */
export interface Stream {
  /** Ends soon after the signal, which says that nobody reads on. */
  pieces(signal: AbortSignal): AsyncIterable<string>
  /** The last words to one who is cut off: `too_slow`, `stopping` or `server_error`. */
  readonly parting?: (why: string) => string
  /** Whether all was sent. Where it was not, the connection breaks off, so that nobody takes a part for the whole. */
  readonly complete?: () => boolean
}

export interface Reply {
  readonly status: number
  readonly stream?: Stream
  /** JSON, unless `text` is there. */
  readonly body?: unknown
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' } as const

/** JSON that is text already. */
export const jsonText = (text: string): Reply => ({ status: 200, text, headers: JSON_TYPE })

export interface Answer {
  readonly description: string
  readonly schema?: z.ZodType
  readonly text?: true
  /** More media types it may come in, as text. */
  readonly types?: readonly string[]
  /** Server-sent events. */
  readonly events?: true
}

/** A body as `application/x-www-form-urlencoded`, and as JSON where `json` reads it. The errors are the protocol's own. */
export interface FormBody<Body> {
  /** Another media type than that of forms. */
  readonly type?: string
  /** Bytes at the most. */
  readonly limit: number
  readonly read: (text: string) => Body
  readonly json: ((text: string) => Body) | null
  readonly unsupported: (type: string) => Error
  readonly tooLarge: () => Error
}

export interface Needs {
  readonly scope: 'org' | 'instance'
  readonly act: Act
  /** True where an org that is too large for memory may be entered as well: nothing is asked of its relations. */
  readonly anyway?: true
}

interface Row<Body, Query> {
  /** Unique name, the OpenAPI `operationId`. */
  readonly operation: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** With parameters in braces. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  /** What the caller must be allowed to do. `org`: in the org of the path or, without one there, of the key. */
  readonly needs: Needs | 'public'
  readonly body?: z.ZodType<Body>
  /** No body at all is an empty object, whatever its type is said to be. */
  readonly optionalBody?: true
  /** Takes most good bodies at less cost than `body`, and never one that `body` would not take; null for the others. */
  readonly quick?: (value: unknown) => Body | null
  /** Parses some good bodies at less cost than JSON is parsed at, to the same value; null for the others. `parse` is for pieces. */
  readonly quickText?: (text: string, parse: (text: string) => Json) => Json | null
  /** Bodies are forms, and `body` only says in the documents what is in them. */
  readonly form?: FormBody<Body>
  /** A body of this media type is taken as it stands, beside JSON. */
  readonly textBody?: (text: string) => unknown
  readonly query?: z.ZodType<Query>
  readonly answers: Readonly<Record<number, Answer>>
  /** True where what is asked about need not be the org of the key: the handler makes that as new as is asked for. */
  readonly freshens?: true
  /** How failures are told, where it is not in the envelope of the API. */
  readonly errors?: ErrorForm
  /** What a body or query that has not the form is refused with, where it is not `invalid_request`. */
  readonly refusal?: (error: z.ZodError) => Error
  readonly handle: (call: Call<Body, Query>) => Reply | Promise<Reply>
}

export type Route = Row<never, never>

/** A row with its types checked against each other, then forgotten, so that rows of all shapes make one list. */
export function route<Body = undefined, Query = undefined>(row: Row<Body, Query>): Route {
  return row as unknown as Route
}
