import { z } from 'zod'
import { permissionAsked, permissionsOf } from '../../pdp/permissions.ts'
import type { Service } from '../../pdp/service.ts'
import { summaryOf } from '../../pdp/summary.ts'
import type { Decision } from '../../policy/decision.ts'
import type { JsonObject } from '../../policy/json.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { type Doing, doingIn } from '../doing.ts'
import { evidenceIn } from '../evidence.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import { decide } from './decide.ts'
import { CHECK_ERRORS, LIST_ERRORS, refusal } from './error.ts'
import { permissionCheck, permissionChecks, permissionName } from './permission-shapes.ts'
import { plainPermission, plainPermissions } from './quick.ts'
import { type Calling, mustCheck, SELF } from './rights.ts'
import { askerOf, namesOf, resourceIn, subjectAnswer } from './subject.ts'

const BASES = [
  { base: '/api/v1/authz', name: '' },
  { base: '/orgs/{org}/api/v1/authz', name: 'InOrg' },
] as const

type Common = Omit<z.infer<typeof permissionCheck>, 'permission' | keyof Doing> & Doing

const echoed = { ...subjectAnswer, context: jsonObject.optional() }
const oneAnswer = z.object({
  allowed: z.boolean(),
  permission: z.string(),
  ...echoed,
  decision_id: z.string(),
  reason: z.string().optional(),
})
const bulkAnswer = z.object({ results: z.record(z.string(), z.boolean()), ...echoed })
const joinedAnswer = z.object({ allowed: z.boolean(), permissions: z.array(z.string()), ...echoed })
const permission = z.object({ slug: z.string(), description: z.string().nullable(), source: z.string() })
const permissionsAnswer = z.object({
  ...subjectAnswer,
  permissions: z.array(permission),
  data: z.array(permission),
  count: z.int(),
})

/** A caller's question about permissions: who it is about, and how each one is decided. */
async function asking(service: Service, calling: Calling & Pick<Call<unknown, unknown>, 'headers'>, body: Common) {
  const asker = askerOf(calling.principal, body)
  if (!asker.own) await mustCheck(service, calling)
  const { state } = calling
  const evidence = await evidenceIn(service, state, calling, body.capability)
  const doing = doingIn(calling.principal, body)
  const resource = resourceIn(body.resource)
  const context: JsonObject = body.context ?? {}
  const echo = { ...namesOf(asker), ...(body.context != null && { context }) }
  const decided = (name: string): Promise<Decision> =>
    decide(service, state, asker, permissionAsked(service, state, name, resource), context, evidence, doing)
  const allows = async (name: string): Promise<boolean> => (await decided(name)).effect === 'allow'
  return { asker, echo, decided, allows }
}

const json = (body: unknown): Reply => ({ status: 200, body })

/** Permission checks by name, as the published clients send them. */
export function permissionRoutes(service: Service): readonly Route[] {
  return BASES.flatMap(({ base, name }) => {
    const shared = { tag: 'permissions', needs: SELF } as const
    const post = { ...shared, method: 'POST', errors: CHECK_ERRORS, refusal } as const
    return [
      route({
        ...post,
        operation: `checkPermission${name}`,
        path: `${base}/check`,
        summary: 'Has the subject this permission?',
        body: permissionCheck,
        quick: plainPermission,
        answers: {
          200: { description: 'whether it has; `reason` where others may be asked about', schema: oneAnswer },
        },
        async handle(call) {
          const { permission } = call.body
          const { asker, echo, decided } = await asking(service, call, call.body)
          const decision = await decided(permission)
          const { id: decision_id, effect } = decision
          const why = asker.own ? {} : { reason: summaryOf(decision) }
          return json({ allowed: effect === 'allow', permission, ...echo, decision_id, ...why })
        },
      }),
      route({
        ...post,
        operation: `checkPermissions${name}`,
        path: `${base}/check-bulk`,
        summary: 'Which of these permissions has the subject?',
        body: permissionChecks,
        quick: plainPermissions,
        answers: { 200: { description: 'whether it has, by permission', schema: bulkAnswer } },
        async handle(call) {
          const { echo, allows } = await asking(service, call, call.body)
          const results: [string, boolean][] = []
          for (const each of new Set(call.body.permissions)) results.push([each, await allows(each)])
          return json({ results: Object.fromEntries(results), ...echo })
        },
      }),
      ...(['any', 'all'] as const).map(join =>
        route({
          ...post,
          operation: `check${join === 'any' ? 'Any' : 'All'}Permissions${name}`,
          path: `${base}/check-${join}`,
          summary: `Has the subject ${join} of these permissions?`,
          body: permissionChecks,
          quick: plainPermissions,
          answers: { 200: { description: 'whether it has', schema: joinedAnswer } },
          async handle(call) {
            const { permissions } = call.body
            const { echo, allows } = await asking(service, call, call.body)
            return json({ allowed: await joined(permissions, allows, join), permissions, ...echo })
          },
        }),
      ),
      route({
        ...shared,
        method: 'GET',
        errors: LIST_ERRORS,
        operation: `listPermissions${name}`,
        path: `${base}/permissions`,
        summary: 'What a subject may do on types as such, and through what',
        query: z.object({ subject: permissionName.optional(), user_id: permissionName.optional() }),
        answers: { 200: { description: 'permissions, by name', schema: permissionsAnswer } },
        async handle(call) {
          const asker = askerOf(call.principal, call.query)
          if (!asker.own) await mustCheck(service, call)
          const at = service.clock()
          const found = await service.answered(call.state, world => permissionsOf(service, world, asker, at), {
            whole: true,
          })
          return json({ ...namesOf(asker), permissions: found, data: found, count: found.length })
        },
      }),
    ]
  })
}

/** Decides no more than the answer needs. */
async function joined(
  permissions: readonly string[],
  allows: (permission: string) => Promise<boolean>,
  join: 'any' | 'all',
): Promise<boolean> {
  for (const each of permissions) if ((await allows(each)) === (join === 'any')) return join === 'any'
  return join === 'all'
}
