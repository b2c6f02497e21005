import type { Definition, Rule } from '../../policy/ast.ts'
import type { Diagnostic } from '../../policy/diagnostic.ts'
import { printStatement } from '../../policy/print.ts'
import type { Vocabulary } from '../../policy/vocabulary.ts'
import { compileText, ruleId } from '../compile.ts'
import { renderDiagnostics } from '../diagnostics.ts'
import type { Answer } from './answer.ts'

/** A sentence of the grammar: its tree, and how the printer writes it. What the model wrote is not kept. */
export interface Accepted<T> {
  readonly from: number
  readonly canonical: string
  readonly statement: T
}

/** A sentence the grammar does not take, and why. */
export interface Rejected {
  readonly from: number
  readonly text: string
  readonly diagnostics: readonly Diagnostic[]
}

/** What the grammar makes of an answer. */
export interface Proposal {
  readonly rules: readonly (Accepted<Rule> & { readonly id: string })[]
  readonly definitions: readonly Accepted<Definition>[]
  readonly rejected: readonly Rejected[]
  /** The given vocabulary and what the accepted definitions add. */
  readonly vocabulary: Vocabulary
}

const FILE = 'answer'

interface Line {
  readonly from: number
  readonly text: string
}

/**
 * Reads every sentence of an answer, the definitions first. All are read at once, as a large vocabulary takes its time;
 * each must nevertheless stand by itself, so the rules are read in either order and must mean the same.
 */
export function review(answer: Answer, vocabulary: Vocabulary): Proposal {
  const linesOf = (of: 'rules' | 'definitions'): readonly Line[] =>
    answer.sentences.flatMap(s => s[of].map(text => ({ from: s.from, text })))
  const defined = read(linesOf('definitions'), vocabulary, 'definition')
  const definitions = defined.flatMap(({ line, definition }) =>
    definition === null ? [] : [{ from: line.from, canonical: printStatement(definition), statement: definition }],
  )
  const words = compileText(definitions.map(d => d.canonical).join('\n'), vocabulary).vocabulary
  const lines = linesOf('rules')
  const there = read(lines, words, 'rule')
  const back = read(lines.toReversed(), words, 'rule').toReversed()
  const ruled = there.map((found, i) => (alike(found, back[i]) ? found : dependent(found)))
  const rules = ruled.flatMap(({ line, rules: made }) =>
    made.map(rule => ({ from: line.from, canonical: printStatement(rule), statement: rule, id: ruleId(rule) })),
  )
  const rejected = [...defined, ...ruled].flatMap(({ line, rules: made, definition, diagnostics }) =>
    made.length === 0 && definition === null ? [{ ...line, diagnostics }] : [],
  )
  return { rules, definitions, rejected, vocabulary: words }
}

interface Found {
  readonly line: Line
  /** One sentence may say several. */
  readonly rules: readonly Rule[]
  readonly definition: Definition | null
  readonly diagnostics: readonly Diagnostic[]
}

const alike = (a: Found, b: Found | undefined): boolean =>
  a.rules.map(printStatement).join('\n') === b?.rules.map(printStatement).join('\n')

const dependent = ({ line }: Found): Found => {
  const message = 'this sentence means something else without its neighbours; expected one that stands by itself'
  return { line, rules: [], definition: null, diagnostics: [faultOf(line.text, message, 'a sentence of its own')] }
}

/** Reads lines, each of which is to be one sentence of the kind and nothing besides. */
function read(lines: readonly Line[], vocabulary: Vocabulary, kind: 'rule' | 'definition'): readonly Found[] {
  const compiled = compileText(lines.map(line => line.text).join('\n\n'), vocabulary, { file: FILE })
  return lines.map((line, i): Found => {
    const here = <T extends { readonly span: Diagnostic['span'] }>(items: readonly T[]): readonly T[] =>
      items.filter(item => item.span.line === 2 * i + 1)
    const errors = here(compiled.diagnostics.filter(d => d.severity === 'error'))
    const rules = here(compiled.rules)
    const definitions = here(compiled.definitions)
    const [right, other] = kind === 'rule' ? [rules, definitions] : [definitions, rules]
    const sentences = new Set(right.map(item => item.span.start)).size
    if (errors.length === 0 && sentences === 1 && other.length === 0) {
      const [definition] = definitions
      return { line, rules: rules.map(r => r.rule), definition: definition?.definition ?? null, diagnostics: [] }
    }
    const message =
      other.length > 0 ? `this is no ${kind}, so it belongs elsewhere` : `expected one ${kind}, found ${sentences}`
    const diagnostics = errors.length > 0 ? errors.map(onItsOwn) : [faultOf(line.text, message, `one ${kind}`)]
    return { line, rules: [], definition: null, diagnostics }
  })
}

/** A diagnostic of a line, as if the line were the whole text. */
const onItsOwn = (diagnostic: Diagnostic): Diagnostic => {
  const { span } = diagnostic
  const start = span.column - 1
  return { ...diagnostic, span: { start, end: start + span.end - span.start, line: 1, column: span.column } }
}

const faultOf = (text: string, message: string, expected: string): Diagnostic => ({
  code: 'syntax',
  severity: 'error',
  file: FILE,
  span: { start: 0, end: text.length, line: 1, column: 1 },
  message,
  expected: [expected],
  suggestion: null,
})

/** As it goes back to the model. */
export const renderRejected = ({ from, text, diagnostics }: Rejected): string =>
  `sentence ${from}: \`${text}\` is not in the language:\n${renderDiagnostics(diagnostics.slice(0, 3), text)}`
