import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import type { Permitted } from '../../pdp/permissions.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { jsonObject, LONGEST } from '../authzen/shapes.ts'
import { problemOf } from '../problem.ts'
import { id, resourceIn, resourceMember, subjectMembers } from './subject.ts'
import { missing } from './tuple-text.ts'

const name = z.string().min(1).max(LONGEST)

/** One question, as the published clients put it, and as older pages do (`resource` with its own type and attributes). */
export const abacCheck = z.object({
  resourceType: name.nullish(),
  resourceId: id.nullish(),
  action: z.union([name, z.object({ name })]).nullish(),
  resource: resourceMember,
  environment: jsonObject.nullish(),
  context: jsonObject.nullish(),
  ...subjectMembers,
})

export type AbacCheck = z.infer<typeof abacCheck>

/** A question of a list; fails with `invalid_request`. */
export function abacCheckIn(given: unknown): AbacCheck {
  const read = abacCheck.safeParse(given)
  if (!read.success) throw new PdpError('invalid_request', problemOf(read.error))
  return read.data
}

export interface AbacAsked extends Permitted {
  readonly context: JsonObject
}

type Around = Pick<AbacCheck, 'environment' | 'context'>

/**
 * What is asked: attributes of the resource that come with the question become its properties, the environment and all
 * else that comes with it the context of the call. What an item says goes before what its list says.
 */
export function abacAsked(check: AbacCheck, around: Around = {}): AbacAsked {
  const told = resourceIn(check.resource)
  const type = check.resourceType ?? told?.type ?? null
  const action = typeof check.action === 'string' ? check.action : (check.action?.name ?? null)
  if (type === null || action === null) throw missing('resourceType', 'action')
  const properties = { ...told?.properties, ...memberOf(check, 'resource') }
  const resource = { type, id: check.resourceId ?? told?.id ?? null }
  return {
    action,
    resource: Object.keys(properties).length === 0 ? resource : { ...resource, properties },
    context: { ...callOf(around), ...callOf(check) },
  }
}

function callOf(around: Around): JsonObject {
  const { resource: _, environment: __, ...rest } = around.context ?? {}
  return { ...rest, ...memberOf(around, 'environment'), ...around.environment }
}

function memberOf({ context }: Around, member: 'resource' | 'environment'): JsonObject {
  const value: Json | undefined = context?.[member]
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject
  throw new PdpError('invalid_request', `\`context.${member}\` must be an object of attributes`)
}
