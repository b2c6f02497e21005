import type { Part } from './part.ts'

/** Parts of rules by what they are about, so that only those are looked at that some request meets together. */
export interface Meeting {
  /** The parts that may apply to a request to which `part` may apply, itself aside, in order. */
  with(part: Part): readonly Part[]
  /** The parts that may apply to a subject of one of the types. */
  at(action: string, type: string, subjects: readonly string[]): readonly Part[]
}

const ANY = '*'

export function meetingOf(parts: readonly Part[]): Meeting {
  const cells = new Map<string, Map<string, Part[]>>()
  for (const part of parts) {
    for (const action of part.source.rule.actions ?? [ANY]) {
      const byType = cells.get(action) ?? new Map<string, Part[]>()
      cells.set(action, byType)
      for (const type of part.resources ?? [ANY]) {
        const list = byType.get(type)
        if (list === undefined) byType.set(type, [part])
        else if (list.at(-1) !== part) list.push(part)
      }
    }
  }
  const of = <V>(map: Map<string, V>, wanted: Iterable<string> | null): readonly V[] => {
    if (wanted === null) return [...map.values()]
    return [...new Set([...wanted, ANY])].map(key => map.get(key)).filter(found => found !== undefined)
  }
  return {
    with(part) {
      const found = new Set<Part>()
      for (const byType of of(cells, part.source.rule.actions)) {
        for (const list of of(byType, part.resources)) {
          for (const other of list) if (other !== part && mayShare(part.subjects, other.subjects)) found.add(other)
        }
      }
      return inOrder(found)
    },
    at(action, type, subjects) {
      const found = new Set<Part>()
      for (const byType of of(cells, [action])) {
        for (const list of of(byType, [type])) for (const part of list) if (mayBe(part, subjects)) found.add(part)
      }
      return inOrder(found)
    },
  }
}

function mayShare(a: ReadonlySet<string> | null, b: ReadonlySet<string> | null): boolean {
  if (a === null || b === null) return true
  for (const type of a) if (b.has(type)) return true
  return false
}

const mayBe = ({ subjects }: Part, types: readonly string[]): boolean =>
  subjects === null || types.some(type => subjects.has(type))

const inOrder = (parts: ReadonlySet<Part>): readonly Part[] =>
  [...parts].sort((a, b) => a.order - b.order || Number(a.bars) - Number(b.bars))
