import { type Domains, rangeOf } from './domains.ts'
import { type Atom, atomsOf, type Formula, type Mask, NO, possible, type Value, YES } from './formula.ts'

/** A formula and the truths it must come to. */
export interface Constraint {
  readonly formula: Formula
  readonly want: Mask
}

/** Counts the work done, so that an answer does not hang on how fast a machine is. */
export interface Budget {
  left: number
}

export type Outcome =
  | { readonly kind: 'found'; readonly values: ReadonlyMap<string, Value> }
  | { readonly kind: 'none' }
  | { readonly kind: 'gave-up' }

interface Open {
  readonly constraint: Constraint
  readonly variables: ReadonlySet<string>
}

/** An assignment under which every constraint holds, or that there is none among the values tried. */
export function solve(constraints: readonly Constraint[], domains: Domains, budget: Budget): Outcome {
  const values = new Map(domains.values)
  for (const constraint of constraints) if (constraint.want === YES) narrow(constraint.formula, YES, values)
  const ranges = new Map<string, Mask>()
  const assigned = new Map<string, Value>()
  const read = (variable: string): Value => assigned.get(variable)
  const maskOf = (atom: Atom): Mask => {
    if (atom.variables.every(v => assigned.has(v))) return atom.truth(read)
    const known = ranges.get(atom.key)
    if (known !== undefined) return known
    const range = rangeOf(atom, values)
    ranges.set(atom.key, range)
    return range
  }

  /** Null when found; else the variables whose values led here, of which another value must be tried. */
  const search = (open: readonly Open[], changed: string | null): ReadonlySet<string> | null => {
    const left: Open[] = []
    for (const one of open) {
      if (changed !== null && !one.variables.has(changed)) {
        left.push(one)
        continue
      }
      budget.left -= one.variables.size + 1
      const mask = possible(one.constraint.formula, maskOf)
      if ((mask & one.constraint.want) === 0) return new Set([...one.variables].filter(v => assigned.has(v)))
      if ((mask & ~one.constraint.want) !== 0) left.push(one)
    }
    const [next] = left
    if (next === undefined) return null
    if (budget.left < 0) return new Set()
    const choice = choose(next.constraint.formula, (next.constraint.want & YES) !== 0, maskOf, assigned)
    if (choice === null) return new Set([...next.variables].filter(v => assigned.has(v)))
    const { variable } = choice
    const conflict = new Set<string>()
    for (const value of ordered(values.get(variable) ?? [], choice)) {
      assigned.set(variable, value)
      const below = search(left, variable)
      if (below === null) return null
      assigned.delete(variable)
      if (budget.left < 0 || !below.has(variable)) return below
      for (const one of below) conflict.add(one)
    }
    conflict.delete(variable)
    return conflict
  }

  const open = constraints.map(constraint => ({
    constraint,
    variables: new Set(atomsOf(constraint.formula).flatMap(atom => atom.variables)),
  }))
  if ([...values.values()].some(list => list.length === 0)) return { kind: 'none' }
  if (search(open, null) === null) {
    for (const [variable, list] of values) if (!assigned.has(variable)) assigned.set(variable, list[0])
    return { kind: 'found', values: assigned }
  }
  return budget.left < 0 ? { kind: 'gave-up' } : { kind: 'none' }
}

/** Leaves out values under which a clause that must hold does not. */
function narrow(formula: Formula, want: Mask, values: Map<string, readonly Value[]>): void {
  if (formula.kind === 'all' && want === YES) for (const part of formula.of) narrow(part, YES, values)
  else if (formula.kind === 'any' && want === NO) for (const part of formula.of) narrow(part, NO, values)
  else if (formula.kind === 'not') narrow(formula.of, want === YES ? NO : YES, values)
  else if (formula.kind === 'atom' && formula.atom.variables.length === 1) {
    const { atom } = formula
    const [variable = ''] = atom.variables
    values.set(
      variable,
      (values.get(variable) ?? []).filter(value => atom.truth(() => value) === want),
    )
  }
}

interface Choice {
  readonly variable: string
  readonly atom: Atom
  readonly wanted: Mask
}

/** A variable of an atom that is not settled, with the truth that brings the formula nearer to what is wanted. */
function choose(
  formula: Formula,
  positive: boolean,
  maskOf: (atom: Atom) => Mask,
  assigned: ReadonlyMap<string, Value>,
): Choice | null {
  switch (formula.kind) {
    case 'const':
      return null
    case 'not':
      return choose(formula.of, !positive, maskOf, assigned)
    case 'atom': {
      const variable = formula.atom.variables.find(v => !assigned.has(v))
      return variable === undefined ? null : { variable, atom: formula.atom, wanted: positive ? YES : NO }
    }
    case 'all':
    case 'any':
      for (const part of formula.of) {
        if (isSingle(possible(part, maskOf))) continue
        const choice = choose(part, positive, maskOf, assigned)
        if (choice !== null) return choice
      }
      for (const part of formula.of) {
        const choice = choose(part, positive, maskOf, assigned)
        if (choice !== null) return choice
      }
      return null
  }
}

const isSingle = (mask: Mask): boolean => (mask & (mask - 1)) === 0

/** Values that make the atom as wanted come first. */
function ordered(values: readonly Value[], { atom, wanted }: Choice): readonly Value[] {
  if (atom.variables.length > 1) return values
  const fits = (value: Value): boolean => atom.truth(() => value) === wanted
  return [...values.filter(fits), ...values.filter(value => !fits(value))]
}
