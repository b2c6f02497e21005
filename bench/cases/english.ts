import { type BenchRule, TYPES } from './rules.ts'

/** The rules as our language says them. */
export const englishOf = (rules: readonly BenchRule[]): string => rules.map(sentence).join('\n')

function sentence(rule: BenchRule): string {
  const can = rule.effect === 'permit' ? 'can' : 'cannot'
  const link = { none: '', team: ' shared with their team', owner: ' owned by them' }[rule.link]
  return `${subject(rule)} ${can} ${rule.action} ${plural(rule.type)}${link}${rule.weekdays ? ', weekdays only' : ''}.`
}

function subject({ subject }: BenchRule): string {
  switch (subject.kind) {
    case 'type':
      return `${subject.type.charAt(0).toUpperCase()}${subject.type.slice(1)}s`
    case 'named':
      return `user:${subject.user}`
    case 'team':
      return `Members of team:${subject.team}`
    case 'contractors':
      return 'Contractors'
  }
}

const plural = (type: string): string => `${type}s`

/** The OpenFGA model the rules speak of. */
export const MODEL = `model
  schema 1.1

type user

type agent

type service

type org
  relations
    define contractor: [user]

type team
  relations
    define member: [user]
${TYPES.map(
  type => `
type ${type}
  relations
    define owner: [user]
    define shared_with: [team]
`,
).join('')}`
