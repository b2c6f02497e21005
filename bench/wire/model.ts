import { TYPES } from '../cases/rules.ts'

const TEAM_AND_DOCUMENT = (more: string): string => `
type user

type team
  relations
    define member: [user, team#member]

type document
  relations
    define owner: [user]
    define shared_with: [team]
${more}`

/** For OpenFGA: the rules are part of the model. */
export const FGA_MODEL = `model
  schema 1.1
${TEAM_AND_DOCUMENT(`    define view: owner or member from shared_with
    define delete: owner
`)}`

/** For SpiceDB: the same in its language. */
export const SPICE_SCHEMA = `
definition user {}

definition team {
  relation member: user | team#member
}

definition document {
  relation owner: user
  relation shared_with: team
  permission view = owner + shared_with->member
  permission delete = owner
}
`

/** For ours: relations in the model, rules in English, as one would have them. The other types are those of other rules. */
export const OUR_MODEL = `model
  schema 1.1

type agent

type service

type org
  relations
    define contractor: [user]
${TEAM_AND_DOCUMENT('')}${TYPES.filter(type => type !== 'document')
  .map(
    type => `
type ${type}
  relations
    define owner: [user]
    define shared_with: [team]
`,
  )
  .join('')}`
