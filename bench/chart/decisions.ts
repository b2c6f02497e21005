import type { Cell } from '../in-process.ts'
import { showTime } from '../stats.ts'
import { named, unique } from '../table.ts'
import { lineChart } from './lines.ts'
import type { Plot } from './svg.ts'

/** Who decides in process, in the order of their colours. */
export const CONTESTANTS: readonly string[] = [
  ...[
    'ours, cached',
    'ours, cold',
    'ours, embedded',
    'cedar-wasm, entities at hand',
    'cedar-wasm, gathering',
    'casbin',
  ],
  'CASL',
]

/** Time of a decision over what grows, both on scales of powers. */
export const decisionsPlot = (
  file: string,
  title: string,
  label: string,
  cells: readonly Pick<Cell, 'name' | 'size' | 'p50'>[],
): Plot =>
  lineChart({
    file,
    title,
    known: CONTESTANTS,
    x: { label, scale: 'log', show: named },
    y: { label: 'p50 of a decision', scale: 'log', show: tickTime },
    lines: unique(cells.map(c => c.name)).map(name => ({
      name,
      points: cells.filter(c => c.name === name).map(c => [c.size, c.p50] as const),
    })),
  })

/** A power of ten as a time: no digits behind the point. */
export const tickTime = (ns: number): string => showTime(ns).replace(/\.0+ /, ' ')
