import type { Plot } from '../chart/svg.ts'
import { throughputPlot } from '../chart/throughput.ts'
import { canPin } from '../http/children.ts'
import type { Section } from '../parts.ts'
import { showNumber, showPercent, showRatio, showTime } from '../stats.ts'
import { named, table, unique } from '../table.ts'
import { BATCH_SIZE } from './load.ts'
import { BATCH_NOTES, COLD_NOTES, HELD_NOTES, WARM_NOTES, WRITE_NOTES } from './notes.ts'
import type { HeldRow, Raced, WireRow } from './race.ts'

export const WIRE_HEADINGS = [
  'Checks over HTTP',
  'Batches over HTTP',
  'Checks over HTTP, cold',
  'Checks over HTTP among writes',
  'Memory and loading of the servers',
] as const

export function wireSections({ rows, held, versions }: Raced): readonly Section[] {
  const [warm, batch, cold, writes, memory] = WIRE_HEADINGS
  const of = (asked: string, isWritten: boolean): readonly WireRow[] =>
    rows.filter(({ condition }) => condition.asked === asked && (condition.writesEvery !== null) === isWritten)
  const singles = of('warm', false)
  return [
    [
      warm,
      [...bySize(singles, warmTable), ...WARM_NOTES(canPin, versions)],
      unique(singles.map(r => r.size)).map(plotOf(singles)),
    ],
    [batch, [...bySize(of('batch', false), all => batchTable(all, singles)), ...BATCH_NOTES]],
    [cold, [...bySize(of('cold', false), coldTable), ...COLD_NOTES]],
    [writes, [...bySize(of('warm', true), writeTable), ...WRITE_NOTES]],
    [memory, [...heldTable(held), '', ...HELD_NOTES]],
  ]
}

const bySize = (rows: readonly WireRow[], show: (rows: readonly WireRow[]) => readonly string[]): readonly string[] =>
  unique(rows.map(r => r.size)).flatMap(size => [
    `**${named(size)} tuples**`,
    '',
    ...show(rows.filter(row => row.size === size)),
    '',
  ])

const plotOf =
  (rows: readonly WireRow[]) =>
  (size: number): Plot =>
    throughputPlot(
      `checks-over-http-${size}.svg`,
      `Checks over HTTP, ${named(size)} tuples`,
      rows
        .filter(row => row.size === size)
        .map(row => ({
          server: row.name,
          load: row.connections === 1 ? '1 connection' : `${row.connections} connections`,
          perSecond: row.perSecond,
        })),
    )

const isOurs = ({ name }: WireRow): boolean => name.startsWith('ours')

const against = (row: WireRow): string => (row.name === 'ours' ? '-' : showRatio(row.overOurs))

const warmTable = (rows: readonly WireRow[]): readonly string[] =>
  table(
    ['', 'connections', 'p50', 'p99', 'p50 ÷ ours', 'requests/s', 'of bare Koa', 'log written', 'processor time'],
    rows.map(row => [
      row.name,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      against(row),
      showNumber(row.perSecond),
      showPercent(row.ofKoa),
      isOurs(row) ? showNumber(row.settledPerSecond) : '-',
      showTime(row.cpu),
    ]),
  )

function batchTable(rows: readonly WireRow[], singles: readonly WireRow[]): readonly string[] {
  const own = (row: WireRow): number =>
    singles.find(s => s.size === row.size && s.name === row.name && s.connections === row.connections)?.perSecond ??
    Number.NaN
  return table(
    ['', 'connections', 'p50', 'p99', 'p50 ÷ ours', 'decisions/s', '÷ its singles', 'log written', 'processor time'],
    rows.map(row => [
      row.name,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      against(row),
      showNumber(row.perSecond * BATCH_SIZE),
      showRatio((row.perSecond * BATCH_SIZE) / own(row)),
      isOurs(row) ? showNumber(row.settledPerSecond * BATCH_SIZE) : '-',
      showTime(row.cpu / BATCH_SIZE),
    ]),
  )
}

const coldTable = (rows: readonly WireRow[]): readonly string[] =>
  table(
    ['', 'connections', 'p50', 'p99', 'p50 ÷ ours', 'requests/s', 'processor time'],
    rows.map(row => [
      row.name,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      against(row),
      showNumber(row.perSecond),
      showTime(row.cpu),
    ]),
  )

const writeTable = (rows: readonly WireRow[]): readonly string[] =>
  table(
    ['', 'writes', 'connections', 'p50', 'p99', 'p50 ÷ ours', 'requests/s', 'write p50', 'write p99', 'processor time'],
    rows.map(row => [
      row.name,
      `${100 / (row.condition.writesEvery ?? Number.NaN)} %`,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      against(row),
      showNumber(row.perSecond),
      showTime(row.writeP50),
      showTime(row.writeP99),
      showTime(row.cpu),
    ]),
  )

const megabytes = (bytes: number): string => (Number.isFinite(bytes) ? `${Math.round(bytes / 1e6)} MB` : '-')

const heldTable = (held: readonly HeldRow[]): readonly string[] =>
  table(
    ['', 'tuples', 'loading', 'memory, loaded', 'memory, at most'],
    held.map(({ name, size, load, loaded, peak }) => [
      name,
      named(size),
      load === null ? '-' : showTime(load),
      megabytes(loaded),
      megabytes(peak),
    ]),
  )
