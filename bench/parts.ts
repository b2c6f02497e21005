import type { Plot } from './chart/svg.ts'

/** A heading, the lines beneath it, and what is drawn of them. */
export type Section = readonly [string, readonly string[], (readonly Plot[])?]

/** Sections of `RESULTS.md` by heading. */
export type Sections = ReadonlyMap<string, string>

/** Sections of a text that was written before; what stands above the first is left out. */
export function sectionsIn(text: string): Sections {
  const parts = text.split(/^## /m).slice(1)
  return new Map(
    parts.map(part => {
      const end = part.indexOf('\n')
      return [part.slice(0, end), part.slice(end).trim()] as const
    }),
  )
}
