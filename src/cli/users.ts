import type { AddCommand } from './command.ts'
import {
  addVerbs,
  at,
  jsonFrom,
  LIST_OPTIONS,
  lines,
  listFrom,
  type Options,
  queryOf,
  rowsOf,
  type Shown,
  said,
  table,
  type Verb,
} from './registry.ts'

const MEMBERS = [
  ['--email <address>', 'their address'],
  ['--name <name>', 'what they are called'],
  ['--groups <list>', 'the groups they are in; none for no group'],
  ['--attributes <json>', 'facts for rules, such as \'{"department": "finance"}\'; null removes one'],
  ['--status <status>', 'active, inactive or suspended'],
] as const

const members = (options: Options) =>
  said({
    email: options.email,
    name: options.name,
    groups: listFrom(options.groups),
    attributes: jsonFrom(options.attributes, '--attributes'),
    status: options.status,
  })

const shown = ({ id, email, name, groups, attributes, status }: Shown): string =>
  lines({ user: id, email, name, status, groups, attributes })

const VERBS: readonly Verb[] = [
  {
    name: 'create',
    about: 'register a person',
    takes: '<id>',
    options: MEMBERS,
    sent: (id, options) => ({ method: 'POST', path: '', body: { id, ...members(options) } }),
    print: shown,
  },
  {
    name: 'list',
    about: 'list users',
    options: [
      ...LIST_OPTIONS,
      ['--group <group>', 'those in this group'],
      ['--status <status>', 'those with this status'],
    ],
    sent: (_, options) => ({ method: 'GET', path: queryOf(options, ['search', 'group', 'status', 'page', 'limit']) }),
    print: (_, whole) => table(rowsOf(whole), ['id', 'status', 'email', 'groups']),
  },
  { name: 'show', about: 'show one user', takes: '<id>', sent: id => ({ method: 'GET', path: at(id) }), print: shown },
  {
    name: 'update',
    about: 'change what is said and leave the rest; the next check knows of it',
    takes: '<id>',
    options: MEMBERS,
    sent: (id, options) => ({ method: 'PATCH', path: at(id), body: members(options) }),
    print: shown,
  },
]

export const usersCommand: AddCommand = program =>
  addVerbs(program, 'users', 'manage users of an org, and the facts rules ask about them', 'users', VERBS)
