import { isDeepStrictEqual } from 'node:util'
import { compileText } from '../language/compile.ts'
import type { Statement } from '../policy/ast.ts'
import type { Diagnostic } from '../policy/diagnostic.ts'
import { printStatement } from '../policy/print.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'

/** The canonical sentence of one AST, and whether reading it gives that AST again under the org's vocabulary. */
export interface Printed {
  readonly text: string
  readonly same: boolean
  /** Where it does not: what stands in the way, or what the sentence is read as instead. */
  readonly diagnostics: readonly Diagnostic[]
  readonly readAs: string | null
}

/** Writes ASTs as English. They are read back together, so that definitions among them hold for all. */
export function printAst(statements: readonly Statement[], vocabulary: Vocabulary): readonly Printed[] {
  const sentences = statements.map(printStatement)
  // An empty line between them: no sentence is read in the light of the one before.
  const starts: number[] = []
  let text = ''
  for (const sentence of sentences) {
    starts.push(text.length)
    text += `${sentence}\n\n`
  }
  const compiled = compileText(text, vocabulary, { file: 'ast' })
  const placeOf = (start: number): number => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= start) low = middle
      else high = middle - 1
    }
    return low
  }
  const read: Statement[][] = sentences.map(() => [])
  const faults: Diagnostic[][] = sentences.map(() => [])
  for (const { definition, span } of compiled.definitions) read[placeOf(span.start)]?.push(definition)
  for (const { rule, span } of compiled.rules) read[placeOf(span.start)]?.push(rule)
  for (const diagnostic of compiled.diagnostics) faults[placeOf(diagnostic.span.start)]?.push(diagnostic)
  return sentences.map((sentence, i) => {
    const [only, ...more] = read[i] ?? []
    const same = only !== undefined && more.length === 0 && isDeepStrictEqual(only, statements[i])
    const readAs = same || read[i]?.length === 0 ? null : (read[i] ?? []).map(printStatement).join(' ')
    return { text: sentence, same, diagnostics: faults[i] ?? [], readAs }
  })
}
