import { goOn, hashHalves, hashOf, hashText, highHalf, lowHalf, startHash } from '../lib/seeded.ts'
import type { Entity } from '../policy/entity.ts'
import { type CellKey, hashEntity, OTHER_KINDS } from '../relations/graph.ts'

/** A place in the stored world that an answer was read from; a write names the places it touches. Relations name their own. */
export type { CellKey }

const KINDS = {
  attribute: OTHER_KINDS,
  key: OTHER_KINDS + 1,
  server: OTHER_KINDS + 2,
  entry: OTHER_KINDS + 3,
  grant: OTHER_KINDS + 4,
  grants: OTHER_KINDS + 5,
  type: OTHER_KINDS + 6,
} as const

function cell(kind: keyof typeof KINDS, first: string, second?: string): CellKey {
  startHash(KINDS[kind])
  hashText(first)
  if (second !== undefined) hashText(second)
  return hashOf()
}

export function attributeCell(entity: Entity, name: string): CellKey {
  hashEntity(entity)
  const low = lowHalf()
  const high = highHalf()
  startHash(KINDS.attribute)
  hashHalves(low, high)
  hashText(name)
  return hashOf()
}

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
  startHash(id === null ? KINDS.grants : KINDS.grant)
  hashText(action)
  hashText(type)
  if (id !== null) hashText(id)
  for (const one of chain) {
    const low = lowHalf()
    const high = highHalf()
    hashEntity(one)
    const ofLow = lowHalf()
    const ofHigh = highHalf()
    goOn(low, high)
    hashHalves(ofLow, ofHigh)
  }
  return hashOf()
}

/** All tuples of a relation on a type: as finely as answers of a server tell what they were read from. */
export const typeCell = (type: string, relation: string): CellKey => cell('type', type, relation)
