import type { Link, Residual } from '../engine/specialize.ts'
import type { CellKey } from '../facts/cells.ts'
import { Generations } from '../lib/generations.ts'

interface Entry {
  readonly residual: Residual
  readonly cells: readonly CellKey[]
}

/**
 * Residuals of one org. A write drops exactly those that read a place it touches; publishing drops all.
 * INVARIANT: an entry is stored in the same turn in which its facts were read, so no write comes between.
 */
export interface ResidualCache {
  get(key: string): Residual | undefined
  set(key: string, residual: Residual, cells: readonly CellKey[]): void
  touch(cell: CellKey): void
  clear(): void
  readonly size: number
}

/** How often what was asked was in a cache. */
export interface CacheUse {
  hits: number
  misses: number
}

const part = (text: string): string => `${text.length}:${text}`

/** Everything a residual depends on besides facts and rules. Parts carry their length: no two links share a key. */
export function linkKey({ subject, principal, actors, action, resource, tasked }: Link): string {
  const { type, id } = resource
  let key = part(subject.type) + part(subject.id) + part(action) + part(type) + (id === null ? '-' : part(id))
  for (const actor of actors) key += part(actor.type) + part(actor.id)
  if (principal !== null) key += `@${part(principal.type)}${part(principal.id)}`
  return tasked === true ? `${key}!` : key
}

/** Residuals whose reads are so wide that noting each would cost more than computing them again. */
const WIDEST = 2_000

export function createResidualCache(capacity: number): ResidualCache {
  const entries = new Generations<string, Entry>(Math.ceil(capacity / 2))
  const readers = new Map<CellKey, Set<string>>()
  let inserted = 0

  const sweep = (): void => {
    for (const [cell, keys] of readers) {
      for (const key of keys) if (!entries.has(key)) keys.delete(key)
      if (keys.size === 0) readers.delete(cell)
    }
  }

  return {
    get: key => entries.get(key)?.residual,
    set(key, residual, cells) {
      if (cells.length > WIDEST) return
      entries.set(key, { residual, cells })
      for (const cell of cells) {
        const keys = readers.get(cell)
        if (keys === undefined) readers.set(cell, new Set([key]))
        else keys.add(key)
      }
      inserted += 1
      if (inserted >= capacity) {
        inserted = 0
        sweep()
      }
    },
    touch(cell) {
      const keys = readers.get(cell)
      if (keys === undefined) return
      for (const key of keys) entries.delete(key)
      readers.delete(cell)
    },
    clear() {
      entries.clear()
      readers.clear()
    },
    get size() {
      return entries.size
    },
  }
}
