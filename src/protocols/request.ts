import { PdpError } from '../pdp/errors.ts'
import { type Entity, parseEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { Request } from '../policy/request.ts'

/** A request in AuthZEN's shape, already checked for types. */
export interface Asked {
  readonly subject: Entity & { readonly properties?: JsonObject | undefined }
  readonly action: { readonly name: string }
  readonly resource: { readonly type: string; readonly id: string | null; readonly properties?: JsonObject | undefined }
  readonly context?: JsonObject | undefined
}

/**
 * What the context means here: `ip` is the caller's address, `time` (RFC 3339) the instant asked about, `actors` who
 * acts for the subject, as `type:id` or `{type, id}`, nearest to the subject first, `task` what it is done for. All else is
 * left to the rules.
 * Fails with `invalid_request`.
 */
export function requestFrom(org: string, asked: Asked, now: number): Request {
  const context = asked.context ?? {}
  const { subject, resource } = asked
  return {
    org,
    subject: partyOf(subject),
    actors: Object.hasOwn(context, 'actors') ? actorsFrom(context.actors) : [],
    action: asked.action.name,
    resource: partyOf(resource),
    context,
    at: Object.hasOwn(context, 'time') ? instantFrom(context.time, 'context.time') : now,
    ...(typeof context.task === 'string' && Object.hasOwn(context, 'task') && { task: context.task }),
  }
}

interface Party<Id extends string | null> {
  readonly type: string
  readonly id: Id
  readonly properties?: JsonObject
}

function partyOf<Id extends string | null>({
  type,
  id,
  properties,
}: {
  type: string
  id: Id
  properties?: JsonObject | undefined
}): Party<Id> {
  return properties === undefined ? { type, id } : { type, id, properties }
}

/** Actors at the most; a chain of delegation is shorter. */
const CHAIN = 16

function actorsFrom(value: Json | undefined): readonly Entity[] {
  const wrong = new PdpError(
    'invalid_request',
    `\`context.actors\` must be a list of at most ${CHAIN} actors, each \`type:id\` or an object with \`type\` and \`id\``,
  )
  if (!Array.isArray(value) || value.length > CHAIN) throw wrong
  return value.map((item: Json) => {
    const entity = typeof item === 'string' ? parseEntity(item) : entityFrom(item)
    if (entity === null) throw wrong
    return entity
  })
}

function entityFrom(item: Json): Entity | null {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return null
  const { type, id } = item as JsonObject
  return typeof type === 'string' && typeof id === 'string' && type !== '' && id !== '' ? { type, id } : null
}

const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})$/

let lastText = ''
let lastAt = Number.NaN

/** Questions that come together are mostly about one instant. */
function parsed(text: string): number {
  if (text === lastText) return lastAt
  if (!INSTANT.test(text)) return Number.NaN
  const at = Date.parse(text.includes('T') ? text : text.replace(' ', 'T').toUpperCase())
  lastText = text
  lastAt = at
  return at
}

/** An RFC 3339 instant, seconds optional as in AuthZEN's examples, in milliseconds since the epoch. */
export function instantFrom(value: Json | undefined, where: string): number {
  const at = typeof value === 'string' ? parsed(value) : Number.NaN
  if (Number.isNaN(at)) {
    throw new PdpError(
      'invalid_request',
      `\`${where}\` must be an instant with its offset, such as 2026-03-02T09:00:00Z`,
    )
  }
  return at
}
