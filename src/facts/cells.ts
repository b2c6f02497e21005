import type { Entity } from '../policy/entity.ts'
import type { Cell } from '../relations/cells.ts'

/**
 * A place in the stored world that an answer was read from; a write names the places it touches. Parts are prefixed by
 * their length, so that no two places share a key whatever their names hold.
 */
export type CellKey = string

const part = (text: string): string => `${text.length}:${text}`

/** A place in the org's own graph. */
export function graphCell(cell: Cell): CellKey {
  switch (cell.kind) {
    case 'users':
      return `r${atom(cell)}`
    case 'many':
      return `m${atom(cell)}`
    case 'one':
      return `o${atom(cell)}${part(cell.user.type)}${part(cell.user.id)}`
    case 'objects':
      return `u${part(cell.user.type)}${part(cell.user.id)}${part(cell.type)}`
  }
}

const atom = ({ object, relation }: { readonly object: Entity; readonly relation: string }): string =>
  `${part(object.type)}${part(object.id)}${part(relation)}`

export const attributeCell = (entity: Entity, name: string): CellKey =>
  `a${part(entity.type)}${part(entity.id)}${part(name)}`

export const keyCell = (id: string): CellKey => `k${part(id)}`

/** What is registered of an MCP server. */
export const serverCell = (slug: string): CellKey => `s${part(slug)}`

/** Something registered, as a whole. */
export const entryCell = (kind: 'task' | 'approval' | 'consent', id: string): CellKey => `e${part(kind)}${part(id)}`

/** Grants to a chain for an action on one resource; with a null id, those for many of a type. */
export function grantCell(
  chain: readonly Entity[],
  action: string,
  { type, id }: { readonly type: string; readonly id: string | null },
): CellKey {
  let key = `g${part(action)}${part(type)}${id === null ? '-' : part(id)}`
  for (const one of chain) key += part(one.type) + part(one.id)
  return key
}

/** All tuples of a relation on a type: as finely as answers of a server tell what they were read from. */
export const typeCell = (type: string, relation: string): CellKey => `t${part(type)}${part(relation)}`
