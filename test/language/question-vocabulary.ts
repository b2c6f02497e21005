import { compileText } from '../../src/language/compile.ts'
import type { Vocabulary } from '../../src/policy/vocabulary.ts'
import { testVocabulary } from './vocabulary.ts'

const MORE = `
Emails are resources.
Reports are resources.
Tools are resources.
An email has a recipient as text.
A report has an archived as yes or no and a score as a number.
`

/** The vocabulary of the tests, and what their questions speak of besides. */
export function questionVocabulary(): Vocabulary {
  const { vocabulary, diagnostics } = compileText(MORE, testVocabulary())
  if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics, null, 2))
  return vocabulary
}

/** A Wednesday, 10:00:30 by the clocks of Berlin. */
export const NOW = Date.parse('2026-03-04T09:00:30Z')
export const ZONE = 'Europe/Berlin'
export const ASKER = { type: 'user', id: 'dana' }
