import { isDeepStrictEqual } from 'node:util'
import { sha256 } from '../lib/ids.ts'
import type { Rule } from '../policy/ast.ts'
import { printRule } from '../policy/print.ts'
import type { Lexicon } from './lexicon.ts'
import { type Item, type Meant, moved, readOf, type World } from './memo.ts'
import { type Read, treesOfRule } from './read.ts'
import { meaningOf } from './readings.ts'
import { type Fault, NO_PAST, type Past } from './scope.ts'
import type { NamePlace, Sentence } from './split.ts'

export const MAX_DIAGNOSTICS = 100

/** More faults than will be shown need not be looked for. */
export const tooMany = (faults: readonly Fault[]): boolean => faults.length > MAX_DIAGNOSTICS

export const ruleId = (rule: Rule): string => `rule_${sha256(printRule(rule)).slice(0, 12)}`

/** A rule of a text, with the sentence it comes from. */
export interface TakenRule {
  readonly sentence: Sentence
  readonly text: string
  readonly rule: Rule
  readonly id: string
}

/** A sentence with its white space folded. */
export const folded = (sentence: Sentence): string => sentence.text.replace(/\s+/g, ' ').trim()

/** The rules of one sentence. Each of its clauses may take up what those before it name. */
function rulesOf(read: Read, words: Lexicon, before: Past): Omit<Meant, 'before' | 'text'> {
  const trees = treesOfRule(read, words)
  if ('message' in trees) return { rules: [], faults: [trees], past: { ...NO_PAST, broken: true } }
  const rules: Rule[] = []
  const faults: Fault[] = []
  let past = before
  for (const clause of trees) {
    const meaning = meaningOf(clause, read.sentence, words, past)
    faults.push(...meaning.faults)
    if (meaning.rules === null) return { rules: [], faults: faults.filter(shown), past: { ...NO_PAST, broken: true } }
    rules.push(...meaning.rules)
    past = { ...NO_PAST, rules: meaning.rules }
  }
  return { rules, faults, past: { ...NO_PAST, rules } }
}

const shown = (fault: Fault): boolean => fault.message !== ''

/** As `rulesOf`, which is asked only for what the world does not know yet. */
function meaningIn({ words, meanings }: World, item: Item, before: Past): Meant {
  const { sentence } = item
  const known = meanings.get(sentence.text)
  if (known !== undefined && known.before.rules === before.rules && known.before.broken === before.broken) return known
  const read = rulesOf(readOf(item), words, before)
  // A sentence that says the same as ever leaves those after it alone.
  const rules = known !== undefined && isDeepStrictEqual(known.rules, read.rules) ? known.rules : read.rules
  const past = read.past.rules === read.rules ? { ...read.past, rules } : read.past
  const faults = read.faults.map(fault => moved(fault, -sentence.start))
  const meant = { before, text: folded(sentence), rules, faults, past }
  meanings.set(sentence.text, meant)
  return meant
}

const ids = new WeakMap<Rule, string>()

function idOf(rule: Rule): string {
  const known = ids.get(rule)
  if (known !== undefined) return known
  const made = ruleId(rule)
  ids.set(rule, made)
  return made
}

const NAME = /^[A-Za-z][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*$/

/** What is wrong with the name of a sentence; null where nothing is. */
function nameFault({ name }: Sentence, taken: ReadonlySet<string>): Fault | null {
  if (name === null) return null
  const fault = (code: Fault['code'], message: string, expected: string, suggestion: string | null): Fault => ({
    code,
    severity: 'error',
    start: name.start,
    end: name.end,
    message,
    expected: [expected],
    suggestion,
  })
  const ready = name.text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 60)
  if (!NAME.test(name.text) || name.text.length > 64 || /^rule_[0-9a-f]{12}$/.test(name.text)) {
    const message = `\`${name.text}\` is no name for a rule`
    return fault(
      'wrong_value',
      message,
      'letters, digits and hyphens, 64 at most',
      ready === '' || ready === name.text ? 'my-rule' : ready,
    )
  }
  return taken.has(name.text) ? twice(name, name.text) : null
}

const twice = ({ start, end, text }: NamePlace, id: string): Fault => ({
  code: 'conflicting_definition',
  severity: 'error',
  start,
  end,
  message: `\`${id}\` names another rule already`,
  expected: ['each name once'],
  suggestion: `${text}-other`,
})

/** All rules of a text, with their ids: the author's names, else what the rules say. */
export function takeRules(items: readonly Item[], world: World, faults: Fault[]): readonly TakenRule[] {
  const found: TakenRule[] = []
  const names = new Set<string>()
  let past = NO_PAST
  let paragraph = -1
  for (const item of items) {
    if (tooMany(faults)) break
    const { sentence } = item
    if (sentence.paragraph !== paragraph) past = NO_PAST
    paragraph = sentence.paragraph
    const fault = nameFault(sentence, names)
    if (fault !== null) faults.push(fault)
    const meant = meaningIn(world, item, past)
    past = meant.past
    for (const one of meant.faults) faults.push(moved(one, sentence.start))
    const name = fault === null ? (sentence.name?.text ?? null) : null
    for (const [i, rule] of meant.rules.entries()) {
      const id = name === null ? idOf(rule) : i === 0 ? name : `${name}-${i + 1}`
      if (name !== null && i > 0 && names.has(id) && sentence.name !== null) faults.push(twice(sentence.name, id))
      if (name !== null) names.add(id)
      found.push({ sentence, text: meant.text, rule, id })
    }
  }
  return found
}
