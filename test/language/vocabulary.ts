import { compileText } from '../../src/language/compile.ts'
import { emptyVocabulary, type Vocabulary } from '../../src/policy/vocabulary.ts'
import { outlineOf, parseModel } from '../../src/relations/model.ts'
import { DSL } from './model.ts'

const parsed = parseModel(DSL)
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))

export const GRAPH_MODEL = parsed.model
export const MODEL = outlineOf(parsed.model)

export const DEFINITIONS = `
Docs are documents.
A payment has an amount in USD, a status of draft, approved or released, a due date as a date and a payee as text.
A document has a classification of public, internal or secret, an owner_count as a number, tags as a list and an archived as yes or no.
A user has a department as text, a clearance as a number and an employment of contract, permanent or temporary.
The corporate network is 10.0.0.0/8 and 192.0.2.0/24.
The Berlin office is 203.0.113.0/24.
Business hours are 9am to 5pm on weekdays in Europe/Berlin.
Night shift is 10pm to 6am.
Salaries are resources.
Data is a resource.
Contractors are users whose employment is contract.
Research Bot is agent:research-bot.
Deploy Bot is agent:deploy.
`

/** The vocabulary of the tests, with nothing wrong in it. */
export function testVocabulary(): Vocabulary {
  const { vocabulary, diagnostics } = compileText(DEFINITIONS, emptyVocabulary(MODEL, 'Europe/Berlin'))
  if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics, null, 2))
  return vocabulary
}
