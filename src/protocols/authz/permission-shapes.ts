import { z } from 'zod'
import { jsonObject, LONGEST } from '../authzen/shapes.ts'
import { doingMembers } from '../doing.ts'
import { capabilityMember } from '../evidence.ts'
import { resourceMember, subjectMembers } from './subject.ts'

/** Permissions that one call may ask about. */
export const MOST_PERMISSIONS = 100

export const permissionName = z.string().min(1).max(LONGEST)
const common = {
  ...subjectMembers,
  resource: resourceMember,
  context: jsonObject.nullish(),
  capability: capabilityMember.nullish(),
}
export const permissionCheck = z.object({ permission: permissionName, ...common, ...doingMembers })
export const permissionChecks = z.object({
  permissions: z.array(permissionName).min(1).max(MOST_PERMISSIONS),
  ...common,
})
