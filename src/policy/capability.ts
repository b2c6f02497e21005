/** The plural of a type's name, as capabilities and scopes write it. */
function plural(word: string): string {
  if (/(?:s|x|z|ch|sh)$/.test(word)) return `${word}es`
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`
  return `${word}s`
}

/** Types whose members are capabilities by themselves: `tool:search_web` is the right to use that tool. */
const USABLE = new Set(['tool', 'mcp'])

/** Every string that, held as a capability, covers an action on a resource. Compared byte for byte. */
export function capabilityNames(
  action: string,
  resource: { readonly type: string; readonly id: string | null },
): readonly string[] {
  const { type, id } = resource
  const names = [
    `${action}:${type}`,
    `${action}:${plural(type)}`,
    `${type}.${action}`,
    `${plural(type)}.${action}`,
    action,
  ]
  if (action === 'use' && id !== null && USABLE.has(type)) names.push(`${type}:${id}`)
  return names
}
