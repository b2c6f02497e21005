import { z } from 'zod'
import { type Given, givenKeys } from '../../pdp/policy-tests.ts'
import { parseEntity } from '../../policy/entity.ts'
import type { Json } from '../../policy/json.ts'

type GivenTuple = Given['tuples'][number]

const condition = z.strictObject({
  name: z.string().min(1).max(256),
  context: z.record(z.string(), z.json()).default({}),
})

const LINE = /^([^#]+)#([^@#]+)@(.+)$/

/** A tuple as `object#relation@user`, or spelled out where it holds under a condition. */
export const tuple = z.union(
  [
    z.string().max(2048).regex(LINE).transform(tupleFrom),
    z
      .strictObject({
        object: z.string().max(512),
        relation: z.string().max(100),
        user: z.string().max(1024),
        condition: condition.optional(),
      })
      .transform(({ condition = null, ...text }) => ({ ...text, condition }) as GivenTuple),
  ],
  'expected a tuple such as `document:1#owner@user:alice`',
)

function tupleFrom(line: string): GivenTuple {
  const [, object = '', relation = '', user = ''] = LINE.exec(line) ?? []
  return { object, relation, user, condition: null }
}

/** Values by name, by `type:id`. */
export const attributes = z.record(
  z.string().refine(name => parseEntity(name) !== null, 'expected an entity such as `payment:1`'),
  z.record(z.string(), z.json()),
)

const role = z.enum(['operator', 'admin', 'author', 'checker', 'auditor'])

/** What is true in every test of a file. */
export const given = z.strictObject({
  tuples: z.array(tuple).max(100_000).default([]),
  attributes: attributes.default({}),
  keys: z.record(z.string(), role).default({}),
})

/** Attributes by `type:id`, one by one. */
export function attributeList(byEntity: z.infer<typeof attributes>): Given['attributes'] {
  return Object.entries(byEntity).flatMap(([text, values]) => {
    const entity = parseEntity(text)
    return entity === null
      ? []
      : Object.entries(values).map(([name, value]) => ({ entity, name, value: value as Json }))
  })
}

export const givenFrom = ({ tuples, attributes, keys }: z.infer<typeof given>, org: string): Given => ({
  tuples,
  attributes: attributeList(attributes),
  keys: givenKeys(keys, org),
})
