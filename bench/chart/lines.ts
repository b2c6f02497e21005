import { AREA, type Axis, HEIGHT, legend, looksOf, mark, round, WIDTH, xAxis, xLabel, yAxis } from './frame.ts'
import { type ScaleKind, scaleOf, tightScale } from './scale.ts'
import { COLOURS, drawing, element, type Plot } from './svg.ts'

export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface LineChart {
  readonly file: string
  readonly title: string
  readonly x: Axis & { readonly scale: ScaleKind }
  readonly y: Axis & { readonly scale: ScaleKind }
  readonly lines: readonly Line[]
  /** Names whose looks are the same in several drawings. */
  readonly known?: readonly string[]
}

/** A line for each series; every value of x that was measured is named under the axis. */
export function lineChart({ file, title, x, y, lines, known }: LineChart): Plot {
  const names = lines.map(line => line.name)
  const looks = looksOf(names, known)
  const points = lines.flatMap(line => line.points)
  const values = [...new Set(points.map(([at]) => at))].sort((a, b) => a - b)
  const across = tightScale(x.scale, values, AREA.left + 16, AREA.right - 16)
  const up = scaleOf(
    y.scale,
    points.map(([, value]) => value),
    AREA.bottom,
    AREA.top,
  )
  const drawn = lines.flatMap(({ points }, n) => {
    const i = looks[n] ?? n
    const placed = points
      .filter(([, value]) => Number.isFinite(value))
      .map(([at, v]) => [across.at(at), up.at(v)] as const)
    const d = placed.map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${round(px)} ${round(py)}`).join('')
    return [
      ...(d === '' ? [] : [element('path', { class: `line s${i % COLOURS}`, d })]),
      ...placed.map(([px, py]) => mark(i, px, py)),
    ]
  })
  const parts = [
    ...yAxis(up, y),
    ...xAxis(x.label),
    ...values.map(value => xLabel(x.show(value), across.at(value))),
    ...drawn,
    ...legend(names, looks),
  ]
  return { file, alt: title, svg: drawing(WIDTH, HEIGHT, title, parts) }
}
