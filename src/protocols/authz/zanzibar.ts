import { z } from 'zod'
import { chainOf } from '../../pdp/keys.ts'
import { writeTuples } from '../../pdp/relations.ts'
import type { Service } from '../../pdp/service.ts'
import { printEntity, sameEntity } from '../../policy/entity.ts'
import type { TupleText } from '../../policy/question.ts'
import { nearestMissing } from '../../relations/graph.ts'
import { printUser, type TupleUser } from '../../relations/tuple.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import { CHECK_ERRORS, LIST_ERRORS, refusal } from './error.ts'
import { treeOf } from './expand-tree.ts'
import { afterOf, graphFor, holdersOf, objectsOf, pageOf, proofOf } from './relations.ts'
import { type Calling, mayCheck, mustCheck, SELF } from './rights.ts'
import { holdersThere, holdsThere, objectsThere, serverFor } from './server-relations.ts'
import { missing, objectIn, partsOf, subjectIn, tupleMembers } from './tuple-text.ts'
import * as shape from './zanzibar-shapes.ts'

/** The published paths, for a caller's own org and for an org by name, each with and without `authz`. */
const BASES = [
  { base: '/api/v1/authz/zanzibar', name: '' },
  { base: '/orgs/{org}/api/v1/zanzibar', name: 'InOrg' },
  { base: '/api/v1/zanzibar', name: 'Short' },
  { base: '/orgs/{org}/api/v1/authz/zanzibar', name: 'AuthzInOrg' },
] as const

type Question = z.infer<typeof shape.question>
type ListCall = Call<z.infer<typeof shape.listQuery>, undefined>

const json = (body: unknown): Reply => ({ status: 200, body })
const textOf = ({ object, relation, user }: TupleText): string => `${object}#${relation}@${user}`

/** Relations in the words of Zanzibar, over the org's tuples. */
export function zanzibarRoutes(service: Service): readonly Route[] {
  return BASES.flatMap(({ base, name }) => {
    const shared = { method: 'POST', tag: 'zanzibar', needs: SELF, refusal } as const
    const row = (operation: string, path: string) => ({ operation: `${operation}${name}`, path: `${base}/${path}` })
    const written = {
      ...shared,
      ...{ needs: { scope: 'org', act: { action: 'write', type: 'org_relation' } } as const, errors: CHECK_ERRORS },
      body: z.object({ ...tupleMembers, condition: shape.condition }),
      answers: { 200: { description: 'it is so now, whether it was or not', schema: shape.writtenAnswer } },
    }
    return [
      route({
        ...shared,
        ...row('zanzibarCheck', 'check'),
        errors: CHECK_ERRORS,
        summary: 'Has a subject a relation to an object?',
        body: shape.question,
        answers: { 200: { description: 'whether it has, and by which tuples', schema: shape.checkAnswer } },
        handle: call => check(service, call, call.body),
      }),
      route({
        ...shared,
        ...row('zanzibarExpand', 'expand'),
        errors: CHECK_ERRORS,
        summary: 'Who has a relation to an object, as a tree',
        body: shape.question,
        answers: { 200: { description: 'the tree', schema: z.object({ tree: shape.treeNode }) } },
        async handle(call) {
          await mustCheck(service, call)
          const { object, relation } = partsOf(call.body)
          if (object === null || relation === null) throw missing('object', 'relation')
          const on = objectIn(object)
          return json({ tree: treeOf(graphFor(call.state, on.type, relation), on, relation) })
        },
      }),
      route({
        ...written,
        ...row('zanzibarWriteTuple', 'tuples'),
        summary: 'Write a tuple',
        handle: async ({ state, body }) => {
          const tuple = { ...tupleIn(body), condition: body.condition ?? null }
          const revision = await writeTuples(service.write, state, [tuple], [], 'ignore')
          return json({ success: true, tuple: textOf(tuple), revision })
        },
      }),
      route({
        ...written,
        ...row('zanzibarDeleteTuple', 'tuples'),
        method: 'DELETE',
        summary: 'Delete a tuple',
        handle: async ({ state, body }) => {
          const tuple = tupleIn(body)
          const revision = await writeTuples(service.write, state, [], [tuple], 'ignore')
          return json({ success: true, tuple: textOf(tuple), revision })
        },
      }),
      route({
        ...shared,
        ...row('zanzibarListObjects', 'list-objects'),
        errors: LIST_ERRORS,
        summary: 'All objects of a type to which a subject has a relation',
        body: shape.listQuery,
        answers: {
          200: { description: 'objects; all of them unless a page is asked for', schema: shape.objectsAnswer },
        },
        handle: call => listObjects(service, call),
      }),
      route({
        ...shared,
        ...row('zanzibarListUsers', 'list-users'),
        errors: LIST_ERRORS,
        summary: 'All subjects of a type that have a relation to an object',
        body: shape.listQuery,
        answers: {
          200: { description: 'subjects; all of them unless a page is asked for', schema: shape.usersAnswer },
        },
        handle: call => listUsers(service, call),
      }),
    ]
  })
}

