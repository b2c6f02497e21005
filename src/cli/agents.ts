import { readFileSync } from 'node:fs'
import type { AddCommand } from './command.ts'
import { Fault, messageOf } from './fault.ts'
import {
  addVerbs,
  at,
  jsonFrom,
  LIST_OPTIONS,
  lines,
  listFrom,
  numberFrom,
  type Options,
  queryOf,
  rowsOf,
  type Shown,
  said,
  secretLines,
  table,
  type Verb,
} from './registry.ts'

const MEMBERS = [
  ['--description <text>', 'what it does'],
  ['--owner <entity>', 'a user or a team, such as user:ann'],
  ['--capabilities <list>', 'what it may be given, such as read:documents,tool:search_web'],
  ['--tools <list>', 'the only tools it may use'],
  ['--ips <list>', 'the only addresses and blocks it may call from'],
  ['--lifetime <seconds>', 'how long its tokens live'],
  ['--budget <json>', 'its budget policy'],
] as const

const members = (options: Options) => ({
  description: options.description,
  owner: options.owner,
  capabilities: listFrom(options.capabilities),
  allowedTools: listFrom(options.tools),
  allowedIps: listFrom(options.ips),
  tokenLifetime: numberFrom(options.lifetime, '--lifetime'),
  budget_policy: jsonFrom(options.budget, '--budget'),
})

function keysFrom(path: unknown): unknown {
  if (path === undefined) return undefined
  try {
    return jsonFrom(readFileSync(String(path), 'utf8'), '--jwks')
  } catch (error) {
    throw error instanceof Fault ? error : new Fault(`--jwks: ${messageOf(error)}`)
  }
}

const shown = (agent: Shown): string =>
  lines({
    agent: `${agent.slug} (${agent.name})`,
    id: agent.id,
    status: agent.statusReason == null ? agent.status : `${agent.status}: ${agent.statusReason}`,
    type: agent.type,
    proves: agent.identityType,
    owner: agent.owner,
    capabilities: agent.capabilities,
    requested: agent.requested_capabilities,
    tools: agent.allowedTools,
    addresses: agent.allowedIps,
    budget: agent.budget_policy,
    lifetime: `${agent.tokenLifetime} s`,
  }) + secretLines(agent)

const REASON = [['--reason <text>', 'why, kept in its history']] as const

const move = (name: string, about: string): Verb => ({
  name,
  about,
  takes: '<agent>',
  options: REASON,
  sent: (agent, { reason }) => ({ method: 'POST', path: at(agent, `/${name}`), body: said({ reason }) }),
  print: agent => `${agent.slug} is ${agent.status}`,
})

const VERBS: readonly Verb[] = [
  {
    name: 'create',
    about: 'register an agent; its secret or API key is printed this once',
    takes: '<name>',
    options: [
      ...MEMBERS,
      ['--slug <slug>', 'its name in subjects, made from its name otherwise'],
      ['--type <type>', 'ai_assistant, service, bot or integration'],
      ['--identity <type>', 'client_credentials, private_key_jwt, workload, api_key or aauth'],
      ['--jwks <file>', 'its public keys'],
      ['--blueprint <blueprint>', 'what it is made from'],
    ],
    sent: (name, options) => ({
      method: 'POST',
      path: '',
      body: said({
        name,
        ...members(options),
        slug: options.slug,
        type: options.type,
        identityType: options.identity,
        jwks: keysFrom(options.jwks),
        blueprint: options.blueprint,
      }),
    }),
    print: shown,
  },
  {
    name: 'list',
    about: 'list agents',
    options: [
      ...LIST_OPTIONS,
      ['--status <status>', 'those with this status'],
      ['--owner <entity>', 'those of this owner'],
    ],
    sent: (_, options) => ({
      method: 'GET',
      path: queryOf(options, ['search', 'status', 'owner', 'page', 'limit']),
    }),
    print: (_, whole) => table(rowsOf(whole), ['slug', 'status', 'identityType', 'owner', 'name']),
  },
  {
    name: 'show',
    about: 'show one agent',
    takes: '<agent>',
    sent: agent => ({ method: 'GET', path: at(agent) }),
    print: shown,
  },
  {
    name: 'update',
    about: 'change what is said and leave the rest',
    takes: '<agent>',
    options: [...MEMBERS, ['--name <name>', 'another name; the slug stays']],
    sent: (agent, options) => ({
      method: 'PATCH',
      path: at(agent),
      body: said({ ...members(options), name: options.name }),
    }),
    print: shown,
  },
  move('suspend', 'suspend an agent until it is resumed; its tokens end'),
  move('resume', 'let a suspended agent work again'),
  move('revoke', 'end an agent for good; its tokens end'),
  {
    name: 'rotate',
    about: 'give an agent a new secret, API key or keys; it is printed this once',
    takes: '<agent>',
    options: [
      ['--overlap <seconds>', 'how long the one before still counts'],
      ['--jwks <file>', 'its new public keys'],
    ],
    sent: (agent, options) => ({
      method: 'POST',
      path: at(agent, '/rotate-credentials'),
      body: said({ overlap_seconds: numberFrom(options.overlap, '--overlap'), jwks: keysFrom(options.jwks) }),
    }),
    print: credential => `new ${credential.kind}: ${credential.id}${secretLines(credential)}`,
  },
  {
    name: 'capabilities',
    about: 'show what an agent may be given, or replace the list with --set',
    takes: '<agent>',
    options: [['--set <list>', 'the whole list; none for an empty one']],
    sent: (agent, options) =>
      options.set === undefined
        ? { method: 'GET', path: at(agent, '/capabilities') }
        : { method: 'PUT', path: at(agent, '/capabilities'), body: { capabilities: listFrom(options.set) } },
    print: ({ capabilities, requested }) => lines({ capabilities, requested }) || 'none',
  },
  {
    name: 'history',
    about: 'show who did what to an agent',
    takes: '<agent>',
    sent: agent => ({ method: 'GET', path: at(agent, '/history?limit=100') }),
    print: (_, whole) => table(rowsOf(whole), ['at', 'by', 'what']),
  },
  {
    name: 'delete',
    about: 'revoke an agent and forget all but its name',
    takes: '<agent>',
    sent: agent => ({ method: 'DELETE', path: at(agent) }),
    print: (_, { message }) => message ?? 'deleted',
  },
]

export const agentsCommand: AddCommand = program =>
  addVerbs(program, 'agents', 'manage agents of an org: register, suspend, rotate, revoke', 'agents', VERBS)
