import { Generations } from '../lib/generations.ts'

/** Values by method and path, where a path may have parameters. Finds what a router that tries them in order finds first. */
export interface Paths<T> {
  /** Fails where a parameter is not a whole segment. */
  add(method: string, pattern: string, value: T): void
  /** Null for what is not there, and for a path that a router reads in a way of its own: encoded, doubled or trailing slashes. */
  find(method: string, path: string): Found<T> | null
}

export interface Found<T> {
  readonly value: T
  readonly params: Readonly<Record<string, string>>
}

interface Row<T> {
  readonly order: number
  readonly names: readonly string[]
  readonly value: T
}

interface Node<T> {
  /** By what stands there, in lower case: letters of paths are not told apart by their case. */
  readonly literals: Map<string, Node<T>>
  any: Node<T> | null
  readonly rows: Map<string, Row<T>>
}

const newNode = <T>(): Node<T> => ({ literals: new Map(), any: null, rows: new Map() })

/** What stands for itself in a path. */
const PLAIN = /^(?:\/[\w.~:@!$&'()*+,;=-]+)+$/
/** Paths of a method that are remembered, twice this at the most, and the length up to which they are. */
const KEPT = 512
const LONGEST_KEPT = 256

const SEGMENT = /^(?:\{(\w+)\}|[^{}]+)$/

export function createPaths<T>(): Paths<T> {
  const root = newNode<T>()
  /** What was found before, by method. */
  const known = new Map<string, Generations<string, Found<T>>>()
  let added = 0
  return {
    add(method, pattern, value) {
      known.set(method, new Generations(KEPT))
      const names: string[] = []
      let node = root
      for (const segment of pattern.split('/').slice(1)) {
        const read = SEGMENT.exec(segment)
        if (read === null) throw new Error(`\`${pattern}\` has a parameter that is not a whole segment`)
        if (read[1] !== undefined) {
          names.push(read[1])
          node.any ??= newNode()
          node = node.any
        } else {
          const literal = segment.toLowerCase()
          const next = node.literals.get(literal) ?? newNode<T>()
          node.literals.set(literal, next)
          node = next
        }
      }
      if (!node.rows.has(method)) node.rows.set(method, { order: added, names, value })
      added += 1
    },
    find(method, path) {
      const before = known.get(method)
      const found = before?.get(path)
      if (found !== undefined) return found
      if (!PLAIN.test(path)) return null
      const candidate = first(root, path.slice(1).split('/'), 0, method)
      if (candidate === null) return null
      const { row, given } = candidate
      const made = { value: row.value, params: paramsOf(row.names, given) }
      if (path.length <= LONGEST_KEPT) before?.set(path, made)
      return made
    },
  }
}

interface Candidate<T> {
  readonly row: Row<T>
  /** What stands where the parameters are, the last first. */
  readonly given: string[]
}

function first<T>(node: Node<T>, segments: readonly string[], at: number, method: string): Candidate<T> | null {
  const segment = segments[at]
  if (segment === undefined) {
    const row = node.rows.get(method)
    return row === undefined ? null : { row, given: [] }
  }
  const literal = node.literals.get(segment.toLowerCase())
  const named = literal === undefined ? null : first(literal, segments, at + 1, method)
  const any = node.any === null ? null : first(node.any, segments, at + 1, method)
  if (any !== null) any.given.push(segment)
  if (named === null) return any
  return any === null || named.row.order < any.row.order ? named : any
}

function paramsOf(names: readonly string[], given: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {}
  for (const [i, name] of names.entries()) params[name] = given[names.length - 1 - i] ?? ''
  return params
}
