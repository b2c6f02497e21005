import type { Ask } from '../policy/ask.ts'
import type { Diagnostic } from '../policy/diagnostic.ts'
import type { Entity } from '../policy/entity.ts'
import { printAsk } from '../policy/print-question.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { isNoun, type Lexicon, lexiconOf } from './lexicon.ts'
import { parseQuestion } from './parse.ts'
import { stuckQuestion } from './question-stuck.ts'
import type { QuestionNode } from './question-syntax.ts'
import type { Asker } from './question-who.ts'
import { questionTokens } from './question-words.ts'
import { readWritten } from './read.ts'
import { resolveQuestion } from './resolve-question.ts'
import type { Fault, Fork, Place, Scope } from './scope.ts'
import { linesOf, spanAt } from './source.ts'

export interface QuestionOptions {
  /** Who `I` is; null where nobody in particular asks. */
  readonly asker: Entity | null
  /** Those it acts for, nearest to it first; the last of them is the subject. */
  readonly behalf?: readonly Entity[]
  readonly now: number
  /** The zone of the org's clocks. */
  readonly zone: string
  readonly file?: string
}

export interface CompiledQuestion {
  /** Null exactly when an error is among the diagnostics. */
  readonly question: Ask | null
  /** The question as it was understood; empty where it was not. */
  readonly canonical: string
  /** What was taken for granted, for whoever asks to see. */
  readonly assumptions: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Readings tried of one question, over all its trees. */
const MOST = 64

interface Attempt {
  readonly question: Ask | null
  readonly faults: readonly Fault[]
  readonly forks: readonly Fork[]
  readonly notes: readonly string[]
  /** A noun of the vocabulary is taken as a verb: that holds only where nothing else makes sense. */
  readonly strained: boolean
}

type Meaning = Pick<Attempt, 'question' | 'faults' | 'notes'>

/** Reads a question. Never throws on any text. */
export function compileQuestion(text: string, vocabulary: Vocabulary, options: QuestionOptions): CompiledQuestion {
  const { asker, behalf = [], now, zone, file = 'question' } = options
  const end = text.replace(/[\s?!.]+$/, '').length
  const start = Math.min(text.length - text.trimStart().length, end)
  const sentence = { start, end, text: text.slice(start, end) }
  const words = lexiconOf(vocabulary)
  const { question, faults, notes } = understood(sentence, words, { asker, behalf, now, zone })
  const lines = linesOf(text)
  const diagnostics = faults.map(({ start: from, end: to, ...rest }): Diagnostic => {
    return { ...rest, file, span: spanAt(lines, from, to) }
  })
  const canonical = question === null ? '' : printAsk(question, zone)
  return { question, canonical, assumptions: question === null ? [] : [...new Set(notes)], diagnostics }
}

function understood(sentence: Place & { readonly text: string }, words: Lexicon, asker: Asker): Meaning {
  const refused = (fault: Fault) => ({ question: null, faults: [fault], notes: [] })
  const written = readWritten(sentence)
  if ('message' in written) return refused(written)
  const tokens = questionTokens(written, words)
  const parsed = parseQuestion(tokens)
  switch (parsed.kind) {
    case 'stuck':
      return refused(stuckQuestion(parsed.at, parsed.expected, tokens, sentence, words))
    case 'tangled':
      return refused(ambiguous(sentence, 'this question can be read in too many ways', ['a shorter question']))
    case 'trees':
      return meaningOf(parsed.trees, sentence, words, asker)
  }
}

/** The one question that the trees can mean; of those that mean nothing, the one that made sense the longest. */
function meaningOf(trees: readonly QuestionNode[], whole: Place, words: Lexicon, asker: Asker): Meaning {
  const all: Attempt[] = []
  for (const tree of trees) {
    const open: (readonly number[])[] = [[]]
    for (let ways = open.pop(); ways !== undefined && all.length < MOST; ways = open.pop()) {
      const one = attempt(tree, whole, words, asker, ways)
      all.push(one)
      for (let i = one.forks.length - 1; i >= ways.length; i--) {
        const chosen = [...ways, ...new Array<number>(i - ways.length).fill(0)]
        for (let way = (one.forks[i]?.ways ?? 1) - 1; way > 0; way--) open.push([...chosen, way])
      }
    }
  }
  const meant = all.filter(one => one.question !== null)
  const natural = meant.some(one => !one.strained) ? meant.filter(one => !one.strained) : meant
  const readings = new Map<string, Attempt>()
  for (const one of natural) {
    if (one.question !== null) readings.set(printAsk(one.question, asker.zone), one)
  }
  const [first] = readings.values()
  if (first !== undefined && readings.size === 1) return first
  if (first !== undefined) {
    const message = all.flatMap(one => one.forks)[0]?.message ?? 'this question can be read in more than one way'
    return { question: null, faults: [ambiguous(whole, message, [...readings.keys()])], notes: [] }
  }
  return all.toSorted((a, b) => reach(b) - reach(a) || a.faults.length - b.faults.length)[0] as Attempt
}

/** How far a question made sense: where the first of its errors is. */
const reach = ({ faults }: Attempt): number =>
  Math.min(...faults.filter(fault => fault.severity === 'error').map(fault => fault.start))

function attempt(tree: QuestionNode, whole: Place, words: Lexicon, asker: Asker, ways: readonly number[]): Attempt {
  const faults: Fault[] = []
  const forks: Fork[] = []
  const notes: string[] = []
  const scope: Scope = { words, subjects: [], resources: [], faults, forks, ways }
  const question = resolveQuestion(tree, whole, asker, scope, notes)
  const strained = tree.verbs?.items.some(verb => verb.kind === 'word' && isNoun(words, verb.word)) ?? false
  return { question: faults.some(f => f.severity === 'error') ? null : question, faults, forks, notes, strained }
}

const ambiguous = (at: Place, message: string, expected: readonly string[]): Fault => ({
  code: 'ambiguous',
  severity: 'error',
  start: at.start,
  end: at.end,
  message,
  expected,
  suggestion: null,
})
