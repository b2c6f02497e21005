import { addressesFor } from './addresses.ts'
import { ANY, type Atom, type Mask, type Value } from './formula.ts'
import { instantsFor } from './instants.ts'
import { AT, exact, IP } from './leaf.ts'
import { momentsFor } from './moments.ts'
import type { Leaf } from './uses.ts'
import { type Asked, nothingAsked, valuesFor } from './values.ts'

/** The values tried for each variable. `partial` are those of which some combination of truths may be missing. */
export interface Domains {
  readonly values: ReadonlyMap<string, readonly Value[]>
  readonly partial: ReadonlySet<string>
}

/** INVARIANT: unless a variable is partial, every combination of truths its atoms can have comes of some value. */
export function domainsOf(atoms: readonly Atom[], zone: string): Domains {
  const values = new Map<string, readonly Value[]>()
  const partial = new Set<string>()
  const byVariable = new Map<string, Atom[]>()
  for (const atom of atoms) {
    for (const variable of atom.variables) {
      const list = byVariable.get(variable)
      if (list === undefined) byVariable.set(variable, [atom])
      else list.push(atom)
    }
  }
  const timed = byVariable.get(AT)
  if (timed !== undefined) {
    const { at, complete } = instantsFor(timed.flatMap(leafOf), zone)
    if (!complete) partial.add(AT)
    values.set(AT, distinct(AT, at, timed))
  }
  for (const group of groupsOf(byVariable)) {
    const asked: Asked = { ...nothingAsked(), size: group.length }
    const about = new Set(group.flatMap(variable => byVariable.get(variable) ?? []))
    const leaves = [...about].flatMap(leafOf)
    for (const atom of about) ask(atom, asked)
    const found = valuesFor(asked)
    const moments = momentsFor(leaves, (values.get(AT) ?? []) as readonly number[])
    const all = [...moments.values, ...(group.includes(IP) ? addressesFor(leaves) : []), ...found.values]
    for (const variable of group) {
      values.set(variable, distinct(variable, all, byVariable.get(variable) ?? []))
      if (!found.complete || !moments.complete) partial.add(variable)
    }
  }
  for (const [variable, [atom]] of byVariable) {
    if (!values.has(variable)) values.set(variable, [false, true])
    if (atom?.uses.kind === 'beyond') partial.add(variable)
  }
  return { values, partial }
}

const leafOf = ({ uses }: Atom): readonly Leaf[] => (uses.kind === 'leaf' ? [uses.leaf] : [])

/** Attributes in groups that are compared with one another. */
function groupsOf(byVariable: ReadonlyMap<string, readonly Atom[]>): readonly (readonly string[])[] {
  const groups: string[][] = []
  const done = new Set<string>()
  for (const start of byVariable.keys()) {
    if (done.has(start) || !isAttribute(start)) continue
    const group = [start]
    done.add(start)
    for (const variable of group) {
      for (const atom of byVariable.get(variable) ?? []) {
        for (const other of atom.variables) {
          if (!isAttribute(other) || done.has(other)) continue
          done.add(other)
          group.push(other)
        }
      }
    }
    groups.push(group)
  }
  return groups
}

const isAttribute = (variable: string): boolean => variable.startsWith('a ') || variable.startsWith('c ')

function ask({ uses }: Atom, asked: Asked): void {
  if (uses.kind === 'capability') asked.capabilities.push(uses.name)
  if (uses.kind !== 'leaf') return
  const { leaf } = uses
  switch (leaf.kind) {
    case 'compare':
      asked.refs.push(leaf.left)
      if (leaf.right.kind === 'attribute') asked.refs.push(leaf.right)
      else if (leaf.op === 'contains') asked.contained.push(leaf.right)
      else asked.literals.push(leaf.right)
      return
    case 'one-of':
      asked.refs.push(leaf.left)
      asked.literals.push(...leaf.values)
      return
    case 'place':
      asked.refs.push({ ...leaf.of, type: leaf.of.type ?? { kind: 'country' } })
      asked.regions.push(leaf.region)
  }
}

/** One value for each combination of truths, where atoms ask of nothing else. */
function distinct(variable: string, values: readonly Value[], atoms: readonly Atom[]): readonly Value[] {
  const shared = atoms.some(atom => atom.variables.length > 1)
  const seen = new Set<string>()
  return values.filter(value => {
    const key = `${atoms.map(atom => (atom.variables.length > 1 ? '' : atom.truth(() => value))).join('')}${shared && variable !== AT ? exact(value) : ''}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** What an atom can come to over the whole of its variables' values. */
export function rangeOf(atom: Atom, domains: ReadonlyMap<string, readonly Value[]>): Mask {
  const [variable, ...more] = atom.variables
  if (variable === undefined || more.length > 0) return ANY
  let mask = 0
  for (const value of domains.get(variable) ?? []) mask |= atom.truth(() => value)
  return mask
}
