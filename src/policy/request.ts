import type { Entity } from './entity.ts'
import type { Evidence } from './evidence.ts'
import type { JsonObject } from './json.ts'

/** Who asks, and what the caller says of them. Stored attributes win over `properties` of the same name. */
export interface Subject extends Entity {
  readonly properties?: JsonObject
}

/** What is acted on. A null id asks about the type: what depends on one resource is then unknown. */
export interface Resource {
  readonly type: string
  readonly id: string | null
  readonly properties?: JsonObject
}

/** One question to the engine, in AuthZEN's words. */
export interface Request {
  readonly org: string
  readonly subject: Subject
  /** Who acts for the subject, nearest to the subject first. Empty: the subject acts itself. */
  readonly actors: readonly Entity[]
  readonly action: string
  readonly resource: Resource
  /** `ip` is the caller's address; every other member is an attribute of the call. */
  readonly context: JsonObject
  /** The instant asked about, in milliseconds since the epoch. */
  readonly at: number
  /** Id of the task it is done for, proved by the caller's token. */
  readonly task?: string | null
  /** A capability that was shown with it: what it does not cover is not allowed, whatever the rules say. */
  readonly evidence?: Evidence
}
