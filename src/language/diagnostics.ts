import type { Diagnostic } from '../policy/diagnostic.ts'

/** Columns shown of a long line, so that the caret stays in sight. */
const WIDTH = 160

/**
 * `file:line:column: error: message`, the line it stands in with a caret below, and what was expected and probably
 * meant. Ends without a line break.
 */
export function renderDiagnostic(diagnostic: Diagnostic, source: string): string {
  const { file, span, severity, message, expected, suggestion } = diagnostic
  const begin = span.start - (span.column - 1)
  const stop = source.indexOf('\n', begin)
  const line = source.slice(begin, stop < 0 ? undefined : stop).replace(/\r$/, '')
  const from = span.column > WIDTH - 20 ? span.column - 40 : 0
  const shown = line.slice(from, from + WIDTH)
  const lead = shown.slice(0, Math.max(0, span.column - 1 - from)).replace(/[^\t]/g, ' ')
  const length = Math.max(1, Math.min(span.end - span.start, shown.length - lead.length))
  const out = [
    `${file}:${span.line}:${span.column}: ${severity}: ${message}`,
    `  ${shown}`,
    `  ${lead}${'^'.repeat(length)}`,
  ]
  const [only, ...more] = expected
  if (diagnostic.code === 'ambiguous' && more.length > 0)
    out.push('  readings:', ...expected.map(reading => `    ${reading}`))
  else if (only !== undefined) out.push(`  expected: ${[only, ...more].join('; ')}`)
  if (suggestion !== null) out.push(`  suggestion: ${suggestion}`)
  return out.join('\n')
}

/** All of a text's diagnostics, a blank line between. */
export const renderDiagnostics = (diagnostics: readonly Diagnostic[], source: string): string =>
  diagnostics.map(diagnostic => renderDiagnostic(diagnostic, source)).join('\n\n')
