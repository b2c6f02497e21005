import { plural } from './print-words.ts'

/** Types whose members are capabilities by themselves: `tool:search_web` is the right to use that tool. */
const USABLE = new Set(['tool', 'mcp'])

/** Every string that, held as a capability, covers an action on a resource. Compared byte for byte. */
export function capabilityNames(
  action: string,
  resource: { readonly type: string; readonly id: string | null },
): readonly string[] {
  const { type, id } = resource
  const many = plural(type)
  const names = [`${action}:${type}`, `${action}:${many}`, `${type}.${action}`, `${many}.${action}`, action]
  if (action === 'use' && id !== null && USABLE.has(type)) names.push(`${type}:${id}`)
  return names
}
