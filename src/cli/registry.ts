import type { Command } from 'commander'
import { z } from 'zod'
import { addServerOptions, call, type OrgServer, orgPath, type Sent } from './client.ts'
import { Fault } from './fault.ts'
import { out, printJson } from './print.ts'

/** One command on things that are registered: how it is said, what is sent, and what is printed. */
export interface Verb {
  readonly name: string
  readonly about: string
  /** Of the thing or things it is about, in angle brackets. */
  readonly takes?: string
  readonly options?: readonly (readonly [flags: string, about: string])[]
  sent(name: string, options: Options): Omit<Sent, 'path'> & { readonly path: string }
  readonly print: (data: Shown, whole: Whole) => string
}

export interface Options extends OrgServer {
  readonly [option: string]: unknown
}

export type Shown = Readonly<Record<string, unknown>>
export interface Whole {
  readonly data?: unknown
  readonly message?: string | undefined
  readonly api_key?: string | undefined
}

const answer = z.looseObject({
  data: z.unknown().optional(),
  message: z.string().optional(),
  api_key: z.string().optional(),
})

/** A command with a command below it for each verb. */
export function addVerbs(
  program: Command,
  name: string,
  about: string,
  path: string,
  verbs: readonly Verb[],
  root = 'admin/',
): void {
  const group = program.command(name).description(about)
  for (const verb of verbs) {
    const command = addServerOptions(group.command(verb.name).description(verb.about))
    if (verb.takes !== undefined) command.argument(verb.takes, `its id or its name`)
    for (const [flags, what] of verb.options ?? []) command.option(flags, what)
    command.action(async (...given: readonly unknown[]) => {
      const subject = verb.takes === undefined ? '' : String(given[0])
      const options = given[verb.takes === undefined ? 0 : 1] as Options
      const sent = verb.sent(subject, options)
      const base = `${orgPath(options.org)}/api/v1/${root}${path}`
      const { json, answer: whole } = await call(options, { ...sent, path: `${base}${sent.path}` }, answer)
      if (options.json) printJson(json)
      else out(verb.print((whole.data ?? {}) as Shown, whole))
    })
  }
}

export const at = (name: string, more = ''): string => `/${encodeURIComponent(name)}${more}`

/** A list given as `a,b,c` or as several words; `none` is the empty list. */
export function listFrom(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined
  const text = Array.isArray(value) ? value.join(',') : String(value)
  return text === 'none' ? [] : text.split(',').map(item => item.trim())
}

export function jsonFrom(value: unknown, option: string): unknown {
  if (value === undefined) return undefined
  try {
    return JSON.parse(String(value))
  } catch {
    throw new Fault(`${option}: expected JSON, such as '{"max_tokens_per_day": 100000}'`)
  }
}

export function numberFrom(value: unknown, option: string): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,9}$/.test(String(value))) throw new Fault(`${option}: \`${value}\` is no whole number`)
  return Number(value)
}

/** Members that were said. */
export const said = (members: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

/** Members as lines, names in a column; what is empty or null is left out. */
export function lines(members: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(members).flatMap(([name, value]) => {
    const shown = textOf(value)
    return shown === '' ? [] : [[name, shown] as const]
  })
  const width = Math.max(0, ...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

/** Rows of a list, in columns. */
export function table(rows: readonly Shown[], columns: readonly string[]): string {
  if (rows.length === 0) return 'none'
  const cells = rows.map(row => columns.map(column => textOf(row[column]) || '-'))
  const widths = columns.map((_, i) => Math.max(...cells.map(row => row[i]?.length ?? 0)))
  return cells
    .map(row =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value))
    return value.map(item => (typeof item === 'string' ? item : JSON.stringify(item))).join(', ')
  if (typeof value === 'object') return Object.keys(value).length === 0 ? '' : JSON.stringify(value)
  return String(value)
}

export const rowsOf = (whole: Whole): readonly Shown[] => (Array.isArray(whole.data) ? (whole.data as Shown[]) : [])

export const LIST_OPTIONS = [
  ['--search <text>', 'those with this text in their name or id'],
  ['--page <number>', 'which page'],
  ['--limit <count>', 'how many on a page, 100 at the most'],
] as const

export function queryOf(options: Options, names: readonly string[]): string {
  const query = new URLSearchParams()
  for (const name of names) if (options[name] !== undefined) query.set(name, String(options[name]))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

/** What is shown once, and that it is. */
export function secretLines({ clientSecret, apiKey }: Shown): string {
  const text = clientSecret ?? apiKey
  return text === undefined
    ? ''
    : `\n\n${clientSecret === undefined ? 'API key' : 'secret'}, shown this once:\n  ${text}`
}
