import { cpus } from 'node:os'
import type { AuthoringRow } from './authoring.ts'
import { canPin } from './http/children.ts'
import type { HttpRow } from './http/race.ts'
import type { Cell } from './in-process.ts'
import { AUTHORING_NOTES, HTTP_NOTES, IN_PROCESS_NOTES, READING, TUPLE_NOTES } from './notes.ts'
import { median, quantile, showNumber, showPercent, showRatio, showTime } from './stats.ts'

export interface Results {
  readonly rules: readonly Cell[]
  readonly tuples: readonly Cell[]
  readonly http: readonly HttpRow[]
  readonly authoring: readonly AuthoringRow[]
}

/** The whole of `RESULTS.md`. It names neither a day nor a place. */
export function report({ rules, tuples, http, authoring }: Results): string {
  const [cpu] = cpus()
  return [
    '# Bench',
    '',
    'Made by `npm run bench`, in one run.',
    '',
    `${cpus().length} cores (${cpu?.model ?? 'unknown'}), Node.js ${process.versions.node}.`,
    '',
    ...READING,
    '',
    '## Decisions in process, by number of rules',
    '',
    ...sizeTable(rules, 'rules'),
    '',
    ...IN_PROCESS_NOTES,
    '',
    '## Decisions in process, by number of tuples',
    '',
    ...sizeTable(tuples, 'tuples'),
    '',
    ...TUPLE_NOTES,
    '',
    '## Checks over HTTP',
    '',
    ...httpTable(http),
    '',
    ...HTTP_NOTES(canPin),
    '',
    '## Policy authoring',
    '',
    ...authoringTable(authoring),
    '',
    ...AUTHORING_NOTES,
    '',
  ].join('\n')
}

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)]

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map((_, i) => (i === 0 ? ' --- ' : ' ---: ')).join('|')}|`,
  ...rows.map(row => `| ${row.join(' | ')} |`),
]

/** A row for each contestant: p50 and p99 at each size, how it grows from the least to the most, and against ours. */
function sizeTable(cells: readonly Cell[], what: string): readonly string[] {
  const sizes = unique(cells.map(c => c.size))
  const first = sizes[0] ?? 0
  const last = sizes.at(-1) ?? 0
  const at = (name: string, size: number): Cell | undefined => cells.find(c => c.name === name && c.size === size)
  const against = (name: string, size: number): number =>
    (at(name, size)?.p50 ?? Number.NaN) / (at('ours, cached', size)?.p50 ?? Number.NaN)
  const named = (n: number): string => n.toLocaleString('en-US')
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

function httpTable(rows: readonly HttpRow[]): readonly string[] {
  return table(
    ['', 'connections', 'p50', 'p99', 'requests/s', 'of bare Koa', 'requests/s, log written', 'processor time'],
    rows.map(row => [
      row.name,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      showNumber(row.perSecond),
      showPercent(row.ofKoa),
      row.name.startsWith('ours') ? showNumber(row.settledPerSecond) : '-',
      showTime(row.cpu),
    ]),
  )
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
