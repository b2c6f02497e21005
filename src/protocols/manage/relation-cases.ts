import { PdpError } from '../../pdp/errors.ts'
import type { Case } from '../../pdp/policy-tests.ts'
import type { RelationAsk } from '../../pdp/relation-tests.ts'
import { type Entity, parseEntity } from '../../policy/entity.ts'
import { parseUser, type TupleUser } from '../../relations/tuple.ts'
import type { TestShape } from './test-shape.ts'

/** How many questions a test asks the model. */
export const relationTimes = ({ check = [], list_objects = [], list_users = [] }: TestShape): number =>
  check.reduce((sum, c) => sum + (c.users?.length ?? 1) * (c.objects?.length ?? 1) * sizeOf(c.assertions), 0) +
  [...list_objects, ...list_users].reduce((sum, list) => sum + sizeOf<unknown>(list.assertions), 0)

const sizeOf = <T>(record: Readonly<Record<string, T>>): number => Object.keys(record).length

const NOT_BESIDE = [
  ...(['subject', 'subjects', 'action', 'actions', 'resource', 'resources'] as const),
  ...(['ask', 'as', 'at', 'expect', 'finds', 'because', 'missing'] as const),
]

/** What a test asks the model, one question a case. Fails with `invalid_request`. */
export function relationCases(test: TestShape): readonly Case[] {
  const twice = NOT_BESIDE.find(member => test[member] !== undefined)
  const more = test.actors.length > 0 || sizeOf(test.context) > 0 || sizeOf(test.properties) > 0
  if (twice !== undefined || more)
    throw fault(test, `\`check\` and lists ask the model: expected no \`${twice ?? 'actors, context or properties'}\``)
  const shared = (context: TestShape['context']) => ({ context, contextual: test.tuples })
  return [
    ...(test.check ?? []).flatMap(({ assertions, context, ...asked }) =>
      one(test, 'user', asked.user, asked.users).flatMap(user =>
        one(test, 'object', asked.object, asked.objects).flatMap(object =>
          Object.entries(assertions).map(([relation, holds]) =>
            caseOf(test, shared(context), {
              kind: 'check',
              object: entityIn(test, object),
              relation,
              user: userIn(test, user),
              holds,
            }),
          ),
        ),
      ),
    ),
    ...(test.list_objects ?? []).flatMap(({ user, type, context, assertions }) =>
      Object.entries(assertions).map(([relation, finds]) =>
        caseOf(test, shared(context), { kind: 'objects', type, relation, user: userIn(test, user), finds }),
      ),
    ),
    ...(test.list_users ?? []).flatMap(({ object, user_filter, context, assertions }) =>
      Object.entries(assertions).map(([relation, { users }]) =>
        caseOf(test, shared(context), {
          kind: 'users',
          object: entityIn(test, object),
          relation,
          type: user_filter[0]?.type ?? '',
          set: user_filter[0]?.relation ?? null,
          finds: users,
        }),
      ),
    ),
  ]
}

const fault = ({ name }: TestShape, message: string): PdpError => new PdpError('invalid_request', `${name}: ${message}`)

const caseOf = (
  test: TestShape,
  { context, contextual }: Pick<TestShape, 'context'> & { readonly contextual: TestShape['tuples'] },
  ask: RelationAsk,
): Case => ({
  name: test.name,
  asks: { kind: 'relations', ask, context: context as never, contextual },
  timed: true,
  expect: ask.kind === 'check' && !ask.holds ? 'deny' : 'allow',
  because: null,
  missing: null,
})

function one(test: TestShape, what: string, single: string | undefined, many: readonly string[] | undefined) {
  if ((single === undefined) === (many === undefined)) {
    throw fault(test, `check: expected either \`${what}\` or a list of \`${what}s\``)
  }
  return single === undefined ? (many ?? []) : [single]
}

function entityIn(test: TestShape, text: string): Entity {
  const entity = parseEntity(text)
  if (entity === null) throw fault(test, `\`${text}\` is no object: expected \`type:id\`, such as \`document:1\``)
  return entity
}

function userIn(test: TestShape, text: string): TupleUser {
  const user = parseUser(text)
  if (user === null)
    throw fault(test, `\`${text}\` is no user: expected \`type:id\`, \`type:*\` or \`type:id#relation\``)
  return user
}
