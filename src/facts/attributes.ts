import type { Entity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'

/** Stored attributes of entities, in memory. Names are own keys only, whatever they are called. */
export interface Attributes {
  get(entity: Entity, name: string): Json | undefined
  all(entity: Entity): JsonObject
  put(entity: Entity, name: string, value: Json): void
  remove(entity: Entity, name: string): void
  /** Ids of all entities of a type that have an attribute. */
  entities(type: string): Iterable<string>
  types(): Iterable<string>
  /** An estimate of the memory held. */
  bytes(): number
}

/** A map of its own, with its key. */
const ENTITY = 320
const ENTRY = 48

export function createAttributes(): Attributes {
  const byType = new Map<string, Map<string, Map<string, Json>>>()
  let bytes = 0
  const find = (entity: Entity) => byType.get(entity.type)?.get(entity.id)
  const weigh = (names: Map<string, Json>, name: string): number => {
    const value = names.get(name)
    return value === undefined ? 0 : ENTRY + name.length + bytesOf(value)
  }
  return {
    get: (entity, name) => find(entity)?.get(name),
    all: entity => Object.fromEntries(find(entity) ?? []),
    put(entity, name, value) {
      const ids = byType.get(entity.type) ?? new Map<string, Map<string, Json>>()
      const names = ids.get(entity.id) ?? new Map<string, Json>()
      if (names.size === 0) bytes += ENTITY + entity.id.length
      bytes -= weigh(names, name)
      byType.set(entity.type, ids.set(entity.id, names.set(name, value)))
      bytes += weigh(names, name)
    },
    remove(entity, name) {
      const names = find(entity)
      if (names === undefined) return
      bytes -= weigh(names, name)
      names.delete(name)
      if (names.size > 0) return
      bytes -= ENTITY + entity.id.length
      byType.get(entity.type)?.delete(entity.id)
    },
    entities: type => byType.get(type)?.keys() ?? [],
    types: () => byType.keys(),
    bytes: () => bytes,
  }
}

function bytesOf(value: Json): number {
  if (typeof value === 'string') return 24 + value.length
  if (typeof value !== 'object' || value === null) return 16
  let sum = 40
  for (const [name, item] of Object.entries(value)) sum += name.length + 16 + bytesOf(item)
  return sum
}
