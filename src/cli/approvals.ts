import type { AddCommand } from './command.ts'
import {
  addVerbs,
  lines,
  numberFrom,
  type Options,
  queryOf,
  rowsOf,
  type Shown,
  said,
  table,
  type Verb,
  type Whole,
} from './registry.ts'

const row = (one: Shown): Shown => ({
  ...one,
  by: textOf(one.agent, 'slug'),
  for: one.on_behalf_of,
  what: (Array.isArray(one.actions) ? (one.actions as readonly Shown[]) : []).map(a => `${a.action} ${a.resource}`),
})

const textOf = (value: unknown, member: string): string =>
  value !== null && typeof value === 'object' ? String((value as Shown)[member] ?? '') : ''

function shown(one: Shown): string {
  const { by, what } = row(one)
  const rules = (Array.isArray(one.rules) ? (one.rules as readonly Shown[]) : []).map(rule => rule.sentence)
  const answers = (Array.isArray(one.answers) ? (one.answers as readonly Shown[]) : []).map(a => `${a.by}: ${a.answer}`)
  const recent = (Array.isArray(one.recent) ? (one.recent as readonly Shown[]) : []).map(
    d => `${d.effect} ${d.action} ${d.resource}`,
  )
  return lines({
    request: one.request_id,
    status: one.status,
    waits: one.waits_for,
    risk: one.risk_level,
    what,
    agent: by,
    'on behalf of': one.on_behalf_of,
    chain: one.chain,
    because: one.justification,
    rules,
    'for (s)': one.requested_ttl,
    uses: one.max_uses,
    answers,
    granted: one.granted,
    'just before': recent,
    expires: one.expires_at,
  })
}

const answered = (_: Shown, whole: Whole): string => {
  const one = whole as Shown
  const more = one.status === 'pending' ? `: ${one.waits_for}` : ''
  return `${one.request_id} is ${one.status}${more}`
}

const at = (id: string): string => `/${encodeURIComponent(id)}`

const VERBS: readonly Verb[] = [
  {
    name: 'list',
    about: 'list requests that you may answer, the oldest first',
    options: [
      ['--status <status>', 'pending (as if left out), approved, denied, expired, cancelled, consumed or all'],
      ['--agent <agent>', 'those of this agent'],
      ['--risk <level>', 'low, medium, high or critical'],
      ['--emergency <which>', 'emergency access: unreviewed or all'],
      ['--page <number>', 'which page'],
      ['--limit <count>', 'how many on a page, 100 at the most'],
    ],
    sent: (_, options) => ({
      method: 'GET',
      path: `/pending${queryOf(options, ['status', 'agent', 'risk', 'emergency', 'page', 'limit'])}`,
    }),
    print: (_, whole) => table(rowsOf(whole).map(row), ['request_id', 'status', 'risk_level', 'by', 'for', 'what']),
  },
  {
    name: 'show',
    about: 'show all that an approver should know of a request',
    takes: '<id>',
    sent: id => ({ method: 'GET', path: `/request${at(id)}` }),
    print: (_, whole) => shown(whole as Shown),
  },
  {
    name: 'approve',
    about: 'say yes, to all of it or to less',
    takes: '<id>',
    options: [
      ['--notes <text>', 'what the agent and the audit are told'],
      ['--seconds <count>', 'for how long, no longer than was asked'],
      ['--uses <count>', 'how often, no more than was asked'],
    ],
    sent: (id, options) => ({ method: 'POST', path: `/approve${at(id)}`, body: yes(options) }),
    print: answered,
  },
  {
    name: 'deny',
    about: 'say no',
    takes: '<id>',
    options: [['--reason <text>', 'what the agent and the audit are told']],
    sent: (id, options) => ({ method: 'POST', path: `/deny${at(id)}`, body: said({ reason: options.reason }) }),
    print: answered,
  },
]

const yes = (options: Options) =>
  said({
    notes: options.notes,
    ttl: numberFrom(options.seconds, '--seconds'),
    max_uses: numberFrom(options.uses, '--uses'),
  })

export const approvalsCommand: AddCommand = program =>
  addVerbs(program, 'approvals', 'answer what agents ask for', 'jit', VERBS, '')
