import { showShort } from '../stats.ts'
import { barChart } from './bars.ts'
import type { Plot } from './svg.ts'

/** What servers did in a second, side by side under what was asked of them. */
export const throughputPlot = (
  file: string,
  title: string,
  rows: readonly { readonly server: string; readonly load: string; readonly perSecond: number }[],
): Plot =>
  barChart({
    file,
    title,
    label: '',
    y: { label: 'a second', scale: 'linear', show: showShort },
    groups: [...new Set(rows.map(row => row.load))].map(load => ({
      name: load,
      values: Object.fromEntries(rows.filter(row => row.load === load).map(row => [row.server, row.perSecond])),
    })),
  })
