import type { Definition, Rule } from '../policy/ast.ts'
import type { Diagnostic, Span } from '../policy/diagnostic.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { draftOf } from './define.ts'
import { takeDefinitions, type Work } from './definitions.ts'
import { lexiconOf } from './lexicon.ts'
import {
  createMemo,
  type Item,
  keepText,
  keepWorld,
  knownText,
  knownWorld,
  type Memo,
  newWorld,
  readOf,
  type World,
} from './memo.ts'
import { type Read, readTokens } from './read.ts'
import { folded, MAX_DIAGNOSTICS, takeRules, tooMany } from './rules.ts'
import type { Fault } from './scope.ts'
import { linesOf, spanAt } from './source.ts'
import { type Sentence, sentences } from './split.ts'

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

const isFault = (value: Read | Fault): value is Fault => 'message' in value

function refuseName({ name }: Sentence, faults: Fault[]): void {
  if (name === null) return
  faults.push({
    code: 'syntax',
    severity: 'error',
    start: name.start,
    end: name.end,
    message: `\`${name.text}\` names a definition, which has its name already`,
    expected: ['a name before a rule'],
    suggestion: null,
  })
}

function itemsOf(text: string, faults: Fault[], memo: CompileMemo): readonly Item[] {
  const items: Item[] = []
  for (const sentence of sentences(text)) {
    if (tooMany(faults)) break
    const shape = memo.shapes.get(sentence.text)
    if (shape === 'definition') refuseName(sentence, faults)
    if (shape !== undefined) {
      items.push({ sentence, shape, read: null })
      continue
    }
    const read = readTokens(sentence)
    if (isFault(read)) faults.push(read)
    else {
      if (read.shape === 'definition') refuseName(sentence, faults)
      memo.shapes.set(sentence.text, read.shape)
      items.push({ sentence, shape: read.shape, read })
    }
  }
  return items
}

function worldOf(definitions: readonly Item[], vocabulary: Vocabulary, faults: Fault[], memo: CompileMemo): World {
  const key = definitions.map(item => item.sentence.text).join('\n')
  const known = knownWorld(memo, vocabulary, key)
  if (known !== undefined) return known
  const before = faults.length
  const work: Work = { faults, definitions: [], draft: draftOf(vocabulary), words: lexiconOf(vocabulary) }
  const reads = definitions.map(readOf)
  takeDefinitions(reads, work)
  const world = newWorld({
    vocabulary,
    key,
    added: work.draft,
    words: work.words,
    definitions: work.definitions.map(({ read, definition }) => ({ nth: reads.indexOf(read), definition })),
  })
  if (faults.length === before) keepWorld(memo, world)
  return world
}

/** What to reuse of earlier texts, and to keep of this one. */
export type CompileMemo = Memo<Compiled>
export const createCompileMemo = (): CompileMemo => createMemo()

export interface CompileOptions {
  readonly file?: string
  readonly memo?: CompileMemo
}

/** Reads a text of rules and definitions. Never throws on any text. */
export function compileText(text: string, vocabulary: Vocabulary, options: CompileOptions = {}): Compiled {
  const { file = 'policy', memo = createCompileMemo() } = options
  const known = knownText(memo, { text, file, vocabulary })
  if (known !== undefined) return known
  const tooLong = text.length > MAX_TEXT
  const lines = linesOf(tooLong ? '' : text)
  const span = (start: number, end: number): Span => spanAt(lines, start, end)
  const faults: Fault[] = []
  if (tooLong) {
    const message = `a text has at most ${MAX_TEXT} characters, this one has ${text.length}`
    faults.push({
      code: 'too_long',
      severity: 'error',
      start: 0,
      end: 1,
      message,
      expected: ['several texts'],
      suggestion: null,
    })
  }
  const items = tooLong ? [] : itemsOf(text, faults, memo)
  const defining = items.filter(item => item.shape === 'definition')
  const world = worldOf(defining, vocabulary, faults, memo)
  const ruling = items.filter(item => item.shape === 'rule')
  const rules = takeRules(ruling, world, faults).map(({ sentence, text, rule, id }) => {
    const { start, end, name } = sentence
    return { id, name: name?.text ?? null, text, rule, span: span(start, end), file }
  })
  const definitions = world.definitions
    .map(({ nth, definition }) => ({ definition, sentence: (defining[nth] as Item).sentence }))
    .sort((a, b) => a.sentence.start - b.sentence.start)
    .map(({ definition, sentence }) => ({
      text: folded(sentence),
      definition,
      span: span(sentence.start, sentence.end),
      file,
    }))
  const diagnostics = diagnosticsOf(faults, file, span)
  const compiled = { rules, definitions, vocabulary: world.added, diagnostics }
  keepText(memo, { text, file, vocabulary, compiled })
  return compiled
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
