import type { Definition, Rule } from '../../policy/ast.ts'
import type { Diagnostic } from '../../policy/diagnostic.ts'
import { printStatement } from '../../policy/print.ts'
import type { Vocabulary } from '../../policy/vocabulary.ts'
import { type Compiled, compileText, ruleId } from '../compile.ts'
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

/** Reads every sentence of an answer by itself, the definitions first. */
export function review(answer: Answer, vocabulary: Vocabulary): Proposal {
  const rejected: Rejected[] = []
  const { definitions, words } = definitionsOf(answer, vocabulary, rejected)
  const rules = answer.sentences.flatMap(({ from, rules: texts }) =>
    texts.flatMap(text => {
      const compiled = compileText(text, words, { file: FILE })
      const [only] = compiled.rules
      const diagnostics = faultsOf(compiled, text, 'rule')
      if (only === undefined || diagnostics.length > 0) {
        rejected.push({ from, text, diagnostics })
        return []
      }
      return [{ from, canonical: printStatement(only.rule), statement: only.rule, id: ruleId(only.rule) }]
    }),
  )
  return { rules, definitions, rejected, vocabulary: words }
}

/** A definition may use another one, so each is tried again as long as one more was taken. */
function definitionsOf(answer: Answer, vocabulary: Vocabulary, rejected: Rejected[]) {
  let left = answer.sentences.flatMap(({ from, definitions }) => definitions.map(text => ({ from, text })))
  let words = vocabulary
  const definitions: Accepted<Definition>[] = []
  for (;;) {
    const faults: Rejected[] = []
    for (const { from, text } of left) {
      const compiled = compileText(text, words, { file: FILE })
      const [only] = compiled.definitions
      const diagnostics = faultsOf(compiled, text, 'definition')
      if (only === undefined || diagnostics.length > 0) faults.push({ from, text, diagnostics })
      else {
        definitions.push({ from, canonical: printStatement(only.definition), statement: only.definition })
        words = compiled.vocabulary
      }
    }
    if (faults.length === 0 || faults.length === left.length) {
      rejected.push(...faults)
      return { definitions, words }
    }
    left = faults
  }
}

/** What keeps a text from being the one sentence it is to be. */
function faultsOf(compiled: Compiled, text: string, kind: 'rule' | 'definition'): readonly Diagnostic[] {
  const errors = compiled.diagnostics.filter(d => d.severity === 'error')
  const { rules, definitions } = compiled
  const [right, other] = kind === 'rule' ? [rules, definitions] : [definitions, rules]
  if (errors.length > 0 || (right.length === 1 && other.length === 0)) return errors
  const message =
    other.length > 0 ? `this is no ${kind}, so it belongs elsewhere` : `expected one ${kind}, found ${right.length}`
  const span = { start: 0, end: text.length, line: 1, column: 1 }
  return [{ code: 'syntax', severity: 'error', file: FILE, span, message, expected: [`one ${kind}`], suggestion: null }]
}

/** As it goes back to the model. */
export const renderRejected = ({ from, text, diagnostics }: Rejected): string =>
  `sentence ${from}: \`${text}\` is not in the language:\n${renderDiagnostics(diagnostics.slice(0, 3), text)}`
