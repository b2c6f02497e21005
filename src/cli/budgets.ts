import type { AddCommand } from './command.ts'
import {
  addVerbs,
  at,
  jsonFrom,
  lines,
  numberFrom,
  type Options,
  rowsOf,
  type Shown,
  said,
  table,
  type Verb,
} from './registry.ts'

const windows = ({ windows: all }: Shown): string =>
  table(Array.isArray(all) ? (all as readonly Shown[]) : [], [
    'of',
    'meter',
    'window',
    'used',
    'reserved',
    'limit',
    'resets_at',
  ])

const shown = (budget: Shown): string =>
  `${lines({ budget: budget.name, state: budget.state, policy: JSON.stringify(budget.policy) })}\n${windows(budget)}`

const AMOUNT = [
  ['--meter <meter>', 'tokens, api_calls, tool_calls or cost'],
  ['--amount <number>', 'how much, in whole units'],
  ['--usd <dollars>', 'how much, of cost'],
  ['--reason <text>', 'why, for the audit'],
] as const

const takes = '<name>'
const policyOption = [['--policy <json>', 'the budget policy']] as const
const message = (_: Shown, { message: text }: { readonly message?: string | undefined }): string => text ?? 'done'

const giving = (options: Options) =>
  said({
    meter: options.meter,
    amount: numberFrom(options.amount, '--amount'),
    amount_usd: options.usd,
    reason: options.reason,
  })

/** The same verbs for budgets that are shared and for those of agents. */
const verbs = (whose: '' | '-agent', path: (name: string, more?: string) => string): readonly Verb[] => [
  {
    name: whose === '' ? 'show' : 'agent',
    about: whose === '' ? 'the budget of the org (`org`) or of a team (`team:eng`)' : 'the budget of an agent',
    takes,
    sent: name => ({ method: 'GET', path: path(name) }),
    print: shown,
  },
  {
    name: `set${whose}`,
    about: 'replace the budget policy',
    takes,
    options: policyOption,
    sent: (name, options) => ({
      method: 'PUT',
      path: path(name),
      body: (jsonFrom(options.policy, '--policy') ?? {}) as Record<string, unknown>,
    }),
    print: shown,
  },
  {
    name: `reset${whose}`,
    about: 'begin the windows there are anew',
    takes,
    options: AMOUNT.filter(([flags]) => flags.startsWith('--meter') || flags.startsWith('--reason')),
    sent: (name, { meter, reason }) => ({ method: 'POST', path: path(name, '/reset'), body: said({ meter, reason }) }),
    print: message,
  },
  {
    name: `topup${whose}`,
    about: 'take so much of what was used back',
    takes,
    options: AMOUNT,
    sent: (name, options) => ({ method: 'POST', path: path(name, '/topup'), body: giving(options) }),
    print: message,
  },
]

/** `lumoauth budgets …`: what agents, teams and the org may spend, and have spent. */
export const budgets: AddCommand = program =>
  addVerbs(program, 'budgets', 'what agents, teams and the org may spend', '', [
    {
      name: 'list',
      about: 'the budgets of the org and of teams',
      sent: () => ({ method: 'GET', path: 'budgets' }),
      print: (_, whole) => rowsOf(whole).map(shown).join('\n\n') || 'no budget is shared',
    },
    {
      name: 'remove',
      about: 'remove the budget of the org or of a team',
      takes,
      sent: name => ({ method: 'DELETE', path: `budgets${at(name)}` }),
      print: message,
    },
    ...verbs('', (name, more) => `budgets${at(name, more)}`),
    ...verbs('-agent', (name, more) => `agents${at(name, `/budget${more ?? ''}`)}`),
  ])
