/** A policy as a large company might have it: definitions, then rules of many shapes, all different. */

export const MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type org
  relations
    define approver: [user]
    define auditor: [user]
type team
  relations
    define member: [user]
type document
  relations
    define owner: [user]
    define editor: [user, team#member]
    define shared_with: [team]
type payment
  relations
    define owner: [user]
`

const DEFINITIONS = [
  'A payment has an amount in USD, a status of draft, approved or released, and a due date as a date.',
  'A document has a classification of public, internal or secret, a region as text and a size as a number.',
  'A user has a department as text, a clearance as a number and an employment of contract or permanent.',
  'The corporate network is 10.0.0.0/8 and 192.0.2.0/24.',
  'Business hours are 9am to 5pm on weekdays in Europe/Berlin.',
  'Contractors are users whose employment is contract.',
]

const SHAPES: readonly ((n: number) => string)[] = [
  n => `User:u${n} can view documents shared with their team`,
  n => `Users whose department is "d${n}" can edit documents they own`,
  n => `Members of team:t${n} can view internal documents on weekdays`,
  n => `Contractors cannot export documents whose region is "r${n}"`,
  n => `Only approvers in the finance org can release payments over $${1_000 + n}`,
  n => `Users can view documents whose size is at most ${n} during business hours`,
  n => `Nobody can delete document:d${n} unless they are a member of team:t${n % 97}`,
  n => `Agents need approval from their owner to archive document:a${n}`,
  n => `Users in team:t${n} can release draft payments under $${500 + n} from the corporate network`,
  n => `Users can sign documents between 9am and 5pm if the request's channel is "c${n}"`,
  n => `Auditors can read payments whose status is one of draft or approved and whose amount is over $${n + 1}`,
  n =>
    `Owners of the document can share documents if their clearance is over ${n} and the document's classification is secret`,
  n => `Users whose clearance is at least ${n} can print secret documents on Mondays and Fridays`,
  n => `User:v${n} can do anything to documents owned by them until 31 December 2030`,
]

export const SHAPE_COUNT = SHAPES.length

/** Sentences of `count` rules and one in their middle that `edition` changes. */
export function buildPolicy(count: number, edition = 0): string {
  const lines = [...DEFINITIONS]
  for (let n = 0; n < count; n += 1) {
    const shape = SHAPES[n % SHAPES.length] as (n: number) => string
    lines.push(n === count >> 1 ? edited(edition) : `${shape(n)}.`)
  }
  return `${lines.join('\n')}\n`
}

const edited = (edition: number): string => `User:edited can open document:e${edition}.`

/** What only that edition of the edited rule allows. */
export const editedRequest = (edition: number) => ({
  subject: { type: 'user', id: 'edited' },
  actors: [],
  action: 'open',
  resource: { type: 'document', id: `e${edition}` },
  context: {},
})
