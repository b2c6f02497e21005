import type { Section } from '../parts.ts'
import { median, quantile, showNumber, showPercent, showTime } from '../stats.ts'
import { table } from '../table.ts'
import type { DecisionRow } from './decisions.ts'
import type { SpendRow } from './spends.ts'

export const BUDGET_HEADINGS = ['Spending', 'What a budget costs a decision'] as const

export const budgetSections = (rows: readonly SpendRow[], decisions: readonly DecisionRow[]): readonly Section[] => [
  [
    BUDGET_HEADINGS[0],
    [
      ...table(
        ['', 'database', 'p50', 'p99', 'without a statement', 'spends/s, 32 at a time'],
        rows.map(({ name, database, samples, atOnce, perSecond }) => [
          name,
          database,
          showTime(median(samples)),
          showTime(quantile(samples, 0.99)),
          showPercent(atOnce),
          showNumber(perSecond),
        ]),
      ),
      '',
      ...NOTES,
    ],
  ],
  [
    BUDGET_HEADINGS[1],
    [
      ...table(
        ['', 'nodes', 'p50', 'p99', 'decisions/s, all nodes'],
        decisions.map(({ name, nodes, samples, perSecond }) => [
          name,
          String(nodes),
          showTime(median(samples)),
          showTime(quantile(samples, 0.99)),
          showNumber(perSecond),
        ]),
      ),
      '',
      ...DECISION_NOTES,
    ],
  ],
]

const DECISION_NOTES: readonly string[] = [
  'In process, without HTTP and logs. Two budgets, tokens a day and cost a month, both far from their caps; acted on, each decision takes',
  'ten tokens. One node has the embedded database, three share one PostgreSQL, and this process.',
]

const NOTES: readonly string[] = [
  'A spend takes all its charges or none, through the ledger and without a decision. Far from the cap the node holds a lease and',
  'tells the database what it spent of it four times a second; the times are means of 100, with the statements that renew the',
  'lease among them. Near the cap each is one statement, sent when the one before was answered. Every thirtieth is the first of a',
  'new meter. The server is on the same machine and does not sync (`fsync = off`); the embedded database is in a directory.',
]
