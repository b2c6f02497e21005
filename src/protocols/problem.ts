import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** What is wrong with a body or query, in one line: every place and what was expected there. */
export function problemOf(error: z.ZodError): string {
  const lines = error.issues.slice(0, 10).map(issue => lineOf(issue, []))
  return lines.join('; ')
}

function lineOf(issue: Issue, above: readonly PropertyKey[]): string {
  const path = [...above, ...issue.path]
  const told = issue.code === 'invalid_union' ? insteadOf(issue.errors, path) : null
  if (typeof told?.inside === 'string') return told.inside
  const message = told?.here ?? issue.message
  const what = message.charAt(0).toLowerCase() + message.slice(1)
  const where = path.map(String).join('.')
  return where === '' ? what : `\`${where}\`: ${what}`
}

/** Of what may stand in one place: the fault inside the one that was meant, or the kinds there are. */
function insteadOf(ways: readonly (readonly Issue[])[], path: readonly PropertyKey[]) {
  const meant = ways.find(([issue]) => issue !== undefined && issue.path.length > 0)?.[0]
  if (meant !== undefined) return { inside: lineOf(meant, path), here: null }
  const kinds = new Set(ways.flatMap(way => way.flatMap(issue => ('expected' in issue ? [issue.expected] : []))))
  return { inside: null, here: kinds.size === 0 ? null : `expected ${[...kinds].join(' or ')}` }
}
