import { plural, singular } from './print-words.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Types whose members are capabilities by themselves: `tool:search_web` is the right to use that tool. */
const USABLE = new Set(['tool', 'mcp'])

/** Scopes that standards and clients of this service name without the `org_`. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ['org_revocation', 'revocations'],
  ['org_ssf', 'ssf'],
])

/** Every string that, held as a capability, covers an action on a resource. Compared byte for byte. */
export function capabilityNames(
  action: string,
  resource: { readonly type: string; readonly id: string | null },
): readonly string[] {
  const { type, id } = resource
  if (action === 'obtain' && type === 'scope') return id === null ? [] : spellingsOf(id)
  if (action === 'obtain' && type === CAPABILITY) return id === null ? [] : namesOfInner(id)
  const many = plural(type)
  const names = [`${action}:${type}`, `${action}:${many}`, `${type}.${action}`, `${many}.${action}`, action]
  if (!USABLE.has(type)) names.push(`${type}:${action}`, `${many}:${action}`)
  else if (action === 'use' && id !== null) names.push(`${type}:${id}`)
  const short = SHORT.get(type)
  if (short !== undefined) names.push(`${short}.${action}`, `${action}:${short}`)
  if (type === MCP_TOOL && action === 'use' && id !== null) names.push(...namesOfTool(id))
  return names
}

/** A capability as a resource; its id is an action and what it is on: `read document:1`, `read document:*`. */
export const CAPABILITY = 'capability'

/** Whoever holds what it is for may hold it. */
function namesOfInner(id: string): readonly string[] {
  const space = id.indexOf(' ')
  const on = id.slice(space + 1)
  const colon = on.indexOf(':')
  if (space <= 0 || colon <= 0) return []
  const rest = on.slice(colon + 1)
  return capabilityNames(id.slice(0, space), { type: on.slice(0, colon), id: rest.endsWith('*') ? null : rest })
}

/** A tool of an MCP server as a resource; its id is `<server>/<tool>`. */
export const MCP_TOOL = 'mcp_tool'

/** The right to use a tool is that tool, of this server or of any that has it, or the whole server. */
function namesOfTool(id: string): readonly string[] {
  const slash = id.indexOf('/')
  return slash < 0 ? [] : [`tool:${id}`, `tool:${id.slice(slash + 1)}`, `mcp:${id.slice(0, slash)}`]
}

const WORD = '([A-Za-z][A-Za-z0-9_-]*)'
const VERB_FIRST = new RegExp(`^${WORD}:${WORD}$`)
const NOUN_FIRST = new RegExp(`^${WORD}\\.${WORD}$`)

/**
 * A scope in each way it may be written, without a vocabulary: with a colon the verb is taken to come first, with a dot the
 * noun. One that names a tool, or is of another form, has no other spelling.
 */
export function spellingsOf(scope: string): readonly string[] {
  const [, verb, noun] = VERB_FIRST.exec(scope) ?? swapped(NOUN_FIRST.exec(scope)) ?? []
  if (verb === undefined || noun === undefined || USABLE.has(verb) || USABLE.has(noun)) return [scope]
  const one = singular(noun)
  const nouns = [noun, one !== noun && plural(one) === noun ? one : plural(noun)]
  return [...new Set([scope, ...nouns.flatMap(name => [`${verb}:${name}`, `${name}.${verb}`, `${name}:${verb}`])])]
}

const swapped = (match: RegExpExecArray | null): readonly (string | undefined)[] | null =>
  match === null ? null : [match[0], match[2], match[1]]

/** An action on a type, or on the one resource that is a capability by itself. */
export interface Named {
  readonly action: string
  readonly type: string
  readonly id: string | null
}

/** Types by the words for them. */
export type Nouns = ReadonlyMap<string, string>

/**
 * What a permission, capability or scope names: `document.read`, `read:documents`, `documents:read`, `tool:search_web`.
 * Null where no word for a type is in it: such a string is compared as it stands. Where both sides of a colon are types
 * the verb comes first, as in a capability.
 */
export function namedBy(text: string, nouns: Nouns): Named | null {
  const colon = text.indexOf(':')
  if (colon >= 0) {
    const [head, tail] = [text.slice(0, colon), text.slice(colon + 1)]
    if (head === '' || tail === '') return null
    if (USABLE.has(head)) return { action: 'use', type: head, id: tail }
    const [right, left] = [nouns.get(tail), nouns.get(head)]
    if (right !== undefined) return { action: head, type: right, id: null }
    return left === undefined ? null : { action: tail, type: left, id: null }
  }
  for (let dot = text.lastIndexOf('.'); dot > 0; dot = text.lastIndexOf('.', dot - 1)) {
    const type = nouns.get(text.slice(0, dot))
    const action = text.slice(dot + 1)
    if (type !== undefined && action !== '') return { action, type, id: null }
  }
  return null
}

/** The words for types in one org: each type, its plural, and what definitions say means it. `more`: types of the service. */
export function nounsOf(vocabulary: Vocabulary, more: Iterable<string>): Nouns {
  const types = new Set([...vocabulary.model.types.map(t => t.name), ...vocabulary.types, ...more])
  const nouns = new Map<string, string>()
  for (const [word, type] of vocabulary.synonyms) {
    if (!types.has(type)) continue
    nouns.set(word, type)
    nouns.set(plural(word), type)
  }
  for (const type of types) nouns.set(plural(type), type)
  for (const type of types) nouns.set(type, type)
  return nouns
}
