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
}

export function createAttributes(): Attributes {
  const byType = new Map<string, Map<string, Map<string, Json>>>()
  const find = (entity: Entity) => byType.get(entity.type)?.get(entity.id)
  return {
    get: (entity, name) => find(entity)?.get(name),
    all: entity => Object.fromEntries(find(entity) ?? []),
    put(entity, name, value) {
      const ids = byType.get(entity.type) ?? new Map<string, Map<string, Json>>()
      const names = ids.get(entity.id) ?? new Map<string, Json>()
      byType.set(entity.type, ids.set(entity.id, names.set(name, value)))
    },
    remove(entity, name) {
      const names = find(entity)
      names?.delete(name)
      if (names?.size === 0) byType.get(entity.type)?.delete(entity.id)
    },
    entities: type => byType.get(type)?.keys() ?? [],
    types: () => byType.keys(),
  }
}
