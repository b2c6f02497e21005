import type { Clause } from '../engine/clause.ts'
import { Slots } from '../engine/frame.ts'
import { conditionConjuncts } from '../engine/translate.ts'
import { truthOf } from '../engine/truth.ts'
import type { AttributeRef, Condition } from '../policy/ast.ts'
import type { JsonObject } from '../policy/json.ts'
import { unsaidAttribute } from '../policy/unsaid.ts'
import { BUDGET } from './budgets.ts'
import { type Atom, maskOf, NO, type Value, YES } from './formula.ts'
import { DEFAULT_AT } from './instants.ts'
import { attributeKey, type Grounding } from './link.ts'
import type { Leaf } from './uses.ts'

/** The variable that holds the instant asked about. */
export const AT = 'at'
export const IP = 'c ip'

interface Compiled {
  /** Null for what the engine answers from elsewhere. */
  readonly clause: Clause | null
  readonly refs: readonly AttributeRef[]
  readonly timed: boolean
  readonly text: string
}

const compiled = new WeakMap<Condition, Map<string, Compiled>>()

/** The clause as the engine compiles it, its attributes made `x` and `y` of the call so that any value can be tried. */
function compileLeaf(leaf: Leaf, zone: string): Compiled {
  const byZone = compiled.get(leaf) ?? new Map<string, Compiled>()
  compiled.set(leaf, byZone)
  const kept = byZone.get(zone)
  if (kept !== undefined) return kept
  const { plain, refs } = withoutRefs(leaf)
  const clause = leaf.kind === 'limit' ? null : translated(plain, zone)
  const made = { clause, refs, timed: isTimed(leaf), text: exact([zone, plain]) }
  byZone.set(zone, made)
  return made
}

function translated(condition: Condition, zone: string): Clause | null {
  const frame = { zone, slots: new Slots(), rule: '', noun: 'resource', who: 'subject' as const }
  const [conjunct] = conditionConjuncts(condition, frame)
  return conjunct?.clause ?? null
}

const asContext = (ref: AttributeRef, name: string): AttributeRef => ({ ...ref, of: 'context', name })

function withoutRefs(leaf: Leaf): { readonly plain: Leaf; readonly refs: readonly AttributeRef[] } {
  switch (leaf.kind) {
    case 'compare': {
      const left = asContext(leaf.left, 'x')
      if (leaf.right.kind !== 'attribute') return { plain: { ...leaf, left }, refs: [leaf.left] }
      return { plain: { ...leaf, left, right: asContext(leaf.right, 'y') }, refs: [leaf.left, leaf.right] }
    }
    case 'one-of':
      return { plain: { ...leaf, left: asContext(leaf.left, 'x') }, refs: [leaf.left] }
    case 'elapsed':
      return { plain: { ...leaf, instant: asContext(leaf.instant, 'x') }, refs: [leaf.instant] }
    case 'place':
      return { plain: { ...leaf, of: asContext(leaf.of, 'x') }, refs: [leaf.of] }
    default:
      return { plain: leaf, refs: [] }
  }
}

function isTimed({ kind }: Leaf): boolean {
  return kind === 'weekday' || kind === 'hours' || kind === 'schedule' || kind === 'date' || kind === 'calendar'
}

/** Text that differs wherever the values do. */
export const exact = (value: unknown): string =>
  JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)) ?? ''

export function variableOf(ref: AttributeRef, g: Grounding): string {
  if (ref.of === 'context') return `c ${ref.name}`
  return attributeKey(ref.of === 'subject' ? g.me : g.link.resource, ref.name, g)
}

const unsaidOf = ({ of, name }: AttributeRef, { me, link }: Grounding): Value =>
  of === 'context' ? undefined : unsaidAttribute((of === 'subject' ? me : link.resource).type, name)

/** Agents alone have budgets. One without is within it, whatever it spends: the variable says that it is not. */
function budgetAtom({ by }: Extract<Leaf, { kind: 'budgeted' }>, { me }: Grounding): Atom {
  const variable = `${BUDGET}${by} ${me.type}:${me.id}`
  const isAgent = me.type === 'agent'
  return {
    key: variable,
    variables: isAgent ? [variable] : [],
    uses: { kind: 'free' },
    truth: r => (isAgent && r(variable) ? NO : YES),
  }
}

export function leafAtom(leaf: Leaf, g: Grounding): Atom {
  if (leaf.kind === 'budgeted') return budgetAtom(leaf, g)
  const { clause, refs, timed, text } = compileLeaf(leaf, g.site.zone)
  if (clause === null) {
    const variable = `? ${text} ${g.me.type}:${g.me.id}`
    return {
      key: variable,
      variables: [variable],
      uses: { kind: 'beyond', leaf },
      truth: r => (r(variable) ? YES : NO),
    }
  }
  const [x, y] = refs.map(ref => variableOf(ref, g))
  const unsaid = refs.map(ref => unsaidOf(ref, g))
  const variables = [...new Set([x, y].filter(v => v !== undefined))]
  if (timed || leaf.kind === 'elapsed') variables.push(AT)
  if (leaf.kind === 'network') variables.push(IP)
  return {
    key: `${text} ${variables.join(' ')}`,
    variables,
    uses: { kind: 'leaf', leaf },
    truth(read) {
      const context: Record<string, NonNullable<Value>> = {}
      if (leaf.kind === 'network') put(context, 'ip', read(IP))
      if (x !== undefined) put(context, 'x', read(x) ?? unsaid[0])
      if (y !== undefined) put(context, 'y', read(y) ?? unsaid[1])
      const at = timed || leaf.kind === 'elapsed' ? read(AT) : undefined
      const call = { context: context as JsonObject, at: typeof at === 'number' ? at : DEFAULT_AT }
      return maskOf(truthOf(clause, call))
    },
  }
}

function put(context: Record<string, Value>, name: string, value: Value): void {
  if (value !== undefined) context[name] = value
}