function tupleIn(given: Question): TupleText {
  const { object, relation, subject } = partsOf(given)
  if (object === null || relation === null || subject === null) throw missing('object', 'relation', 'subject')
  return { object, relation, user: subject }
}

const isCaller = ({ principal }: Calling, user: TupleUser): boolean =>
  user.kind === 'entity' && sameEntity(user.entity, chainOf(principal).subject)

async function check(service: Service, calling: Calling, given: Question): Promise<Reply> {
  const { object, relation, user: subject } = tupleIn(given)
  const [on, user] = [objectIn(object), subjectIn(subject)]
  if (!isCaller(calling, user)) await mustCheck(service, calling)
  const away = serverFor(service, calling.state, on.type, relation)
  if (away !== null) {
    const allowed = await holdsThere(away, { object, relation, user: subject }, given.context ?? {})
    return json({ allowed, object, relation, subject, user: subject })
  }
  const graph = graphFor(calling.state, on.type, relation)
  const proof = proofOf(graph, on, relation, user, given.context ?? {})
  const echo = { object, relation, subject, user: subject }
  if (proof !== null) {
    const told = partsOf(given).split
      ? { resolution_metadata: resolution({ object, relation, user: subject }, proof) }
      : {}
    return json({ allowed: true, ...echo, ...told })
  }
  // Names what others share with whom: not for those who may ask about themselves only.
  const near = (await mayCheck(service, calling)) ? nearestMissing(graph, on, relation, user) : null
  return json({ allowed: false, ...echo, ...(near !== null && { missing: near.map(textOf) }) })
}

/** The tuples a yes stands on, from the object towards the subject. */
function resolution(asked: TupleText, proof: readonly TupleText[]) {
  const isDirect = proof.length === 0 || (proof.length === 1 && proof.every(t => textOf(t) === textOf(asked)))
  const path = proof.map(({ object, relation, user }) => `${object}:${relation}:${user}`)
  return { resolved_via: isDirect ? 'direct' : 'inheritance', depth: path.length, path }
}

async function listObjects(service: Service, call: ListCall): Promise<Reply> {
  const { state, body } = call
  const { relation, subject } = partsOf(body)
  const type = body.object_type ?? null
  if (type === null || relation === null || subject === null) throw missing('subject', 'permission', 'object_type')
  const user = subjectIn(subject)
  if (!isCaller(call, user)) await mustCheck(service, call)
  const context = body.context ?? {}
  const asked = [state.org.slug, 'objects', type, relation, subject, context]
  const away = serverFor(service, state, type, relation)
  const ids =
    away === null
      ? await objectsOf(state, type, relation, user, context, {
          page_size: body.page_size,
          after: afterOf(body, asked),
        })
      : await objectsThere(away, type, relation, subject, context)
  const { page, token } = pageOf(ids, body, asked)
  return json({ objects: page.map(id => `${type}:${id}`), continuation_token: token })
}

async function listUsers(service: Service, call: ListCall): Promise<Reply> {
  await mustCheck(service, call)
  const { state, body } = call
  const { object, relation } = partsOf(body)
  const of = body.user_type ?? body.subject_type ?? null
  if (object === null || relation === null || of === null) throw missing('object', 'permission', 'subject_type')
  const on = objectIn(object)
  const context = body.context ?? {}
  const away = serverFor(service, state, on.type, relation)
  const { ids, wildcard, except } =
    away === null
      ? await holdersOf(state, on, relation, of, context)
      : await holdersThere(away, on, relation, of, context)
  const asked = [state.org.slug, 'users', printEntity(on), relation, of, context]
  const { page, token, isFirst } = pageOf(ids, body, asked)
  const [type = '', set] = of.split('#')
  const named = (id: string): string =>
    set === undefined ? `${type}:${id}` : printUser({ kind: 'set', object: { type, id }, relation: set })
  const users = [...(wildcard && isFirst ? [`${type}:*`] : []), ...page.map(named)]
  return json({ users, subjects: users, wildcard, except: except.map(named), continuation_token: token })
}
