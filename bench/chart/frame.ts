import type { Scale } from './scale.ts'
import { COLOURS, element, words } from './svg.ts'

export const WIDTH = 860
export const HEIGHT = 440
/** Where the data is drawn; the legend stands to the right of it. */
export const AREA = { left: 84, right: 600, top: 52, bottom: 384 } as const

export interface Axis {
  readonly label: string
  readonly show: (value: number) => string
}

/** The look of each series: its place among `known`, so that it is the same in every drawing, or one that is free. */
export function looksOf(names: readonly string[], known: readonly string[] = []): readonly number[] {
  const free = names.map((_, n) => known.length + n)
  return names.map(name => (known.includes(name) ? known.indexOf(name) : (free.shift() ?? 0)))
}

/** Lines across with their values, and what they are. */
export function yAxis({ at, ticks }: Scale, { label, show }: Axis): readonly string[] {
  const middle = (AREA.top + AREA.bottom) / 2
  return [
    ...ticks.flatMap(tick => [
      element('line', { class: 'grid', x1: AREA.left, x2: AREA.right, y1: at(tick), y2: at(tick) }),
      words(show(tick), AREA.left - 8, at(tick) + 4, { class: 'soft', 'text-anchor': 'end' }),
    ]),
    words(label, 0, 0, { class: 'soft', 'text-anchor': 'middle', transform: `translate(20 ${middle}) rotate(-90)` }),
  ]
}

/** The line at the bottom, and what stands under it. */
export const xAxis = (label: string): readonly string[] => [
  element('line', { class: 'axis', x1: AREA.left, x2: AREA.right, y1: AREA.bottom, y2: AREA.bottom }),
  words(label, (AREA.left + AREA.right) / 2, AREA.bottom + 42, { class: 'soft', 'text-anchor': 'middle' }),
]

export const xLabel = (text: string, x: number): string =>
  words(text, x, AREA.bottom + 20, { class: 'soft', 'text-anchor': 'middle' })

const MARKS = ['circle', 'square', 'triangle', 'diamond'] as const

/** Series differ in shape as well as in colour. */
export function mark(series: number, x: number, y: number): string {
  const fill = { class: `f${series % COLOURS}` }
  switch (MARKS[(series + Math.floor(series / COLOURS)) % MARKS.length]) {
    case 'circle':
      return element('circle', { ...fill, cx: x, cy: y, r: 4 })
    case 'square':
      return element('rect', { ...fill, x: x - 3.6, y: y - 3.6, width: 7.2, height: 7.2 })
    case 'triangle':
      return element('path', { ...fill, d: `M${round(x)} ${round(y - 5)}l5 8.6h-10z` })
    default:
      return element('path', { ...fill, d: `M${round(x)} ${round(y - 5.4)}l5.4 5.4l-5.4 5.4l-5.4 -5.4z` })
  }
}

export const round = (value: number): number => Math.round(value * 10) / 10

export const legend = (names: readonly string[], looks: readonly number[]): readonly string[] =>
  names.flatMap((name, i) => {
    const y = AREA.top + 12 + i * 24
    return [mark(looks[i] ?? i, AREA.right + 28, y - 4), words(name, AREA.right + 42, y)]
  })
