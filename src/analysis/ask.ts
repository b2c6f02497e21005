import { BUDGET } from './budgets.ts'
import { domainsOf } from './domains.ts'
import {
  type Atom,
  atomsOf,
  type Formula,
  join,
  type Mask,
  maskOf,
  negated,
  possible,
  type Read,
  type Value,
} from './formula.ts'
import { framesOf, type Naming } from './frames.ts'
import { applies } from './ground.ts'
import { DEFAULT_AT } from './instants.ts'
import { AT } from './leaf.ts'
import type { Grounding, Link } from './link.ts'
import type { Part } from './part.ts'
import { type Budget, type Constraint, solve } from './search.ts'
import type { Site } from './site.ts'

/** What some world must make of a part, or of a formula made of it. */
export interface Wish {
  readonly part: Part
  readonly want: Mask
  readonly formula?: (g: Grounding) => Formula
}

/** One link and all that is true around it: variables not listed are at their defaults. */
export interface World {
  readonly link: Link
  readonly values: ReadonlyMap<string, Value>
}

export type Reply =
  | { readonly kind: 'found'; readonly world: World }
  /** No world grants all wishes; `core` are the parts whose wishes already exclude each other. */
  | { readonly kind: 'none'; readonly core: readonly Part[] }
  | { readonly kind: 'unknown'; readonly why: string }

export interface Desk {
  readonly site: Site
  readonly naming: Naming
  readonly budget: Budget
}

const MOST_PER_QUESTION = 400_000
const MOST_FRAMES = 3000

/** The work of looking at one wish of one link. */
const LOOK = 4

export const groundingOf = (site: Site, link: Link): Grounding => ({ site, link, me: link.me })

/** A variable's value where nothing is said of it: no relation, no attribute, an ordinary hour. */
export function readerOf(values: ReadonlyMap<string, Value>): Read {
  return variable => {
    if (values.has(variable)) return values.get(variable)
    if (variable === AT) return DEFAULT_AT
    return variable.startsWith('r ') || variable.startsWith('? ') || variable.startsWith(BUDGET) ? false : undefined
  }
}

export const truthIn = (formula: Formula, read: Read): Mask => possible(formula, atom => atom.truth(read))

/**
 * Looks for a world that grants every wish: `must` first, and of `also` only those that are in the way. The first of
 * `must` says which links are looked at.
 */
export function ask(must: readonly Wish[], also: readonly Wish[], desk: Desk): Reply {
  const [first] = must
  if (first === undefined) return { kind: 'none', core: [] }
  const core = new Set<Part>(must.map(w => w.part))
  const budget: Budget = { left: Math.min(MOST_PER_QUESTION, desk.budget.left) }
  const before = budget.left
  const seen = new Set<string>()
  let unknown: string | null = null
  try {
    for (let known = 0; known < core.size; ) {
      known = core.size
      for (const link of framesOf(first.part, [...core], desk.site, desk.naming)) {
        const key = JSON.stringify(link)
        if (seen.has(key)) continue
        seen.add(key)
        if (seen.size > MOST_FRAMES) return { kind: 'unknown', why: 'too many entities are named' }
        const reply = inFrame(link, must, also, desk, budget)
        if (reply.kind === 'found') return reply
        if (reply.kind === 'unknown') unknown = reply.why
        else for (const part of reply.core) core.add(part)
        if (budget.left < 0) return { kind: 'unknown', why: 'it would take longer than the budget allows' }
      }
    }
  } finally {
    desk.budget.left -= before - Math.max(0, budget.left)
  }
  return unknown === null ? { kind: 'none', core: [...core] } : { kind: 'unknown', why: unknown }
}

