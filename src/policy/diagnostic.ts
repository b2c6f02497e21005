/** Offsets into the source text, in UTF-16 units: `start` inclusive, `end` exclusive. Line and column count from 1. */
export interface Span {
  readonly start: number
  readonly end: number
  readonly line: number
  readonly column: number
}

export type DiagnosticCode =
  | 'unreadable_character'
  | 'syntax'
  | 'ambiguous'
  | 'unknown_type'
  | 'unknown_relation'
  | 'unknown_attribute'
  | 'unknown_name'
  | 'unknown_network'
  | 'wrong_value'
  | 'conflicting_definition'
  | 'too_long'
  | 'too_many'

/** A fault in an author's text, as a value. `warning` lets the text be published, `error` does not. */
export interface Diagnostic {
  readonly code: DiagnosticCode
  readonly severity: 'error' | 'warning'
  readonly file: string
  readonly span: Span
  /** Lower case, no full stop, the author's words in backticks. */
  readonly message: string
  /** What would be accepted here. */
  readonly expected: readonly string[]
  /** What was probably meant, ready to paste: a word, a sentence, or a line that defines what is missing. */
  readonly suggestion: string | null
}
