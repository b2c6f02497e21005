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
      'Users with MFA enabled can view documents.',
      'Users in Germany or France can view documents.',
      'Users except contractors can view documents.',
      "Managers of the document's owner can view documents.",
      'Agents acting for users in team:eng can view documents.',
      'Research Bot on behalf of Alice can view documents.',
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
      'Users can view documents larger than 5 MB.',
      'Users can view documents older than 90 days.',
      'Users can view all documents except document:1.',
      'Users can view documents in a folder owned by their manager.',
    ],
  },
  {
    means: 'when and where; clauses in a row must all hold',
    examples: [
      'Users can view documents on weekdays.',
      'Users can view documents, weekdays only, from the corporate network.',
      'Users can view documents on Mondays and Fridays between 9am and 5:30pm in Europe/Berlin.',
      'Users can view documents during business hours.',
      'Users can view documents unless on public holidays.',
      'Users can view documents outside business hours unless from 10.0.0.0/8.',
      'Users can view documents from 2026-01-01 to 2026-12-31.',
      "Users can release payments if the payment's status is approved and its amount is over $500.",
      "Users can view documents if their department is the document's department.",
      'Users can view documents if the request\'s channel is "mobile".',
      'Users can view documents if they are a member of team:oncall.',
    ],
  },
  {
    means: 'where from, how and when somebody signed in, on which device; since when',
    examples: [
      'Users can view documents from Germany or the EU.',
      'Nobody can view documents from countries outside the US and EU.',
      'Users can view documents if they signed in with a passkey.',
      'Users can view documents if they signed in within the last 15 minutes.',
      'Users can view documents from a managed device.',
      'Users can view documents for 90 days after they joined.',
    ],
  },
  {
    means: 'how much and how often: limits within a time',
    examples: [
      'Users can release payments up to $5,000 per month.',
      'Users can view documents at most 500 times per hour.',
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
  { means: 'named days', examples: ['Public holidays are 1 January and 25 December.'] },
  { means: 'a region', examples: ['The home region is Germany and France.'] },
  {
    means: 'attributes that hold a time, a country or a count of something',
    examples: [
      'A user has a joined_at as an instant, a country as a country and an mfa enabled as yes or no.',
      'A document has a size in bytes and a created_at as an instant.',
    ],
  },
  { means: 'a name of one', examples: ['Research Bot is agent:research-bot.'] },
  {
    means: 'a group, by what describes its members or by their names',
    examples: ['Contractors are users whose employment is contract.', 'The support staff are user:alice and user:bob.'],
  },
  {
    means: 'what a verb stands for, itself included',
    examples: ['To manage a document means to view, edit and delete it.'],
  },
  { means: 'a role whose holders count as holding another', examples: ['Admins are also editors.'] },
]
