import { z } from 'zod'
import type { Given } from '../pdp/policy-tests.ts'
import { attributeList, attributes, tuple } from '../protocols/manage/given-shape.ts'
import { Fault, messageOf } from './fault.ts'
import type { Source } from './sources.ts'

const schema = z.strictObject({ tuples: z.array(tuple).default([]), attributes: attributes.default({}) })

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
