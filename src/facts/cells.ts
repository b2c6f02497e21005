import { hashOf, hashText, startHash } from '../lib/seeded.ts'
import type { Entity } from '../policy/entity.ts'
import type { Cell } from '../relations/cells.ts'

/**
 * A place in the stored world that an answer was read from; a write names the places it touches. It is a hash of 52 bits
 * over the names of the place, seeded anew in each process: among a million places two would meet once in ten thousand
 * such processes, nobody can aim at it, and all that would come of it is that a write drops a residual too many.
 */
export type CellKey = number

const KINDS = {
  users: 0,
  objects: 1,
  attribute: 2,
  key: 3,
  server: 4,
  entry: 5,
  grant: 6,
  type: 7,
  many: 8,
  one: 9,
} as const

function cell(kind: keyof typeof KINDS, first: string, second?: string, third?: string): CellKey {
  startHash(KINDS[kind])
  hashText(first)
  if (second !== undefined) hashText(second)
  if (third !== undefined) hashText(third)
  return hashOf()
}

function cellOfOne({ type, id }: Entity, relation: string, user: Entity): CellKey {
  startHash(KINDS.one)
  hashText(type)
  hashText(id)
  hashText(relation)
  hashText(user.type)
  hashText(user.id)
  return hashOf()
}

/** A place in the org's own graph. */
export function graphCell(place: Cell): CellKey {
  switch (place.kind) {
    case 'users':
    case 'many':
      return cell(place.kind, place.object.type, place.object.id, place.relation)
    case 'one':
      return cellOfOne(place.object, place.relation, place.user)
    case 'objects':
      return cell('objects', place.user.type, place.user.id, place.type)
  }
}

export const attributeCell = (entity: Entity, name: string): CellKey => cell('attribute', entity.type, entity.id, name)

export const keyCell = (id: string): CellKey => cell('key', id)

/** What is registered of an MCP server. */
export const serverCell = (slug: string): CellKey => cell('server', slug)

/** Something registered, as a whole. */
export const entryCell = (kind: 'task' | 'approval' | 'consent', id: string): CellKey => cell('entry', kind, id)

/** Grants to a chain for an action on one resource; with a null id, those for many of a type. */
export function grantCell(
  chain: readonly Entity[],
  action: string,
  { type, id }: { readonly type: string; readonly id: string | null },
): CellKey {
  startHash(KINDS.grant + (id === null ? 0 : 10))
  hashText(action)
  hashText(type)
  if (id !== null) hashText(id)
  for (const one of chain) {
    hashText(one.type)
    hashText(one.id)
  }
  return hashOf()
}

/** All tuples of a relation on a type: as finely as answers of a server tell what they were read from. */
export const typeCell = (type: string, relation: string): CellKey => cell('type', type, relation)
