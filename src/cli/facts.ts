import { z } from 'zod'
import type { StoredTuple } from '../facts/store.ts'
import { parseEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import { Fault, messageOf } from './fault.ts'
import type { Source } from './sources.ts'
import type { Given } from './world.ts'

const condition = z.strictObject({
  name: z.string().min(1),
  context: z.record(z.string(), z.json()).default({}),
})

const LINE = /^([^#]+)#([^@#]+)@(.+)$/

/** A tuple as `object#relation@user`, or spelled out where it holds under a condition. */
export const tuple = z.union(
  [
    z.string().regex(LINE).transform(tupleFrom),
    z
      .strictObject({ object: z.string(), relation: z.string(), user: z.string(), condition: condition.optional() })
      .transform(({ condition = null, ...text }) => ({ ...text, condition }) as StoredTuple),
  ],
  'expected a tuple such as `document:1#owner@user:alice`',
)

function tupleFrom(line: string): StoredTuple {
  const [, object = '', relation = '', user = ''] = LINE.exec(line) ?? []
  return { object, relation, user, condition: null }
}

export const attributes = z.record(
  z.string().refine(name => parseEntity(name) !== null, 'expected an entity such as `payment:1`'),
  z.record(z.string(), z.json()),
)

const schema = z.strictObject({ tuples: z.array(tuple).default([]), attributes: attributes.default({}) })

/** Attributes by `type:id`, one by one. */
export function attributeList(byEntity: z.infer<typeof attributes>): Given['attributes'] {
  return Object.entries(byEntity).flatMap(([text, values]) => {
    const entity = parseEntity(text)
    return entity === null
      ? []
      : Object.entries(values).map(([name, value]) => ({ entity, name, value: value as Json }))
  })
}

/** Reads a file of facts: JSON with `tuples` and `attributes`. */
export function factsFrom(source: Source): Given {
  let json: unknown
  try {
    json = JSON.parse(source.text)
  } catch (error) {
    throw new Fault(`${source.name}: not JSON: ${messageOf(error)}`)
  }
  const read = schema.safeParse(json)
  if (!read.success) {
    const faults = read.error.issues.map(i => `${source.name}: ${i.path.join('.') || 'facts'}: ${i.message}`)
    throw new Fault(faults.join('\n'))
  }
  return { tuples: read.data.tuples, attributes: attributeList(read.data.attributes), keys: [] }
}
