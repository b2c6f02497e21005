import { asTaken, maySit } from '../lib/columns.ts'
import { grown, NONE, widen } from './pairs.ts'

/** Numbers entities, each a type's number and an id. Ids are compared byte for byte; numbers are never given again. */
export interface Names {
  ids: string[]
  types: Uint32Array
  /** How many tuples an entity occurs in, as object or user. */
  uses: Uint32Array
  /** Hash table of number + 1 with the bits above of the hash, as of pairs. */
  table: Uint32Array
  /** Characters of all ids together, for an estimate of memory. */
  characters: number
}

export function createNames(): Names {
  return {
    ids: [],
    types: new Uint32Array(64),
    uses: new Uint32Array(64),
    table: new Uint32Array(128),
    characters: 0,
  }
}

function hash(type: number, id: string): number {
  let h = Math.imul(type + 1, 0x9e3779b1)
  for (let i = 0; i < id.length; i++) h = Math.imul(h ^ id.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return (h ^ (h >>> 13)) >>> 0
}

/** The number of an entity, or NONE when no tuple ever named it. */
export function findName(names: Names, type: number, id: string): number {
  const { table } = names
  const mask = table.length - 1
  const h = hash(type, id)
  for (let i = h & mask; ; i = (i + 1) & mask) {
    const taken = table[i] as number
    if (taken === 0) return NONE
    if (!maySit(taken, h, mask)) continue
    const found = (taken & mask) - 1
    if (names.types[found] === type && names.ids[found] === id) return found
  }
}

export function addName(names: Names, type: number, id: string): number {
  const found = findName(names, type, id)
  if (found !== NONE) return found
  const number = names.ids.length
  if ((number + 1) * 4 > names.table.length * 3) rehash(names)
  if (number === names.types.length) {
    const size = grown(number)
    names.types = widen(names.types, size)
    names.uses = widen(names.uses, size)
  }
  names.ids.push(id)
  names.types[number] = type
  names.characters += id.length
  place(names.table, number, type, id)
  return number
}

function place(table: Uint32Array, number: number, type: number, id: string): void {
  const mask = table.length - 1
  const h = hash(type, id)
  let i = h & mask
  while (table[i] !== 0) i = (i + 1) & mask
  table[i] = asTaken(number, h, mask)
}

function rehash(names: Names): void {
  const table = new Uint32Array(names.table.length * 2)
  names.ids.forEach((id, number) => {
    place(table, number, names.types[number] as number, id)
  })
  names.table = table
}

/** A string costs its characters, a header, and a place in the list. */
export const bytesOfNames = (n: Names): number =>
  n.types.byteLength + n.uses.byteLength + n.table.byteLength + n.characters + n.ids.length * 32
