import type { Rule } from '../policy/ast.ts'
import { printRule } from '../policy/print.ts'
import type { Lexicon } from './lexicon.ts'
import { resolveRule } from './resolve-rule.ts'
import type { Fault, Fork, Past, Place, Scope } from './scope.ts'
import type { RuleNode } from './syntax.ts'

/** Readings tried of one sentence; a sentence with more is refused like one with two. */
const MOST = 16

/** What a sentence means, and what there is to say about it. Rules are there exactly when no fault is an error. */
export interface Meaning {
  readonly rules: readonly Rule[] | null
  readonly faults: readonly Fault[]
}

interface Attempt {
  readonly rules: readonly Rule[] | null
  readonly faults: readonly Fault[]
  readonly forks: readonly Fork[]
}

function attempt(tree: RuleNode, whole: Place, words: Lexicon, past: Past, ways: readonly number[]): Attempt {
  const faults: Fault[] = []
  const forks: Fork[] = []
  const scope: Scope = { words, subjects: [], resources: [], faults, forks, past, ways }
  const rules = resolveRule(tree, whole, scope)
  return { rules: faults.some(fault => fault.severity === 'error') ? null : rules, faults, forks }
}

/** Every reading of a tree: at each fork each way, depth first. */
function attempts(tree: RuleNode, whole: Place, words: Lexicon, past: Past): readonly Attempt[] {
  const found: Attempt[] = []
  const open: (readonly number[])[] = [[]]
  for (let ways = open.pop(); ways !== undefined && found.length < MOST; ways = open.pop()) {
    const one = attempt(tree, whole, words, past, ways)
    found.push(one)
    for (let i = one.forks.length - 1; i >= ways.length; i--) {
      const chosen = [...ways, ...new Array<number>(i - ways.length).fill(0)]
      for (let way = (one.forks[i]?.ways ?? 1) - 1; way > 0; way--) open.push([...chosen, way])
    }
  }
  return found
}

/** The rules that a sentence's trees can mean; where they can mean several things, a fault that shows them. */
export function meaningOf(trees: readonly RuleNode[], whole: Place, words: Lexicon, past: Past): Meaning {
  const all = trees.slice(0, MOST).flatMap(tree => attempts(tree, whole, words, past))
  const readings = new Map<string, Attempt>()
  for (const one of all) {
    const reading = one.rules?.map(printRule).join(' ')
    if (reading !== undefined && !readings.has(reading)) readings.set(reading, one)
  }
  const [first] = readings.values()
  if (readings.size === 1 && first !== undefined) return { rules: first.rules, faults: first.faults }
  if (first !== undefined) return { rules: null, faults: [ambiguous([...readings.keys()], all, whole)] }
  return { rules: null, faults: all[0]?.faults ?? [] }
}

function ambiguous(readings: readonly string[], all: readonly Attempt[], whole: Place): Fault {
  const fork = all.flatMap(one => one.forks)[0]
  const at = fork === undefined || fork.start < 0 ? whole : fork
  const message = fork?.message ?? 'this sentence can be read in more than one way'
  return {
    code: 'ambiguous',
    severity: 'error',
    start: at.start,
    end: at.end,
    message,
    expected: readings,
    suggestion: null,
  }
}
