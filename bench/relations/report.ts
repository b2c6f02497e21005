import type { Section } from '../parts.ts'
import { showNumber, showPercent, showRatio, showTime } from '../stats.ts'
import { named, table, unique } from '../table.ts'
import type { Held, measureGraph, ShapeCell } from './in-process.ts'
import { GRAPH_NOTES, LIST_NOTES, SERVER_NOTES } from './notes.ts'
import type { CheckRow, OverHttp } from './over-http.ts'

export const RELATION_HEADINGS = [
  'Relation checks in process',
  'Relation checks over HTTP, beside OpenFGA',
  'Lists and loading over HTTP, beside OpenFGA',
] as const

export const graphSection = ({ cells, held }: ReturnType<typeof measureGraph>): Section => [
  RELATION_HEADINGS[0],
  [...shapeTable(cells), '', ...heldTable(held), '', ...GRAPH_NOTES],
]

export const openfgaSections = (http: OverHttp): readonly Section[] => [
  [RELATION_HEADINGS[1], [...checkTables(http.checks), ...SERVER_NOTES(http.version)]],
  [RELATION_HEADINGS[2], [...listTable(http), '', ...loadTable(http), '', ...LIST_NOTES]],
]

/** A table for each size and number of connections. */
const checkTables = (checks: readonly CheckRow[]): readonly string[] =>
  unique(checks.map(c => c.size)).flatMap(size =>
    unique(checks.map(c => c.connections)).flatMap(connections => {
      const rows = checks.filter(c => c.size === size && c.connections === connections)
      const title = `**${named(size)} tuples, ${connections} ${connections === 1 ? 'connection' : 'connections'}**`
      return [title, '', ...checkTable(rows), '']
    }),
  )

function shapeTable(cells: readonly ShapeCell[]): readonly string[] {
  const sizes = unique(cells.map(c => c.size))
  const at = (shape: string, size: number): ShapeCell | undefined =>
    cells.find(c => c.shape === shape && c.size === size)
  return table(
    ['p50 / p99 per check', ...sizes.map(n => `${named(n)} tuples`)],
    unique(cells.map(c => c.shape)).map(shape => [
      shape,
      ...sizes.map(n => `${showTime(at(shape, n)?.p50 ?? Number.NaN)} / ${showTime(at(shape, n)?.p99 ?? Number.NaN)}`),
    ]),
  )
}

const heldTable = (held: readonly Held[]): readonly string[] =>
  table(
    ['tuples', 'bytes a tuple, estimated', 'bytes a tuple, grown', 'load', 'list every object', 'objects'],
    held.map(h => [
      named(h.size),
      showNumber(h.estimated),
      showNumber(h.grown),
      showTime(h.load),
      showTime(h.list),
      named(h.listed),
    ]),
  )

/** A row for each shape and server. */
const checkTable = (rows: readonly CheckRow[]): readonly string[] =>
  table(
    ['', 'server', 'p50', 'p99', 'requests/s', 'ours is', 'processor time', 'not answered'],
    rows.map((row, i) => [
      rows[i - 1]?.shape === row.shape ? '' : row.shape,
      row.name,
      showTime(row.p50),
      showTime(row.p99),
      showNumber(row.perSecond),
      row.name === 'ours' ? '-' : showRatio(row.oursOver),
      showTime(row.cpu),
      row.refused === 0 ? '-' : showPercent(row.refused),
    ]),
  )

const listTable = ({ lists }: OverHttp): readonly string[] =>
  table(
    ['tuples', 'server', 'objects there', 'list', 'objects in it', 'stream: first', 'stream: last', 'objects in it'],
    lists.map(row => [
      named(row.size),
      row.name,
      named(row.there),
      showTime(row.whole),
      named(row.wholeFound),
      showTime(row.first),
      showTime(row.last),
      named(row.streamedFound),
    ]),
  )

const loadTable = ({ loads }: OverHttp): readonly string[] =>
  table(
    ['tuples', 'written to', 'time', 'tuples/s'],
    loads.map(({ size, name, load }) => [named(size), name, showTime(load), showNumber(size / (load / 1e9))]),
  )
