import { createHash } from 'node:crypto'

/** A drawing and the name of its file. */
export interface Plot {
  readonly file: string
  /** What it shows, for who cannot see it. */
  readonly alt: string
  readonly svg: string
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text that is safe between tags and in attributes; what XML cannot hold is left out. */
export const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"']/g, c => ESCAPES[c] ?? '')

type Attributes = Readonly<Record<string, string | number>>

/** Pixels to a tenth, so that a file is the same wherever it is made. */
const shown = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 10) / 10) : escaped(value)

export function element(name: string, attributes: Attributes, inner = ''): string {
  const all = Object.entries(attributes).map(([key, value]) => ` ${key}="${shown(value)}"`)
  return inner === '' ? `<${name}${all.join('')}/>` : `<${name}${all.join('')}>${inner}</${name}>`
}

export const words = (text: string, x: number, y: number, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escaped(text))

/** Colours of the series on white and on black, after Okabe and Ito: told apart by who sees few colours. */
const LIGHT = [
  ...['#0060a8', '#c04a00', '#00795a', '#a0347f', '#7a6400', '#3d3f45', '#b3261e', '#5b4fc7'],
  ...['#0f8a9e', '#8c5a3c', '#5f7d00', '#d1478c'],
] as const
const DARK = [
  ...['#56b4e9', '#f08a3c', '#2fc79a', '#e08bc4', '#d8c34a', '#b8bcc6', '#ff8a80', '#a99cff'],
  ...['#4fd5e6', '#d3a27f', '#a9cf4a', '#ff9ccb'],
] as const
export const COLOURS = LIGHT.length

const coloured = (colours: readonly string[]): string =>
  colours.map((c, i) => `.s${i}{stroke:${c}}.f${i}{fill:${c}}`).join('')

const STYLE = [
  'text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-size:16px;font-weight:600}.soft{fill:#59636e;font-size:12px}',
  '.paper{fill:#fff}.grid{stroke:#d8dee4}.axis{stroke:#59636e}.line{fill:none;stroke-width:2.2}',
  coloured(LIGHT),
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#9198a1}.paper{fill:#0d1117}.grid{stroke:#30363d}',
  `.axis{stroke:#9198a1}${coloured(DARK)}}`,
].join('')

/** A whole drawing, readable on white and on black. */
export function drawing(width: number, height: number, title: string, parts: readonly string[]): string {
  const id = `t${createHash('sha256').update(title).digest('hex').slice(0, 8)}`
  const box = { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${width} ${height}`, width, height }
  const inner = [
    element('title', { id }, escaped(title)),
    `<style>${STYLE}</style>`,
    element('rect', { class: 'paper', width, height, rx: 6 }),
    words(title, 20, 30, { class: 'title' }),
    ...parts,
  ]
  return `${element('svg', { ...box, role: 'img', 'aria-labelledby': id }, `\n${inner.join('\n')}\n`)}\n`
}
