import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { z } from 'zod'
import { permissionCheck, permissionChecks } from '../../src/protocols/authz/permission-shapes.ts'
import { plainPermission, plainPermissions } from '../../src/protocols/authz/quick.ts'
import { plainEvaluation, plainEvaluations } from '../../src/protocols/authzen/quick.ts'
import { evaluation, evaluations } from '../../src/protocols/authzen/shapes.ts'
import { plainBatchCheck, plainCheck } from '../../src/protocols/openfga/quick.ts'
import { batchCheck, check } from '../../src/protocols/openfga/shapes.ts'

const entity = { type: 'document', id: '1', properties: { owner: 'ann' } }
const asked = {
  subject: { type: 'user', id: 'ann' },
  action: { name: 'view' },
  resource: entity,
  context: { ip: '10.0.0.1' },
}
const key = { user: 'user:ann', relation: 'viewer', object: 'document:1' }
const model = '01J8Z3V0E5D9M2K7Q4XR6T1WYB'

interface Hot {
  readonly name: string
  readonly quick: (value: unknown) => unknown
  readonly schema: z.ZodType
  /** Bodies that both take. */
  readonly good: readonly unknown[]
  /** Bodies that only the schema takes. */
  readonly slow: readonly unknown[]
}

const HOT: readonly Hot[] = [
  {
    name: 'an evaluation',
    quick: plainEvaluation,
    schema: evaluation,
    good: [asked, { ...asked, more: 1 }, { ...asked, context: {} }, { ...asked, options: { explain: false } }],
    slow: [
      { ...asked, spend: false },
      { ...asked, capability: 'c' },
      { ...asked, idempotency_key: 'k' },
    ],
  },
  {
    name: 'several evaluations',
    quick: plainEvaluations,
    schema: evaluations,
    good: [
      { evaluations: [asked, {}] },
      { ...asked, evaluations: [{ resource: entity }], options: { evaluations_semantic: 'deny_on_first_deny' } },
      { evaluations: [{ subject: 1 }], options: {} },
      { evaluations: [asked], options: { explain: false } },
    ],
    slow: [asked, { evaluations: [] }, { evaluations: [asked], capability: 'c' }],
  },
  {
    name: 'a check of OpenFGA',
    quick: plainCheck,
    schema: check,
    good: [
      { tuple_key: key },
      {
        tuple_key: key,
        authorization_model_id: model,
        context: { a: 1 },
        consistency: 'HIGHER_CONSISTENCY',
        trace: true,
      },
      {
        tuple_key: { ...key, user: 'team:a#member' },
        authorization_model_id: '',
        contextual_tuples: null,
        trace: null,
      },
    ],
    slow: [
      { tuple_key: key, contextual_tuples: { tuple_keys: [key] } },
      { tuple_key: key, contextual_tuples: {} },
    ],
  },
  {
    name: 'several checks of OpenFGA',
    quick: plainBatchCheck,
    schema: batchCheck,
    good: [
      { checks: [{ tuple_key: key, correlation_id: 'a-1' }], authorization_model_id: null },
      {
        checks: [
          { tuple_key: key, correlation_id: 'a', context: {} },
          { tuple_key: key, correlation_id: 'b' },
        ],
      },
    ],
    slow: [{ checks: [{ tuple_key: key, correlation_id: 'a', contextual_tuples: { tuple_keys: [] } }] }],
  },
  {
    name: 'a permission',
    quick: plainPermission,
    schema: permissionCheck,
    good: [
      { permission: 'document.read' },
      { permission: 'document.read', subject: 'user:ann', resource: 'document:1', context: { a: null } },
      {
        permission: 'p',
        subject: { type: 'user', id: 'ann', attributes: {} },
        resource: { type: 'doc' },
        user_id: 'ann',
      },
      { permission: 'p', subject: null, user_id: null, resource: { type: 'doc', id: null, properties: null } },
    ],
    slow: [
      { permission: 'p', user_id: 7 },
      { permission: 'p', resource: { type: 'doc', id: 7 } },
      { permission: 'p', spend: true },
    ],
  },
  {
    name: 'several permissions',
    quick: plainPermissions,
    schema: permissionChecks,
    good: [{ permissions: ['a', 'b'] }, { permissions: ['a'], subject: { type: 'agent', id: 'bot' }, more: [] }],
    slow: [{ permissions: ['a'], subject: { type: 'user', id: 7 } }],
  },
]

/** Whether one reading says all that another does, which may have members besides. */
function says(quick: unknown, read: unknown): boolean {
  if (Array.isArray(read)) {
    return Array.isArray(quick) && quick.length === read.length && read.every((item, i) => says(quick[i], item))
  }
  if (typeof read !== 'object' || read === null) return Object.is(quick, read)
  const held = quick as Readonly<Record<string, unknown>>
  return (
    typeof quick === 'object' &&
    quick !== null &&
    Object.entries(read).every(
      ([name, value]) => (Object.hasOwn(held, name) || value === undefined) && says(held[name], value),
    )
  )
}

const odd = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    '',
    ' ',
    'x',
    'a b',
    'a:b',
    'x'.repeat(1025),
    'é'.repeat(260),
    0,
    1.5,
    true,
    [],
    [[]],
    {},
    { id: 1 },
  ),
  fc.constantFrom('__proto__', 'deny_on_first_deny', model, 'type', { type: 'user', id: 'ann' }, [{}], {
    tuple_keys: [],
  }),
  fc.jsonValue({ maxDepth: 2 }),
)

/** A body with something in it replaced, taken away or added. */
const mutated = (from: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc
    .tuple(fc.constantFrom(...from), fc.array(fc.tuple(fc.nat(), odd, fc.boolean()), { minLength: 1, maxLength: 3 }))
    .map(([body, changes]) => changes.reduce((made, [at, value, removes]) => changed(made, at, value, removes), body))

function places(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  const inner = Object.entries(value).flatMap(([name, member]) => places(member, [...path, name]))
  return [path, [...path, 'capability'], [...path, 'context'], [...path, 'id'], ...inner]
}

function changed(body: unknown, at: number, value: unknown, removes: boolean): unknown {
  const all = places(body)
  const path = all[at % all.length] ?? []
  const last = path.at(-1)
  if (last === undefined) return removes ? body : value
  const copy = structuredClone(body)
  let held = copy as Record<string, unknown>
  for (const name of path.slice(0, -1)) held = held[name] as Record<string, unknown>
  if (typeof held !== 'object' || held === null) return body
  if (removes) delete held[last]
  else Object.defineProperty(held, last, { value, enumerable: true, configurable: true, writable: true })
  return copy
}

describe('quick readings of hot bodies', () => {
  for (const { name, quick, schema, good, slow } of HOT) {
    test(`${name}: plain bodies are read at once, others left to the schema`, () => {
      for (const body of good) {
        assert.equal(quick(body), body)
        assert.ok(says(body, schema.parse(body)), JSON.stringify(body))
      }
      for (const body of slow) {
        assert.equal(quick(body), null, JSON.stringify(body))
        assert.ok(schema.safeParse(body).success, JSON.stringify(body))
      }
    })

    test(`${name}: what is read at once means what the schema reads of it`, () => {
      let taken = 0
      fc.assert(
        fc.property(fc.oneof(mutated([...good, ...slow]), odd), body => {
          const found = quick(body)
          if (found === null) return
          taken += 1
          const read = schema.safeParse(body)
          assert.ok(read.success && says(found, read.data), JSON.stringify(body))
        }),
        { seed: 11, numRuns: 3_000 },
      )
      assert.ok(taken > 100, `${taken} bodies were taken: too few to say anything`)
    })
  }
})
