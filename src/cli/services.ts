import type { AddCommand } from './command.ts'
import {
  addVerbs,
  at,
  LIST_OPTIONS,
  lines,
  listFrom,
  numberFrom,
  queryOf,
  rowsOf,
  type Shown,
  said,
  secretLines,
  table,
  type Verb,
} from './registry.ts'

const shown = (service: Shown): string =>
  lines({
    service: `${service.slug} (${service.name})`,
    id: service.id,
    status: service.status,
    capabilities: service.capabilities,
    lifetime: `${service.tokenLifetime} s`,
  }) + secretLines(service)

const VERBS: readonly Verb[] = [
  {
    name: 'create',
    about: 'register a program that is no agent; its secret or API key is printed this once',
    takes: '<name>',
    options: [
      ['--capabilities <list>', 'scopes it may be given'],
      ['--identity <type>', 'client_credentials or api_key'],
      ['--slug <slug>', 'its name in subjects, made from its name otherwise'],
    ],
    sent: (name, { capabilities, identity, slug }) => ({
      method: 'POST',
      path: '',
      body: said({ name, slug, capabilities: listFrom(capabilities), identityType: identity }),
    }),
    print: shown,
  },
  {
    name: 'list',
    about: 'list services',
    options: LIST_OPTIONS,
    sent: (_, options) => ({ method: 'GET', path: queryOf(options, ['search', 'page', 'limit']) }),
    print: (_, whole) => table(rowsOf(whole), ['slug', 'status', 'name']),
  },
  {
    name: 'show',
    about: 'show one service',
    takes: '<service>',
    sent: service => ({ method: 'GET', path: at(service) }),
    print: shown,
  },
  {
    name: 'rotate',
    about: 'give a service a new secret; it is printed this once',
    takes: '<service>',
    options: [['--overlap <seconds>', 'how long the one before still counts']],
    sent: (service, { overlap }) => ({
      method: 'POST',
      path: at(service, '/rotate-secret'),
      body: said({ overlap_seconds: numberFrom(overlap, '--overlap') }),
    }),
    print: credential => `new ${credential.kind}: ${credential.id}${secretLines(credential)}`,
  },
  ...(['enable', 'disable'] as const).map(
    (name): Verb => ({
      name,
      about: name === 'enable' ? 'let a service work again' : 'switch a service off; its tokens end',
      takes: '<service>',
      sent: service => ({ method: 'POST', path: at(service, `/${name}`), body: {} }),
      print: service => `${service.slug} is ${service.status}`,
    }),
  ),
]

export const servicesCommand: AddCommand = program =>
  addVerbs(program, 'services', 'manage programs that are no agents', 'clients', VERBS)
