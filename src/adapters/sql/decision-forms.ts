import type { DecisionRow } from '../../facts/store.ts'
import { Generations } from '../../lib/generations.ts'
import type { Json } from '../../policy/json.ts'

/**
 * A JSON text in which names were taken out, so that what is said of many is one text: a control character stands in place
 * of each name. JSON holds none as they are, so the names put back give the text again, whatever they are.
 */
export interface Form {
  readonly text: string
}

export interface Formed {
  readonly form: Form
  readonly names: readonly string[]
}

/** Names taken out of one text at the most. */
const MOST = 8

/** Forms remembered, twice this at the most, and the length up to which they are. */
const KEPT = 1_024
const LONGEST = 4_096

const forms = new Generations<string, Form>(KEPT)

/** The form of a text with these names, of which one after the other is taken out. */
export function formOf(text: string, names: readonly string[]): Formed {
  let rest = text
  const taken: string[] = []
  for (const name of names) {
    if (taken.length === MOST) break
    const without = takenOut(rest, written(name), String.fromCharCode(taken.length + 1))
    if (without === rest) continue
    rest = without
    taken.push(name)
  }
  return { form: known(rest), names: taken }
}

/** INVARIANT: the names are those that were taken out, in their order. */
export const filled = (form: string, names: readonly string[]): string =>
  form.replace(MARK, mark => written(names[mark.charCodeAt(0) - 1] ?? ''))

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are the marks
const MARK = /[\u0001-\u0008]/g

/** Names a row is about: its subject, its resource, and whoever else stands in what proves its facts. */
export function namesIn({ subject, resource, record }: DecisionRow): readonly string[] {
  const names = new Set([idIn(subject), idIn(resource)])
  const { facts } = record
  if (!Array.isArray(facts)) return [...names].filter(isName)
  for (const fact of facts) {
    for (const tuple of listAt(at(at(fact, 'answer'), 'proof'))) {
      for (const end of ['object', 'user']) {
        const name = at(tuple, end)
        if (typeof name === 'string') names.add(idIn(name))
      }
    }
  }
  return [...names].filter(isName)
}

const at = (value: Json | undefined, member: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [member: string]: Json })[member]
    : undefined

const listAt = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

/** What follows the type in `type:id` and `type:id#relation`. */
function idIn(name: string): string {
  const from = name.indexOf(':') + 1
  const to = name.indexOf('#', from)
  return to < 0 ? name.slice(from) : name.slice(from, to)
}

const isName = (id: string): boolean => id !== '' && id !== '*' && id.length <= 256

const written = (name: string): string => JSON.stringify(name).slice(1, -1)

/** Where the name is part of a longer word it stays, or the form of one would never be that of another. */
function takenOut(text: string, name: string, mark: string): string {
  let made = ''
  let from = 0
  for (let i = text.indexOf(name); i >= 0; i = text.indexOf(name, i + name.length)) {
    if (isInWord(text.charCodeAt(i - 1)) || isInWord(text.charCodeAt(i + name.length))) continue
    made += text.slice(from, i) + mark
    from = i + name.length
  }
  return from === 0 ? text : made + text.slice(from)
}

/** A letter, a digit, `-` or `_`; NaN, beyond an end, is none. */
const isInWord = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || code === 45

function known(text: string): Form {
  const before = forms.get(text)
  if (before !== undefined) return before
  const form = { text }
  if (text.length <= LONGEST) forms.set(text, form)
  return form
}
