import type { OrgState } from '../../pdp/org.ts'
import type { AttributeDefinition } from '../../policy/ast.ts'
import type { JsonObject } from '../../policy/json.ts'
import { capitalize } from '../../policy/print-words.ts'
import type { AttributeType } from '../../policy/value.ts'

export const ATTRIBUTE_TYPES = ['user', 'resource', 'environment'] as const
export const DATA_TYPES = ['string', 'number', 'boolean', 'array', 'date'] as const

/** An attribute that the org's policy defines, in the words of the published clients. */
export interface Definition {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly description: string | null
  readonly attributeType: (typeof ATTRIBUTE_TYPES)[number]
  /** The type of entity that has it; `request` for the call itself. */
  readonly entityType: string
  readonly dataType: (typeof DATA_TYPES)[number]
  readonly validationRules?: JsonObject
  readonly isActive: true
}

const WHO = new Set(['user', 'agent', 'service', 'key'])

export function definitionsIn({ vocabulary, compiled }: OrgState): readonly Definition[] {
  const sentences = new Map<string, string>()
  for (const { definition, text } of compiled.definitions) {
    if (definition.kind !== 'attributes') continue
    for (const { name } of definition.attributes) sentences.set(`${definition.type}.${name}`, text)
  }
  return [...vocabulary.attributes].flatMap(([type, attributes]) =>
    attributes.map(attribute => definitionOf(type, attribute, sentences.get(`${type}.${attribute.name}`) ?? null)),
  )
}

function definitionOf(entityType: string, { name, type }: AttributeDefinition, description: string | null): Definition {
  const attributeType = entityType === 'request' ? 'environment' : WHO.has(entityType) ? 'user' : 'resource'
  const rules = rulesOf(type)
  return {
    id: `${entityType}.${name}`,
    name: capitalize(name.replaceAll('_', ' ')),
    slug: name,
    description,
    attributeType,
    entityType,
    dataType: dataTypeOf(type),
    ...(rules !== null && { validationRules: rules }),
    isActive: true,
  }
}

function dataTypeOf(type: AttributeType): Definition['dataType'] {
  switch (type.kind) {
    case 'text':
    case 'country':
    case 'choice':
      return 'string'
    case 'flag':
      return 'boolean'
    case 'number':
    case 'money':
    case 'quantity':
      return 'number'
    case 'date':
    case 'instant':
      return 'date'
    case 'list':
      return 'array'
  }
}

function rulesOf(type: AttributeType): JsonObject | null {
  if (type.kind === 'choice') return { enum: [...type.of] }
  if (type.kind === 'money') return { currency: type.currency }
  if (type.kind === 'quantity') return { unit: type.unit }
  return type.kind === 'country' ? { format: 'iso-3166-1-alpha-2' } : null
}
