import type { BothRow } from '../both.ts'
import { barChart } from '../chart/bars.ts'
import { CONTESTANTS, decisionsPlot, tickTime } from '../chart/decisions.ts'
import type { Plot } from '../chart/svg.ts'
import type { Section } from '../parts.ts'
import { showNumber, showRatio, showShort, showTime } from '../stats.ts'
import { named, table, unique } from '../table.ts'
import type { NestedRow } from './nested.ts'
import { APP_NOTES, BOTH_NOTES, NESTED_NOTES, WEIGHT_NOTES, WRITES_NOTES } from './notes.ts'
import type { AppCell } from './race.ts'
import type { WeightRow } from './weights.ts'
import type { WritesPlan, WritesRow } from './writes.ts'

export const BOTH_HEADING = 'Many rules over many tuples'
export const APP_HEADINGS = [
  'Applications in process',
  'Cold decisions, groups in groups',
  'Checks between writes',
  'Memory of the applications',
] as const

export const appsSection = (cells: readonly AppCell[]): Section => {
  const apps = unique(cells.map(c => c.app))
  const tables = apps.flatMap(app => {
    const own = cells.filter(c => c.app === app)
    return [`**${app}**`, '', ...appTable(own), '']
  })
  const plots = apps.map(app =>
    decisionsPlot(
      `apps-${app.replaceAll(' ', '-')}.svg`,
      `Decisions in process: ${app}`,
      'users, groups and resources, each',
      cells.filter(c => c.app === app),
    ),
  )
  return [APP_HEADINGS[0], [...tables, ...APP_NOTES], [...plots, coldAndWarm(cells)]]
}

function appTable(cells: readonly AppCell[]): readonly string[] {
  const sizes = unique(cells.map(c => c.size))
  const last = sizes.at(-1) ?? 0
  const at = (name: string, size: number): AppCell | undefined => cells.find(c => c.name === name && c.size === size)
  const p50 = (name: string, size: number): number => at(name, size)?.p50 ?? Number.NaN
  const head = [
    'p50 per decision',
    ...sizes.map(size => named(size)),
    `p99, ${named(last)}`,
    '÷ ours, cached',
    '÷ ours, cold',
    'processor time for 1,000',
  ]
  const rows = unique(cells.map(c => c.name)).map(name => [
    name,
    ...sizes.map(size => showTime(p50(name, size))),
    showTime(at(name, last)?.p99 ?? Number.NaN),
    showRatio(p50(name, last) / p50('ours, cached', last)),
    showRatio(p50(name, last) / p50('ours, cold', last)),
    showTime((at(name, last)?.cpu ?? Number.NaN) * 1_000),
  ])
  return table(head, rows)
}

/** What a decision costs that was made before, and one that was not, beside those who make each anew. */
function coldAndWarm(cells: readonly AppCell[]): Plot {
  const last = Math.max(...cells.map(c => c.size))
  return barChart({
    file: 'cold-and-warm.svg',
    title: `Cold and warm decisions, ${named(last)} of each`,
    label: '',
    known: CONTESTANTS,
    y: { label: 'p50 of a decision', scale: 'log', show: tickTime },
    groups: unique(cells.map(c => c.app)).map(app => ({
      name: app,
      values: Object.fromEntries(cells.filter(c => c.app === app && c.size === last).map(c => [c.name, c.p50])),
    })),
  })
}

export const nestedSection = (rows: readonly NestedRow[]): Section => {
  const ours = (tuples: number): NestedRow | undefined =>
    rows.find(r => r.tuples === tuples && r.name.startsWith('ours'))
  const head = [
    '',
    'tuples',
    'p50 / p99 of batches',
    'p50 / p99 of single decisions',
    '÷ ours',
    'processor time for 1,000',
  ]
  const lines = rows.map(row => [
    row.name,
    named(row.tuples),
    `${showTime(row.p50)} / ${showTime(row.p99)}`,
    `${showTime(row.singles.p50)} / ${showTime(row.singles.p99)}`,
    showRatio(row.singles.p50 / (ours(row.tuples)?.singles.p50 ?? Number.NaN)),
    showTime(row.cpu * 1_000),
  ])
  return [APP_HEADINGS[1], [...table(head, lines), '', ...NESTED_NOTES]]
}

export const bothSection = (rows: readonly BothRow[], clock: number): Section => {
  const fewest = (row: BothRow): BothRow | undefined => rows.find(r => r.name === row.name)
  const head = [
    '',
    'rules',
    'tuples',
    'p50 / p99 of batches',
    'p50 / p99 / p99.9 of single decisions',
    'against the fewest rules',
  ]
  const lines = rows
    .toSorted((a, b) => (a.name === b.name ? a.rules - b.rules : a.name < b.name ? -1 : 1))
    .map(row => [
      row.name,
      named(row.rules),
      named(row.tuples),
      `${showTime(row.p50)} / ${showTime(row.p99)}`,
      `${showTime(row.singles.p50)} / ${showTime(row.singles.p99)} / ${showTime(row.singles.p999)}`,
      showRatio(row.p50 / (fewest(row)?.p50 ?? Number.NaN)),
    ])
  return [BOTH_HEADING, [...table(head, lines), '', ...BOTH_NOTES, `Looking at the clock costs ${showTime(clock)}.`]]
}

const shareName = (share: number): string => `${showNumber(share * 100).replace(/\.?0+$/, '')} % writes`

export const writesSection = (rows: readonly WritesRow[], plan: WritesPlan): Section => {
  const head = [
    '',
    'writes',
    'p50 / p99 of a check',
    'p50 of a write',
    'checks and writes a second',
    'processor time for 1,000',
    'hits',
  ]
  const lines = unique(rows.map(r => r.name)).flatMap(name =>
    rows
      .filter(r => r.name === name)
      .map(row => [
        row.name,
        shareName(row.share).replace(' writes', ''),
        `${showTime(row.p50)} / ${showTime(row.p99)}`,
        showTime(row.write),
        showNumber(row.perSecond),
        showTime(row.cpu * 1_000),
        row.hits === null ? '-' : `${(row.hits * 100).toFixed(1)} %`,
      ]),
  )
  const plot = barChart({
    file: 'writes.svg',
    title: 'Checks and writes a second, by the share of writes',
    label: '',
    known: CONTESTANTS,
    y: { label: 'checks and writes a second', scale: 'log', show: showShort },
    groups: unique(rows.map(r => r.share)).map(share => ({
      name: shareName(share),
      values: Object.fromEntries(rows.filter(r => r.share === share).map(r => [r.name, r.perSecond])),
    })),
  })
  return [APP_HEADINGS[2], [...table(head, lines), '', ...WRITES_NOTES(plan)], [plot]]
}

const megabytes = (bytes: number): string => (bytes === 0 ? '-' : `${showNumber(bytes / 1e6)} MB`)

export const weightsSection = (rows: readonly WeightRow[]): Section => {
  const head = ['', 'application', 'of each', 'heap and buffers', 'WebAssembly', 'whole process']
  const lines = unique(rows.map(r => r.name)).flatMap(name =>
    rows
      .filter(r => r.name === name)
      .map(row => [name, row.app, named(row.size), megabytes(row.heap), megabytes(row.wasm), megabytes(row.rss)]),
  )
  return [APP_HEADINGS[3], [...table(head, lines), '', ...WEIGHT_NOTES]]
}
