import type { z } from 'zod'

/** What is wrong with a body or query, in one line: every place and what was expected there. */
export function problemOf(error: z.ZodError): string {
  const lines = error.issues.slice(0, 10).map(issue => {
    const where = issue.path.map(String).join('.')
    const what = issue.message.charAt(0).toLowerCase() + issue.message.slice(1)
    return where === '' ? what : `\`${where}\`: ${what}`
  })
  return lines.join('; ')
}
