/** A form of the language, as a model is taught it: what it means and sentences that have it. */
export interface Form {
  readonly means: string
  readonly examples: readonly string[]
}

export const RULE_FORMS: readonly Form[] = [
  { means: 'permits', examples: ['Users can view documents.', 'Alice can view and edit documents.'] },
  {
    means: 'forbids, whatever else permits',
    examples: ['Contractors cannot view salaries.', 'No agents can delete documents.'],
  },
  {
    means: 'permits those and forbids everyone else',
    examples: ['Only approvers in the finance org can release payments over $10k.'],
  },
  {
    means: 'forbids everyone except where the condition holds',
    examples: ['Nobody can delete documents unless they are admins of the org.'],
  },
  {
    means: 'asks for the yes of somebody each time',
    examples: ['Agents need approval from their owner to delete documents.'],
  },
  {
    means: 'who: a type, anyone, a named one, holders of a relation, a defined group, those an attribute describes',
    examples: [
      'Anyone can view documents.',
      'Users and agents can view documents.',
      'user:alice can view documents.',
      'Members of team:eng can edit documents.',
      'Owners of the document can edit documents.',
      'Users in team:eng can view documents.',
      'Users whose department is "sales" can view documents.',
    ],
  },
  {
    means: 'what: a type, a named one, what an attribute or a relation describes',
    examples: [
      'Users can do anything to documents they own.',
      'Users can edit documents shared with their team.',
      'Users can view documents in their org or assigned to them.',
      'Users can view public documents.',
      'Users can release draft payments under $500.',
      'Users can release payments whose status is one of draft or approved and whose amount is at most $1,000.',
      'Users can view documents whose tags contain "press".',
      'Users can view document:1 and the finance org.',
      'Users can edit documents with them as editor.',
    ],
  },
  {
    means: 'when and where; clauses in a row must all hold',
    examples: [
      'Users can view documents on weekdays.',
      'Users can view documents, weekdays only, from the corporate network.',
      'Users can view documents on Mondays and Fridays between 9am and 5:30pm in Europe/Berlin.',
      'Users can view documents during business hours.',
      'Users can view documents outside business hours unless from 10.0.0.0/8.',
      'Users can view documents from 2026-01-01 to 2026-12-31.',
      "Users can release payments if the payment's status is approved and its amount is over $500.",
      "Users can view documents if their department is the document's department.",
      'Users can view documents if the request\'s channel is "mobile".',
      'Users can view documents if they are a member of team:oncall.',
    ],
  },
  {
    means: '`and` and `or` together need `either … or …`, `both … and …` or brackets',
    examples: [
      'Users can view documents if either on weekdays or from the corporate network and during business hours.',
      'Users can view documents if (on weekdays or from 10.0.0.0/8) and not (during business hours and on Mondays).',
    ],
  },
]

/** What defines a word. A name of several words in an attribute is joined by underscores where a rule uses it. */
export const DEFINITION_FORMS: readonly Form[] = [
  { means: 'another word for a type', examples: ['Docs are documents.'] },
  { means: 'a new type of thing', examples: ['Invoices are resources.'] },
  {
    means: 'attributes, with what they hold',
    examples: [
      'A payment has an amount in USD, a status of draft, approved or released, and a due date as a date.',
      'A document has tags as a list and an archived as yes or no.',
      'A user has a department as text, a clearance as a number and an employment of contract or permanent.',
    ],
  },
  { means: 'a network, only with addresses the author wrote', examples: ['The corporate network is 10.0.0.0/8.'] },
  { means: 'hours', examples: ['Business hours are 9am to 5pm on weekdays in Europe/Berlin.'] },
  { means: 'a name of one', examples: ['Research Bot is agent:research-bot.'] },
  { means: 'a group', examples: ['Contractors are users whose employment is contract.'] },
]
