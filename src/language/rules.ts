import { sha256 } from '../lib/ids.ts'
import type { Rule } from '../policy/ast.ts'
import { printRule } from '../policy/print.ts'
import type { Lexicon } from './lexicon.ts'
import { type Read, treesOfRule } from './read.ts'
import { meaningOf } from './readings.ts'
import { type Fault, NO_PAST, type Past } from './scope.ts'

export const MAX_DIAGNOSTICS = 100

/** More faults than will be shown need not be looked for. */
export const tooMany = (faults: readonly Fault[]): boolean => faults.length > MAX_DIAGNOSTICS

export const ruleId = (rule: Rule): string => `rule_${sha256(printRule(rule)).slice(0, 12)}`

/** A rule of a text, with the sentence it comes from. */
export interface TakenRule {
  readonly read: Read
  readonly rule: Rule
  readonly id: string
}

interface Meant {
  readonly rules: readonly Rule[]
  readonly faults: readonly Fault[]
  readonly past: Past
}

/** The rules of one sentence. Each of its clauses may take up what those before it name. */
function rulesOf(read: Read, words: Lexicon, before: Past): Meant {
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

const NAME = /^[A-Za-z][A-Za-z0-9_]*(?:[-.][A-Za-z0-9_]+)*$/

/** What is wrong with the name of a sentence; null where nothing is. */
function nameFault(read: Read, taken: ReadonlySet<string>): Fault | null {
  const { name } = read.sentence
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
  if (!taken.has(name.text)) return null
  return fault(
    'conflicting_definition',
    `\`${name.text}\` names another rule already`,
    'each name once',
    `${name.text}-2`,
  )
}

/** All rules of a text, with their ids: the author's names, else what the rules say. */
export function takeRules(
  reads: readonly Read[],
  work: { readonly faults: Fault[]; readonly words: Lexicon },
): readonly TakenRule[] {
  const found: TakenRule[] = []
  const names = new Set<string>()
  let past = NO_PAST
  let paragraph = -1
  for (const read of reads) {
    if (tooMany(work.faults)) break
    const { sentence } = read
    if (sentence.paragraph !== paragraph) past = NO_PAST
    paragraph = sentence.paragraph
    const fault = nameFault(read, names)
    if (fault !== null) work.faults.push(fault)
    const meant = rulesOf(read, work.words, past)
    past = meant.past
    work.faults.push(...meant.faults)
    const name = fault === null ? (sentence.name?.text ?? null) : null
    for (const [i, rule] of meant.rules.entries()) {
      const id = name === null ? ruleId(rule) : i === 0 ? name : `${name}-${i + 1}`
      if (name !== null) names.add(id)
      found.push({ read, rule, id })
    }
  }
  return found
}
