import { cpus } from 'node:os'
import { APP_HEADINGS, BOTH_HEADING } from './apps/report.ts'
import type { AuthoringRow } from './authoring.ts'
import { BUDGET_HEADINGS } from './budgets/report.ts'
import { decisionsPlot } from './chart/decisions.ts'
import type { Cell } from './in-process.ts'
import { AUTHORING_NOTES, IN_PROCESS_NOTES, READING, residualNotes, TUPLE_NOTES } from './notes.ts'
import type { Section, Sections } from './parts.ts'
import { RELATION_HEADINGS } from './relations/report.ts'
import type { WeighedResiduals } from './residuals/weigh.ts'
import { REVOCATION_HEADINGS } from './revocation/report.ts'
import { median, quantile, showRatio, showTime } from './stats.ts'
import { named, table, unique } from './table.ts'
import { TOKEN_HEADINGS } from './tokens/report.ts'
import { OVERHEAD_HEADING, WIRE_HEADINGS } from './wire/report.ts'

/** The headings of `RESULTS.md`, in order. */
const ORDER = [
  'Decisions in process, by number of rules',
  'Decisions in process, by number of tuples',
  BOTH_HEADING,
  ...APP_HEADINGS,
  ...WIRE_HEADINGS,
  OVERHEAD_HEADING,
  ...RELATION_HEADINGS,
  ...TOKEN_HEADINGS,
  ...REVOCATION_HEADINGS,
  ...BUDGET_HEADINGS,
  'Policy authoring',
] as const

/** The whole of `RESULTS.md`. It names neither a day nor a place. */
export function report(sections: Sections): string {
  const [cpu] = cpus()
  const whole = ORDER.filter(heading => sections.has(heading))
  return [
    '# Bench',
    '',
    'Made by `npm run bench`; what is compared was measured in one run.',
    '',
    `${cpus().length} cores (${cpu?.model ?? 'unknown'}), Node.js ${process.versions.node}.`,
    '',
    ...READING,
    '',
    ...whole.flatMap(heading => [`## ${heading}`, '', sections.get(heading) ?? '', '']),
  ].join('\n')
}

export const rulesSection = (cells: readonly Cell[]): Section => [
  ORDER[0],
  [...sizeTable(cells, 'rules'), '', ...IN_PROCESS_NOTES],
  [decisionsPlot('decisions-by-rules.svg', ORDER[0], 'rules', cells)],
]

export const tuplesSection = (cells: readonly Cell[], { bench, hard }: WeighedResiduals): Section => [
  ORDER[1],
  [...sizeTable(cells, 'tuples'), '', ...TUPLE_NOTES, '', ...residualNotes(bench, hard)],
  [decisionsPlot('decisions-by-tuples.svg', ORDER[1], 'tuples', cells)],
]

export const authoringSection = (rows: readonly AuthoringRow[]): Section => [
  'Policy authoring',
  [...authoringTable(rows), '', ...AUTHORING_NOTES],
]

/** A row for each contestant: p50 and p99 at each size, how it grows from the least to the most, and against ours. */
function sizeTable(cells: readonly Cell[], what: string): readonly string[] {
  const sizes = unique(cells.map(c => c.size))
  const first = sizes[0] ?? 0
  const last = sizes.at(-1) ?? 0
  const at = (name: string, size: number): Cell | undefined => cells.find(c => c.name === name && c.size === size)
  const against = (name: string, size: number): number =>
    (at(name, size)?.p50 ?? Number.NaN) / (at('ours, cached', size)?.p50 ?? Number.NaN)
  const head = [
    'p50 / p99 per decision',
    ...sizes.map(n => `${named(n)} ${what}`),
    `${named(first)} → ${named(last)}`,
    `÷ ours cached, ${named(last)}`,
  ]
  const rows = unique(cells.map(c => c.name)).map(name => [
    name,
    ...sizes.map(n => `${showTime(at(name, n)?.p50 ?? Number.NaN)} / ${showTime(at(name, n)?.p99 ?? Number.NaN)}`),
    showRatio((at(name, last)?.p50 ?? Number.NaN) / (at(name, first)?.p50 ?? Number.NaN)),
    showRatio(against(name, last)),
  ])
  return table(head, rows)
}

const authoringTable = (rows: readonly AuthoringRow[]): readonly string[] =>
  table(
    ['', 'rules', 'p50', 'p90', 'rounds'],
    rows.map(({ name, rules, samples }) => [
      name,
      rules.toLocaleString('en-US'),
      showTime(median(samples)),
      showTime(quantile(samples, 0.9)),
      String(samples.length),
    ]),
  )
