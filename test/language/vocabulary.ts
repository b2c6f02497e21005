import { compileText } from '../../src/language/compile.ts'
import {
  emptyVocabulary,
  type ModelOutline,
  type RelationOutline,
  type Vocabulary,
} from '../../src/policy/vocabulary.ts'

/** A relation that tuples may give to `user`, `team#member` and the like. */
function relation(name: string, ...takes: readonly string[]): RelationOutline {
  const assignable = takes.map(text => {
    const [type = '', set] = text.split('#')
    return { type: type.replace(':*', ''), relation: set ?? null, wildcard: text.endsWith(':*') }
  })
  return {
    name,
    assignable,
    holders: [...new Set(takes.map(text => (text.includes('#') ? 'user' : text.replace(':*', ''))))],
  }
}

const computed = (name: string): RelationOutline => ({ name, assignable: [], holders: ['user'] })

export const MODEL: ModelOutline = {
  types: [
    { name: 'user', relations: [] },
    { name: 'agent', relations: [relation('owner', 'user'), relation('supervisor', 'user')] },
    { name: 'service', relations: [] },
    { name: 'team', relations: [relation('member', 'user', 'agent'), relation('lead', 'user')] },
    {
      name: 'org',
      relations: [
        relation('member', 'user'),
        relation('admin', 'user'),
        relation('approver', 'user'),
        relation('editor', 'user'),
      ],
    },
    { name: 'squad', relations: [relation('player', 'user')] },
    { name: 'crew', relations: [relation('mate', 'user'), relation('captain', 'user')] },
    {
      name: 'document',
      relations: [
        relation('shared_with', 'user', 'team#member'),
        relation('owner', 'user'),
        relation('editor', 'user'),
        relation('viewer', 'user:*'),
        relation('assignee', 'user'),
        relation('manager', 'user'),
        relation('org', 'org'),
        relation('team', 'team'),
        computed('can_view'),
      ],
    },
    {
      name: 'folder',
      relations: [
        relation('shared_with', 'user', 'team#member'),
        relation('viewer', 'user'),
        relation('parent', 'org'),
      ],
    },
    { name: 'article', relations: [] },
    { name: 'person', relations: [] },
    { name: 'policy', relations: [] },
    { name: 'pull_request', relations: [relation('reviewer', 'user')] },
  ],
}

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
