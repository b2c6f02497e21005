import type { Diagnostic } from '../policy/diagnostic.ts'
import type { Sources } from './sources.ts'

/** Diagnostics as their author reads them: where, what, the line with a caret, what was expected and probably meant. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], sources: Sources): string {
  return diagnostics.map(d => rendered(d, sources)).join('\n')
}

function rendered(diagnostic: Diagnostic, sources: Sources): string {
  const { file, span, severity, message, expected, suggestion } = sources.place(diagnostic)
  const lines = [
    `${file}:${span.line}:${span.column}: ${severity}: ${message}`,
    ...pointed(sources.lineAt(diagnostic.span.line), span.column, span.end - span.start),
  ]
  if (expected.length > 0) lines.push(`  expected: ${expected.join(', ')}`)
  if (suggestion !== null) lines.push(`  perhaps: ${suggestion.replaceAll('\n', '\n           ')}`)
  return `${lines.join('\n')}\n`
}

/** Characters of a line shown to either side of its fault. */
const MARGIN = 80

/** The line and the carets under it; a very long line is cut to the neighbourhood of its fault. */
export function pointed(line: string, column: number, length: number): readonly string[] {
  const from = Math.max(0, column - 1 - MARGIN)
  const shown = line.slice(from, column - 1 + MARGIN).replaceAll(/[^\P{Cc}\t]/gu, '·')
  const before = shown.slice(0, column - 1 - from)
  const width = Math.max(1, Math.min(length, shown.length - before.length))
  return [`  ${shown}`, `  ${before.replaceAll(/[^\t]/g, ' ')}${'^'.repeat(width)}`]
}
