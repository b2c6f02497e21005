import type { AttributeRef, Condition } from '../policy/ast.ts'
import { article, capitalize } from '../policy/print-words.ts'
import { fold } from './lexicon.ts'
import { shared } from './resolve-instant.ts'
import { ofRequest } from './resolve-request.ts'
import { rangesOf } from './resolve-time.ts'
import { choose, fail, type Place, type Scope } from './scope.ts'
import type { PlaceItem, WhereNode } from './syntax.ts'

/** The attribute that says in which country something is. */
export function countryOf(
  of: 'subject' | 'resource',
  types: readonly string[],
  at: Place,
  scope: Scope,
): AttributeRef | null {
  const known = shared(types, scope).filter(d => d.type.kind === 'country')
  const named = known.find(d => d.name === 'country') ?? (known.length === 1 ? known[0] : undefined)
  if (named !== undefined) return { kind: 'attribute', of, name: named.name, type: named.type }
  const type = types[0] ?? 'user'
  if (known.length > 1) {
    return fail(scope, 'ambiguous', at, `${article(type)} has ${known.length} countries`, {
      expected: known.map(d => `\`whose ${d.name} is in …\``),
    })
  }
  const line = `${capitalize(article(type))} has a country as a country.`
  return fail(scope, 'unknown_attribute', at, `nothing says in which country ${article(type)} is`, {
    expected: [`a line that defines it: \`${line}\``, 'where the call comes from, after a comma: `…, from Germany`'],
    suggestion: line,
  })
}

const isCountry = (item: PlaceItem): boolean => item.kind !== 'network' && item.kind !== 'ranges'

/** What the items stand for: countries together, each region and network by itself. */
function parts(node: WhereNode, of: AttributeRef | null, scope: Scope): readonly Condition[] | null {
  const found: Condition[] = []
  const codes = node.items.flatMap(item => (item.kind === 'country' ? [item.code] : []))
  for (const [i, item] of node.items.entries()) {
    switch (item.kind) {
      case 'country':
        if (node.items.findIndex(other => other.kind === 'country') === i && of !== null)
          found.push({ kind: 'place', of, region: { name: null, countries: [...new Set(codes)].sort() } })
        break
      case 'region':
        if (of !== null) found.push({ kind: 'place', of, region: item.region })
        break
      case 'defined': {
        const region = scope.words.regions.get(fold(item.token.word))
        if (region !== undefined && of !== null) found.push({ kind: 'place', of, region })
        break
      }
      case 'network': {
        const network = scope.words.networks.get(fold(item.token.word))
        if (network !== undefined) found.push({ kind: 'network', network })
        break
      }
      case 'ranges': {
        const ranges = rangesOf(item.token, scope)
        if (ranges === null) return null
        found.push({ kind: 'network', network: { name: null, ranges } })
      }
    }
  }
  return found
}

export function placed(node: WhereNode, of: AttributeRef | null, scope: Scope): Condition | null {
  const all = parts(node, of, scope)
  if (all === null) return null
  const [only, second] = all
  if (only === undefined) return null
  if (second === undefined) return node.negated ? { kind: 'not', of: only } : only
  if (!node.negated) return { kind: 'any', of: all }
  return { kind: 'all', of: all.map(part => ({ kind: 'not', of: part })) }
}

/** Of a noun: its own country. */
export function placeOfNoun(
  node: WhereNode,
  of: 'subject' | 'resource',
  types: readonly string[],
  scope: Scope,
): Condition | null {
  if (!node.items.some(isCountry)) return placed(node, null, scope)
  const ref = countryOf(of, types, node, scope)
  return ref === null ? null : placed(node, ref, scope)
}

/** Of the call; right behind a noun that has a country of its own, either may be meant. */
export function resolveWhereabouts(node: WhereNode, scope: Scope): Condition | null {
  const call = ofRequest('country', scope)
  if (node.attached !== true || !node.items.some(isCountry)) return placed(node, call, scope)
  const own = shared(scope.resources, scope).some(d => d.type.kind === 'country')
  if (node.lead !== 'from' && node.lead !== 'outside') return placeOfNoun(node, 'resource', scope.resources, scope)
  const message = 'this may say where the call comes from, or in which country what the rule is about is'
  if (!own || choose(scope, node, message, 2) === 0) return placed(node, call, scope)
  return placeOfNoun(node, 'resource', scope.resources, scope)
}
