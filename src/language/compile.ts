import type { Definition, Rule } from '../policy/ast.ts'
import type { Diagnostic, Span } from '../policy/diagnostic.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { type Draft, define, draftOf } from './define.ts'
import { type Lexicon, lexiconOf } from './lexicon.ts'
import { type Read, readTokens, treeOfDefinition } from './read.ts'

import { resolveDefinition, stageOf } from './resolve-definition.ts'
import { MAX_DIAGNOSTICS, takeRules, tooMany } from './rules.ts'
import type { Fault, Scope } from './scope.ts'
import { linesOf, spanAt } from './source.ts'
import { type Sentence, sentences } from './split.ts'
import type { DefinitionNode } from './syntax-definition.ts'

/**
 * `id` is the name where the author gave one, else depends on the rule's canonical print alone. `text` is the author's
 * sentence with white space folded; several rules may come of one sentence.
 */
export interface CompiledRule {
  readonly id: string
  readonly name: string | null
  readonly text: string
  readonly rule: Rule
  readonly span: Span
  readonly file: string
}

export interface CompiledDefinition {
  readonly text: string
  readonly definition: Definition
  readonly span: Span
  readonly file: string
}

export { MAX_DIAGNOSTICS, ruleId } from './rules.ts'

/** Diagnostics are sorted by position and capped. With an error among them, nothing here may be published. */
export interface Compiled {
  readonly rules: readonly CompiledRule[]
  readonly definitions: readonly CompiledDefinition[]
  /** The given vocabulary and what the text defines. */
  readonly vocabulary: Vocabulary
  readonly diagnostics: readonly Diagnostic[]
}

export const MAX_TEXT = 1024 * 1024

const folded = (sentence: Sentence): string => sentence.text.replace(/\s+/g, ' ').trim()

interface Work {
  readonly faults: Fault[]
  readonly definitions: { readonly read: Read; readonly definition: Definition }[]
  readonly draft: Draft
  words: Lexicon
}

const isFault = (value: Read | Fault): value is Fault => 'message' in value

const enough = (work: Work): boolean => tooMany(work.faults)

interface Waiting {
  readonly read: Read
  /** Null for what cannot be read before others are known. */
  readonly node: DefinitionNode | null
}

/** Takes up the definitions wherever they stand, those first that others may use. */
function takeDefinitions(reads: readonly Read[], work: Work): void {
  const waiting: Waiting[][] = [[], [], []]
  let unread = 0
  for (const read of reads) {
    if (enough(work)) return
    const node = treeOfDefinition(read, work.words)
    if ('message' in node && unread > MAX_DIAGNOSTICS) work.faults.push(node)
    else if ('message' in node) {
      waiting[2]?.push({ read, node: null })
      unread += 1
    } else waiting[stageOf(node)]?.push({ read, node })
  }
  for (const stage of waiting) {
    for (const { read, node } of stage) {
      if (enough(work)) return
      const again = node === null || stageOf(node) === 2 ? treeOfDefinition(read, work.words) : node
      if ('message' in again) work.faults.push(again)
      else takeDefinition(read, again, work)
    }
    work.words = lexiconOf(work.draft)
  }
}

function takeDefinition(read: Read, node: DefinitionNode, work: Work): void {
  const faults: Fault[] = []
  const scope: Scope = { words: work.words, subjects: [], resources: [], faults, forks: [], ways: [] }
  const definition = resolveDefinition(node, scope)
  work.faults.push(...faults)
  const fork = scope.forks[0]
  if (definition === null) return
  if (fork !== undefined) {
    work.faults.push({
      code: 'ambiguous',
      severity: 'error',
      start: fork.start,
      end: fork.end,
      message: fork.message,
      expected: ['`either … or …` or `both … and …`'],
      suggestion: null,
    })
    return
  }
  const conflict = define(work.draft, definition)
  if (conflict === null) work.definitions.push({ read, definition })
  else {
    const { start, end } = read.sentence
    work.faults.push({
      code: 'conflicting_definition',
      severity: 'error',
      start,
      end,
      message: conflict,
      expected: ['one definition of each word'],
      suggestion: null,
    })
  }
}

/** Reads a text of rules and definitions. Never throws on any text. */
export function compileText(text: string, vocabulary: Vocabulary, options: { readonly file?: string } = {}): Compiled {
  const file = options.file ?? 'policy'
  const lines = linesOf(text.length > MAX_TEXT ? '' : text)
  const span = (start: number, end: number): Span => spanAt(lines, start, end)
  const work: Work = { faults: [], definitions: [], draft: draftOf(vocabulary), words: lexiconOf(vocabulary) }
  const reads: Read[] = []
  if (text.length > MAX_TEXT) {
    const message = `a text has at most ${MAX_TEXT} characters, this one has ${text.length}`
    work.faults.push({
      code: 'too_long',
      severity: 'error',
      start: 0,
      end: 1,
      message,
      expected: ['several texts'],
      suggestion: null,
    })
  } else {
    for (const sentence of sentences(text)) {
      if (enough(work)) break
      const read = readTokens(sentence)
      if (isFault(read)) work.faults.push(read)
      else reads.push(read)
    }
  }
  takeDefinitions(
    reads.filter(read => read.shape === 'definition'),
    work,
  )
  const rules = takeRules(
    reads.filter(read => read.shape === 'rule'),
    work,
  ).map(({ read, rule, id }) => {
    const { start, end, name } = read.sentence
    return { id, name: name?.text ?? null, text: folded(read.sentence), rule, span: span(start, end), file }
  })
  const definitions = work.definitions
    .toSorted((a, b) => a.read.sentence.start - b.read.sentence.start)
    .map(({ read, definition }) => ({
      text: folded(read.sentence),
      definition,
      span: span(read.sentence.start, read.sentence.end),
      file,
    }))
  return { rules, definitions, vocabulary: work.draft, diagnostics: diagnosticsOf(work.faults, file, span) }
}

function diagnosticsOf(
  faults: readonly Fault[],
  file: string,
  span: (start: number, end: number) => Span,
): readonly Diagnostic[] {
  const sorted = faults.toSorted((a, b) => a.start - b.start || a.end - b.end || (a.message < b.message ? -1 : 1))
  const shown = sorted
    .slice(0, MAX_DIAGNOSTICS)
    .map(({ start, end, ...rest }) => ({ ...rest, file, span: span(start, end) }))
  const next = sorted[MAX_DIAGNOSTICS]
  if (next === undefined) return shown
  const message = `more than ${MAX_DIAGNOSTICS} problems; the rest are not shown`
  return [
    ...shown,
    {
      code: 'too_many',
      severity: 'error',
      file,
      span: span(next.start, next.end),
      message,
      expected: [],
      suggestion: null,
    },
  ]
}
