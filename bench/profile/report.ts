import { readFileSync, writeFileSync } from 'node:fs'
import { table } from '../table.ts'
import type { Profiled } from './run.ts'

const PAGE = new URL('../PROFILE.md', import.meta.url)

/** What stands above it is written by hand, what stands below by `npm run bench -- profile`. */
const MARK = '<!-- Below: made by `npm run bench -- profile`. -->'

/** Rooms and functions with less are left out. */
const LEAST = 0.01
const FUNCTIONS = 15

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

export function profileText(profiled: readonly Profiled[]): string {
  const parts = profiled.flatMap(({ name, shares }) => [
    `## Measured: ${name}`,
    '',
    `The main thread was busy ${percent(shares.busy)} of the time; shares are of that.`,
    '',
    ...table(
      ['whose code', 'share'],
      shares.rooms.filter(([, share]) => share >= LEAST).map(([room, share]) => [room, percent(share)]),
    ),
    '',
    ...table(
      ['function', 'where', 'share'],
      shares.functions
        .filter(f => f.share >= LEAST)
        .slice(0, FUNCTIONS)
        .map(f => [`\`${f.name}\``, f.place || f.room, percent(f.share)]),
    ),
    '',
  ])
  return [MARK, '', ...parts].join('\n')
}

/** The page with the tables made anew and the words kept. */
export function writeProfile(text: string): void {
  const page = readFileSync(PAGE, 'utf8')
  const at = page.indexOf(MARK)
  if (at < 0) throw new Error('bench/PROFILE.md has no mark below which the tables stand')
  writeFileSync(PAGE, `${page.slice(0, at)}${text}`)
}
