import type { AddCommand } from './command.ts'
import { Fault } from './fault.ts'
import {
  addVerbs,
  at,
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
  ['--tools <list>', 'its tools and the scope each takes, such as pay=invoices:pay,list=invoices:read'],
  ['--agents <list>', 'the only agents it lets in; none for those with a relation alone'],
  ['--endpoint <url>', 'where it listens'],
  ['--aliases <list>', 'other names tokens are asked for by'],
] as const

function toolsFrom(value: unknown): unknown {
  return listFrom(value)?.map(pair => {
    const [name = '', scope] = pair.split('=')
    if (scope === undefined) throw new Fault(`--tools: \`${pair}\` names no scope; expected tool=scope`)
    return { name, scope }
  })
}

const members = (options: Options) => ({
  tools: toolsFrom(options.tools),
  allowed_agents: listFrom(options.agents),
  endpoint_url: options.endpoint,
  audience_aliases: listFrom(options.aliases),
})

const shown = (server: Shown): string =>
  lines({
    server: `${server.slug} (${server.name})`,
    id: server.id,
    status: server.status,
    resource: server.resource_uri,
    aliases: server.audience_aliases,
    endpoint: server.endpoint_url,
    scopes: server.scopes_supported,
    agents: server.allowed_agents === null ? 'any' : server.allowed_agents,
  })

const VERBS: readonly Verb[] = [
  {
    name: 'create',
    about: 'register an MCP server',
    takes: '<name>',
    options: [
      ...MEMBERS,
      ['--resource <uri>', 'what its tokens are for: https://… or urn:mcp:…'],
      ['--slug <slug>', 'its name in paths'],
    ],
    sent: (name, options) => ({
      method: 'POST',
      path: '',
      body: said({ name, ...members(options), resource_uri: options.resource, slug: options.slug }),
    }),
    print: shown,
  },
  {
    name: 'list',
    about: 'list MCP servers',
    options: LIST_OPTIONS.slice(1),
    sent: (_, options) => ({ method: 'GET', path: queryOf(options, ['page', 'limit']) }),
    print: (_, whole) => table(rowsOf(whole), ['slug', 'status', 'resource_uri']),
  },
  {
    name: 'show',
    about: 'show one MCP server',
    takes: '<server>',
    sent: server => ({ method: 'GET', path: at(server) }),
    print: shown,
  },
  {
    name: 'update',
    about: 'change what is said and leave the rest; the next decision knows of it',
    takes: '<server>',
    options: [...MEMBERS, ['--status <status>', 'active or inactive']],
    sent: (server, options) => ({
      method: 'PATCH',
      path: at(server),
      body: said({ ...members(options), status: options.status }),
    }),
    print: shown,
  },
]

export const mcpCommand: AddCommand = program =>
  addVerbs(program, 'mcp', 'manage MCP servers that agents get tokens for', 'mcp/servers', VERBS)