function inFrame(link: Link, must: readonly Wish[], also: readonly Wish[], desk: Desk, budget: Budget): Reply {
  const g = groundingOf(desk.site, link)
  const active: { readonly wish: Wish; readonly constraint: Constraint }[] = []
  const take = (wish: Wish): boolean => {
    budget.left -= LOOK
    const formula = wish.formula === undefined ? applies(wish.part, g) : wish.formula(g)
    active.push({ wish, constraint: { formula, want: wish.want } })
    return formula.kind !== 'const' || (formula.mask & wish.want) !== 0
  }
  const core = (): Reply => ({ kind: 'none', core: active.map(a => a.wish.part) })
  for (const wish of must) if (!take(wish)) return core()
  const waiting = new Set(also)
  for (;;) {
    const constraints = active.map(a => a.constraint)
    const atoms = constraints.flatMap(c => atomsOf(c.formula))
    const domains = domainsOf(unique(atoms), desk.site.zone)
    budget.left -= atoms.length
    const outcome = solve(constraints, domains, budget)
    if (outcome.kind === 'gave-up') return { kind: 'unknown', why: 'it would take longer than the budget allows' }
    if (outcome.kind === 'none') {
      if (domains.partial.size === 0) return core()
      const freed = constraints.map(c => ({ ...c, formula: free(c.formula, domains.partial) }))
      const freely = solve(freed, domainsOf(unique(freed.flatMap(c => atomsOf(c.formula))), desk.site.zone), budget)
      return freely.kind === 'none' ? core() : { kind: 'unknown', why: beyond(domains.partial) }
    }
    const values = smallest(outcome.values, constraints)
    const broken = firstBroken(waiting, values, g, budget)
    if (broken.length === 0) return { kind: 'found', world: { link, values } }
    for (const wish of broken) {
      waiting.delete(wish)
      if (!take(wish)) return core()
    }
  }
}

const unique = (atoms: readonly Atom[]): readonly Atom[] => [...new Map(atoms.map(atom => [atom.key, atom])).values()]

const MOST_AT_ONCE = 4

function firstBroken(
  waiting: ReadonlySet<Wish>,
  values: ReadonlyMap<string, Value>,
  g: Grounding,
  budget: Budget,
): readonly Wish[] {
  const read = readerOf(values)
  const broken: Wish[] = []
  for (const wish of waiting) {
    budget.left -= LOOK
    const formula = wish.formula === undefined ? applies(wish.part, g) : wish.formula(g)
    if ((truthIn(formula, read) & wish.want) === 0) broken.push(wish)
    if (broken.length === MOST_AT_ONCE || budget.left < 0) break
  }
  return broken
}

/** Sets back to its default whatever need not be otherwise. */
function smallest(found: ReadonlyMap<string, Value>, constraints: readonly Constraint[]): ReadonlyMap<string, Value> {
  const values = new Map(found)
  const read = readerOf(values)
  for (const [variable, value] of found) {
    values.delete(variable)
    if (constraints.some(c => (truthIn(c.formula, read) & c.want) === 0)) values.set(variable, value)
  }
  return values
}

/** The formula with every atom of these variables able to come out any way by itself. */
function free(formula: Formula, partial: ReadonlySet<string>): Formula {
  switch (formula.kind) {
    case 'const':
      return formula
    case 'not':
      return negated(free(formula.of, partial))
    case 'all':
    case 'any':
      return join(
        formula.kind,
        formula.of.map(part => free(part, partial)),
      )
    case 'atom': {
      const { atom } = formula
      if (!atom.variables.some(v => partial.has(v))) return formula
      const yes = `? yes ${atom.key}`
      const known = `? known ${atom.key}`
      const truth = (read: Read): Mask => maskOf(read(known) ? (read(yes) ? 'yes' : 'no') : 'unknown')
      return { kind: 'atom', atom: { key: yes, variables: [known, yes], uses: { kind: 'free' }, truth } }
    }
  }
}

function beyond(partial: ReadonlySet<string>): string {
  const names = [...partial].map(variable => {
    if (variable === AT) return 'the time'
    if (variable.startsWith('? ')) return 'a limit'
    return `\`${variable.split(' ').at(-1)}\``
  })
  return `what is asked of ${[...new Set(names)].sort().join(' and ')} is more than is told apart`
}
