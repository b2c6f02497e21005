import type { AttributeDefinition, Definition } from '../policy/ast.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'

/** A vocabulary with one more definition, or what the definition contradicts. */
export type Defined =
  | { readonly kind: 'defined'; readonly vocabulary: Vocabulary }
  | { readonly kind: 'conflict'; readonly message: string }

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a, bigints) === JSON.stringify(b, bigints)
const bigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value)

const conflict = (message: string): Defined => ({ kind: 'conflict', message })

function put<T>(map: ReadonlyMap<string, T>, key: string, value: T): ReadonlyMap<string, T> | null {
  const known = map.get(key)
  if (known !== undefined && !same(known, value)) return null
  return new Map([...map, [key, value]])
}

/** Defining a word again as it is already defined changes nothing; as something else is a conflict. */
export function define(vocabulary: Vocabulary, definition: Definition): Defined {
  const extended = (part: Partial<Vocabulary>): Defined => ({ kind: 'defined', vocabulary: { ...vocabulary, ...part } })
  switch (definition.kind) {
    case 'type':
      return extended({ types: new Set([...vocabulary.types, definition.type]) })
    case 'synonym': {
      const synonyms = put(vocabulary.synonyms, definition.word, definition.means)
      const other = vocabulary.synonyms.get(definition.word)
      return synonyms === null ? conflict(`\`${definition.word}\` means ${other} already`) : extended({ synonyms })
    }
    case 'attributes':
      return attributes(vocabulary, definition.type, definition.attributes)
    case 'network': {
      const name = definition.network.name ?? ''
      const networks = put(vocabulary.networks, name, definition.network)
      return networks === null ? conflict(`\`${name}\` is another network already`) : extended({ networks })
    }
    case 'schedule': {
      const { name } = definition.schedule
      const schedules = put(vocabulary.schedules, name, definition.schedule)
      return schedules === null ? conflict(`\`${name}\` are other hours already`) : extended({ schedules })
    }
    case 'name': {
      const names = put(vocabulary.names, definition.name, definition.entity)
      return names === null ? conflict(`\`${definition.name}\` is somebody else already`) : extended({ names })
    }
    case 'group': {
      const groups = put(vocabulary.groups, definition.name, { type: definition.type, where: definition.where })
      return groups === null ? conflict(`\`${definition.name}\` is defined otherwise already`) : extended({ groups })
    }
  }
}

function attributes(vocabulary: Vocabulary, type: string, added: readonly AttributeDefinition[]): Defined {
  const known = [...(vocabulary.attributes.get(type) ?? [])]
  for (const attribute of added) {
    const old = known.find(d => d.name === attribute.name)
    if (old === undefined) known.push(attribute)
    else if (!same(old.type, attribute.type))
      return conflict(`\`${attribute.name}\` of ${type} holds something else already`)
  }
  const types = new Set([...vocabulary.types, type])
  return {
    kind: 'defined',
    vocabulary: { ...vocabulary, types, attributes: new Map([...vocabulary.attributes, [type, known]]) },
  }
}
