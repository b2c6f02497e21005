import { isDeepStrictEqual } from 'node:util'
import type { Compiled, CompiledDefinition, CompiledRule } from '../language/compile.ts'
import type { Definition, Statement } from '../policy/ast.ts'
import { printStatement } from '../policy/print.ts'

/** A sentence on one side of a comparison. */
export interface Side {
  readonly text: string
  readonly canonical: string
  readonly line: number
}

/**
 * `changed`: another meaning under the same name, or of the same word. `reworded`: other words for the same meaning.
 * `redefined`: the same words, which mean something else because a definition changed.
 */
export type Change = {
  readonly of: 'rule' | 'definition'
  /** The rule's own name, or the word that is defined. */
  readonly name: string | null
} & (
  | { readonly kind: 'added'; readonly before: null; readonly after: Side }
  | { readonly kind: 'removed'; readonly before: Side; readonly after: null }
  | { readonly kind: 'changed' | 'reworded' | 'redefined'; readonly before: Side; readonly after: Side }
)

interface Item {
  readonly name: string | null
  /** Its canonical sentence, the same however it is worded. */
  readonly id: string
  readonly text: string
  readonly statement: Statement
  readonly line: number
}

/** What tells one policy from another, sentence by sentence; where a sentence stands says nothing. */
export function diffPolicies(before: Compiled, after: Compiled): readonly Change[] {
  return [
    ...diffItems('definition', before.definitions.map(definitionItem), after.definitions.map(definitionItem)),
    ...diffItems('rule', before.rules.map(ruleItem), after.rules.map(ruleItem)),
  ]
}

const ruleItem = (rule: CompiledRule): Item => {
  const { text, span } = rule
  const name = 'name' in rule && typeof rule.name === 'string' ? rule.name : null
  return { name, id: printStatement(rule.rule), text, statement: rule.rule, line: span.line }
}

const definitionItem = ({ text, definition, span }: CompiledDefinition): Item => ({
  name: wordOf(definition),
  id: printStatement(definition),
  text,
  statement: definition,
  line: span.line,
})

function wordOf(definition: Definition): string {
  switch (definition.kind) {
    case 'synonym':
      return definition.word
    case 'type':
    case 'attributes':
      return definition.type
    case 'network':
      return definition.network.name ?? ''
    case 'schedule':
      return definition.schedule.name
    case 'region':
      return definition.region.name ?? ''
    case 'calendar':
      return definition.calendar.name
    case 'verb':
      return definition.verb
    case 'role':
      return definition.relation
    case 'name':
    case 'group':
      return definition.name
  }
}

function diffItems(of: Change['of'], before: readonly Item[], after: readonly Item[]): readonly Change[] {
  const changes: { readonly line: number; readonly change: Change }[] = []
  const add = (change: Change): void => {
    changes.push({ line: (change.after ?? change.before).line, change })
  }
  const pairs = paired(before, after, item => item.id)
  for (const [a, b] of pairs.both) {
    const kind = !isDeepStrictEqual(a.statement, b.statement) ? 'redefined' : a.text !== b.text ? 'reworded' : null
    if (kind !== null) add({ of, name: b.name, kind, before: sideOf(a), after: sideOf(b) })
  }
  const named = paired(pairs.onlyBefore, pairs.onlyAfter, item => item.name)
  for (const [a, b] of named.both) add({ of, name: b.name, kind: 'changed', before: sideOf(a), after: sideOf(b) })
  for (const a of named.onlyBefore) add({ of, name: a.name, kind: 'removed', before: sideOf(a), after: null })
  for (const b of named.onlyAfter) add({ of, name: b.name, kind: 'added', before: null, after: sideOf(b) })
  return changes.sort((x, y) => x.line - y.line).map(c => c.change)
}

const sideOf = ({ text, statement, line }: Item): Side => ({ text, canonical: printStatement(statement), line })

interface Pairs {
  readonly both: readonly (readonly [Item, Item])[]
  readonly onlyBefore: readonly Item[]
  readonly onlyAfter: readonly Item[]
}

/** Matches items with one key, first with first; an item without a key matches none. */
function paired(before: readonly Item[], after: readonly Item[], keyOf: (item: Item) => string | null): Pairs {
  const waiting = new Map<string, Item[]>()
  const onlyBefore = new Set(before)
  for (const item of before) {
    const key = keyOf(item)
    if (key !== null) waiting.set(key, [...(waiting.get(key) ?? []), item])
  }
  const both: [Item, Item][] = []
  const onlyAfter: Item[] = []
  for (const item of after) {
    const found = waiting.get(keyOf(item) ?? '')?.shift()
    if (keyOf(item) === null || found === undefined) onlyAfter.push(item)
    else {
      onlyBefore.delete(found)
      both.push([found, item])
    }
  }
  return { both, onlyBefore: [...onlyBefore], onlyAfter }
}

/** A comparison to read: what is gone marked `-`, what is new `+`, what stays `=`. */
export function renderDiff(changes: readonly Change[]): string {
  if (changes.length === 0) return 'no difference\n'
  return changes.map(change => `${lineOf(change)}\n`).join('')
}

function lineOf({ kind, before, after }: Change): string {
  switch (kind) {
    case 'added':
      return `+ ${after.text}`
    case 'removed':
      return `- ${before.text}`
    case 'changed':
      return `- ${before.text}\n+ ${after.text}`
    case 'reworded':
      return `= ${before.text}\n  now, with the same meaning: ${after.text}`
    case 'redefined':
      return `= ${after.text}\n  means something else now: a definition it uses changed`
  }
}
