import type { Plot } from '../chart/svg.ts'
import { throughputPlot } from '../chart/throughput.ts'
import { canPin } from '../http/children.ts'
import type { Section } from '../parts.ts'
import { showNumber, showPercent, showRatio, showTime } from '../stats.ts'
import { named, table, unique } from '../table.ts'
import { BATCH_SIZE } from './load.ts'
import { BATCH_NOTES, COLD_NOTES, HELD_NOTES, OVERHEAD_NOTES, WARM_NOTES, WRITE_NOTES } from './notes.ts'
import type { OverheadRow } from './overhead.ts'
import type { HeldRow, Raced, WireRow } from './race.ts'

export const WIRE_HEADINGS = [
  'Checks over HTTP',
  'Batches over HTTP',
  'Checks over HTTP, cold',
  'Checks over HTTP among writes',
  'Memory and loading of the servers',
] as const

export const OVERHEAD_HEADING = 'What log, metrics and traces cost'

export const overheadSection = (rows: readonly OverheadRow[]): Section => [
  OVERHEAD_HEADING,
  [...overheadTable(rows), '', ...OVERHEAD_NOTES],
]

export function wireSections({ rows, held, versions }: Raced): readonly Section[] {
  const [warm, batch, cold, writes, memory] = WIRE_HEADINGS
  const of = (asked: string, isWritten: boolean): readonly WireRow[] =>
    rows.filter(({ condition }) => condition.asked === asked && (condition.writesEvery !== null) === isWritten)
  const [singles, batches] = [of('warm', false), of('batch', false)]
  return [
    [warm, [...bySize(singles, warmTable), ...WARM_NOTES(canPin, versions)], [plotOf('checks', warm, singles)]],
    [
      batch,
      [...bySize(batches, batchTable), ...BATCH_NOTES],
      [plotOf('batches', 'Decisions in batches over HTTP', batches, BATCH_SIZE)],
    ],
    [cold, [...bySize(of('cold', false), coldTable), ...COLD_NOTES]],
    [writes, [...bySize(of('warm', true), writeTable), ...WRITE_NOTES]],
    [memory, [...heldTable(held), '', ...HELD_NOTES]],
  ]
}

/** Rows that say more of a server that is drawn already. */
const NOT_DRAWN = ['ours, database on the same core', 'SpiceDB, HTTP, fully consistent']

/** The small world, where all servers are. */
function plotOf(file: string, title: string, rows: readonly WireRow[], times = 1): Plot {
  const size = Math.min(...rows.map(r => r.size))
  const drawn = rows.filter(row => row.size === size && !NOT_DRAWN.includes(row.name))
  return throughputPlot(
    `${file}-over-http.svg`,
    title,
    drawn.map(({ name, connections, perSecond }) => ({
      server: name,
      load: `${connections} ${connections === 1 ? 'connection' : 'connections'}`,
      perSecond: perSecond * times,
    })),
  )
}

const bySize = (rows: readonly WireRow[], show: (rows: readonly WireRow[]) => readonly string[]): readonly string[] =>
  unique(rows.map(r => r.size)).flatMap(size => [
    `**${named(size)} tuples**`,
    '',
    ...show(rows.filter(row => row.size === size)),
    '',
  ])

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

const batchTable = (rows: readonly WireRow[]): readonly string[] =>
  table(
    ['', 'connections', 'p50', 'p99', 'p50 ÷ ours', 'decisions/s', '÷ its singles', 'log written', 'processor time'],
    rows.map(row => [
      row.name,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      against(row),
      showNumber(row.perSecond * BATCH_SIZE),
      showRatio(row.overSingles * BATCH_SIZE),
      isOurs(row) ? showNumber(row.settledPerSecond * BATCH_SIZE) : '-',
      showTime(row.cpu / BATCH_SIZE),
    ]),
  )

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

/** A server that is asked in several ways has the rows of each, of which the first is shown. */
const onePerProcess = (held: readonly HeldRow[]): readonly HeldRow[] =>
  held.filter((row, i) => held.findIndex(other => other.size === row.size && other.pid === row.pid) === i)

const megabytes = (bytes: number): string => (Number.isFinite(bytes) ? `${Math.round(bytes / 1e6)} MB` : '-')

const heldTable = (held: readonly HeldRow[]): readonly string[] =>
  table(
    ['', 'tuples', 'loading', 'memory, loaded', 'memory, at most'],
    onePerProcess(held).map(({ name, size, load, loaded, peak }) => [
      name,
      named(size),
      load === null ? '-' : showTime(load),
      megabytes(loaded),
      megabytes(peak),
    ]),
  )

const overheadTable = (rows: readonly OverheadRow[]): readonly string[] =>
  table(
    ['', 'connections', 'p50', 'p99', 'requests/s', 'of nothing on', 'main thread', 'of nothing on', 'processor time'],
    rows.map(row => [
      row.name,
      String(row.connections),
      showTime(row.p50),
      showTime(row.p99),
      showNumber(row.perSecond),
      showPercent(row.ofNothing),
      showTime(row.mainCpu),
      showPercent(row.mainOfNothing),
      showTime(row.cpu),
    ]),
  )
