import { AREA, type Axis, HEIGHT, legend, looksOf, WIDTH, xAxis, xLabel, yAxis } from './frame.ts'
import { type ScaleKind, scaleOf } from './scale.ts'
import { COLOURS, drawing, element, type Plot, words } from './svg.ts'

export interface BarChart {
  readonly file: string
  readonly title: string
  readonly label: string
  readonly y: Axis & { readonly scale: ScaleKind }
  /** What stands beside each other under one name. */
  readonly groups: readonly { readonly name: string; readonly values: Readonly<Record<string, number>> }[]
  /** Names whose looks are the same in several drawings. */
  readonly known?: readonly string[]
}

/** A group of bars under each name, a colour for each series; a value stands on its bar where it fits. */
export function barChart({ file, title, label, y, groups, known }: BarChart): Plot {
  const series = [...new Set(groups.flatMap(group => Object.keys(group.values)))]
  const looks = looksOf(series, known)
  const values = groups.flatMap(group => Object.values(group.values))
  const up = scaleOf(y.scale, values, AREA.bottom, AREA.top)
  const room = (AREA.right - AREA.left) / Math.max(1, groups.length)
  const wide = (room * 0.84) / Math.max(1, series.length)
  const bars = groups.flatMap((group, g) => {
    const left = AREA.left + g * room + room * 0.08
    return series.flatMap((name, i) => {
      const value = group.values[name]
      if (value === undefined || !Number.isFinite(value) || (y.scale === 'log' && value <= 0)) return []
      const top = up.at(value)
      const x = left + i * wide
      const bar = {
        class: `f${(looks[i] ?? i) % COLOURS}`,
        x: x + 1,
        y: top,
        width: wide - 2,
        height: Math.max(1, AREA.bottom - top),
      }
      const shown =
        wide < 34 ? [] : [words(y.show(value), x + wide / 2, top - 5, { class: 'soft', 'text-anchor': 'middle' })]
      return [element('rect', bar), ...shown]
    })
  })
  const names = groups.map((group, g) => xLabel(group.name, AREA.left + (g + 0.5) * room))
  return {
    file,
    alt: title,
    svg: drawing(WIDTH, HEIGHT, title, [...yAxis(up, y), ...xAxis(label), ...names, ...bars, ...legend(series, looks)]),
  }
}
