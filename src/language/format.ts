import { isDeepStrictEqual } from 'node:util'
import type { Statement } from '../policy/ast.ts'
import type { Diagnostic } from '../policy/diagnostic.ts'
import { printStatement } from '../policy/print.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import { type Compiled, compileText } from './compile.ts'
import { type Sentence, sentences } from './split.ts'

/** `diagnostics` are those of the text as it was given. */
export interface Formatted {
  readonly text: string
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Puts every sentence that can be read in its canonical words; names, headings, remarks, bullets and blank lines stay.
 * A sentence with errors stays as it is, and so does a text whose meaning would not be the same afterwards.
 */
export function formatText(text: string, vocabulary: Vocabulary, options: { readonly file?: string } = {}): Formatted {
  const compiled = compileText(text, vocabulary, options)
  const { diagnostics } = compiled
  const made = rewritten(text, compiled)
  if (made === text) return { text, diagnostics }
  const again = compileText(made, vocabulary, options)
  const same = isDeepStrictEqual(meaningOf(again), meaningOf(compiled))
  return { text: same ? made : text, diagnostics }
}

const meaningOf = ({ rules, definitions }: Compiled): readonly unknown[] => [
  definitions.map(d => d.definition),
  rules.map(({ id, rule }) => ({ id, rule })),
]

function rewritten(text: string, { rules, definitions }: Compiled): string {
  const statements = new Map<number, Statement[]>()
  const all = [
    ...definitions.map(d => ({ at: d.span.start, statement: d.definition })),
    ...rules.map(r => ({ at: r.span.start, statement: r.rule })),
  ]
  for (const { at, statement } of all) statements.set(at, [...(statements.get(at) ?? []), statement])
  let out = ''
  let done = 0
  for (const sentence of sentences(text)) {
    const [only, ...more] = statements.get(sentence.start) ?? []
    // Words for several rules stay: apart they could not share a name.
    if (only === undefined || more.length > 0) continue
    const { start, end } = sentence
    out += text.slice(done, start)
    const remarks = remarksIn(text, sentence)
    if (remarks.length > 0) out = withRemarks(out, remarks)
    out += printStatement(only).replace(/\.$/, '')
    done = end
    if (text[end] !== '.') out += '.'
  }
  out += text.slice(done)
  const lines = out.split('\n').map(line => line.trimEnd())
  return `${lines.join('\n').trimEnd()}\n`
}

/** Remarks at the ends of a sentence's lines, which are no lines of their own any more. */
function remarksIn(text: string, { start, end, text: clean }: Sentence): readonly string[] {
  const raw = text.slice(start, end).split('\n')
  return clean.split('\n').flatMap((line, i) => {
    const remark = (raw[i] ?? '').slice(line.trimEnd().length).trim()
    return remark.startsWith('#') ? [remark] : []
  })
}

/** Puts remarks on lines of their own, before the line that is being written. */
function withRemarks(out: string, remarks: readonly string[]): string {
  const line = out.lastIndexOf('\n') + 1
  const indent = /^\s*/.exec(out.slice(line))?.[0] ?? ''
  return out.slice(0, line) + remarks.map(r => `${indent}${r}\n`).join('') + out.slice(line)
}
