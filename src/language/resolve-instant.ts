import type { AttributeDefinition, AttributeRef, Condition } from '../policy/ast.ts'
import { article, capitalize } from '../policy/print-words.ts'
import { attributesOf, typeNamed } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { resolveRef } from './resolve-compare.ts'
import { durationOf, sinceOrUntil } from './resolve-request.ts'
import { unknownType } from './resolve-unknown.ts'
import { zoneOf } from './resolve-zone.ts'
import { fail, type Place, type Scope } from './scope.ts'
import type { ElapsedNode, InstantNode } from './syntax.ts'
import type { Token } from './token.ts'

/** What is left of a verb whatever its ending: `expiring`, `expired` and `expires` are about `expir`. */
const stemOf = (verb: string): string => {
  const bare = verb.replace(/(?:ied|ies)$/, 'y').replace(/(?:ing|ed|es|s|e)$/, '')
  return /([b-df-hj-np-tv-z])\1$/.test(bare) && !/(?:ss|ll)$/.test(bare) ? bare.slice(0, -1) : bare
}

/** Whether an attribute's name speaks of what a verb says: `creation_date` of `created`, `tags` of `tagged`. */
export function fits(name: string, verb: string): boolean {
  const stem = stemOf(verb)
  const least = Math.max(3, stem.length - 1)
  return name
    .toLowerCase()
    .split('_')
    .some(part => {
      let same = 0
      while (same < stem.length && part[same] === stem[same]) same += 1
      return same >= Math.min(least, Math.max(3, stemOf(part).length - 1)) && same >= 3
    })
}

/** Attributes that all of several types have in common. */
export function shared(types: readonly string[], scope: Scope): readonly AttributeDefinition[] {
  const [first, ...rest] = types.map(type => attributesOf(scope.words, type))
  const same = (a: AttributeDefinition, b: AttributeDefinition): boolean =>
    a.name === b.name && JSON.stringify(a.type) === JSON.stringify(b.type)
  return (first ?? []).filter(a => rest.every(of => of.some(b => same(a, b))))
}

const isTime = (d: AttributeDefinition): boolean => d.type.kind === 'date' || d.type.kind === 'instant'

/** Names that speak of nothing in particular, so that a thing's age may be counted from them. */
const VAGUE = new Set(['date', 'time', 'timestamp', 'day'])

/** The attribute that says when something happened; null verb: how old a thing is, which is when it was created. */
export function instantOf(
  of: 'subject' | 'resource',
  types: readonly string[],
  verb: string | null,
  at: Place,
  scope: Scope,
): AttributeRef | null {
  const times = shared(types, scope).filter(isTime)
  const word = verb ?? 'created'
  const exact = times.filter(d => [word, `${word}_at`, `${word}_on`, `${word}_date`].includes(d.name.toLowerCase()))
  const fitting = exact.length > 0 ? exact : times.filter(d => fits(d.name, word))
  const vague = times.filter(d => VAGUE.has(d.name))
  const found = fitting.length === 0 && verb === null ? vague : fitting
  const [only, second] = found
  if (only !== undefined && second === undefined) return { kind: 'attribute', of, name: only.name, type: only.type }
  const type = types[0] ?? 'user'
  if (second !== undefined) {
    return fail(scope, 'ambiguous', at, `\`${word}\` could be ${found.map(d => `\`${d.name}\``).join(' or ')}`, {
      expected: found.map(d => `\`whose ${d.name} is …\``),
    })
  }
  const name = word === 'due' ? 'due_date' : `${word.replace(/ing$/, 'ed').replace(/[^a-z]/g, '')}_at`
  const line = `${capitalize(article(type))} has ${article(name)} as a ${word === 'due' ? 'date' : 'time'}.`
  const what = verb === null ? 'how old' : `when ${article(type)} is \`${verb}\``
  const message = verb === null ? `nothing says how old ${article(type)} is` : `nothing says ${what}`
  return fail(scope, 'unknown_attribute', at, message, {
    expected: ['an attribute by name, as in `whose due_date is …`', `a line that defines it: \`${line}\``],
    suggestion:
      nearest(
        word,
        times.map(d => d.name),
      ) ?? line,
  })
}

function instant(node: InstantNode, scope: Scope): AttributeRef | null {
  if (node.kind === 'ref') return resolveRef(node.ref, scope)
  const noun = node.noun[0]
  const side = noun === undefined ? node.of : sideOf(noun, scope)
  if (side === null) return null
  return instantOf(side, side === 'subject' ? scope.subjects : scope.resources, node.verb.word, node.verb, scope)
}

function sideOf(noun: Token, scope: Scope): 'subject' | 'resource' | null {
  if (noun.word === 'resource') return 'resource'
  const type = typeNamed(scope.words, noun.word)
  if (type === null) return unknownType(scope, noun, noun.text)
  if (scope.resources.includes(type)) return 'resource'
  if (scope.subjects.includes(type)) return 'subject'
  return fail(scope, 'unknown_name', noun, `which ${type} \`the ${noun.text}\` means is not said`, {
    expected: ['what the rule is about, as `the resource`'],
  })
}

/** `for 90 days after they joined`, `within 2 hours of its start`. */
export function resolveElapsed(node: ElapsedNode, scope: Scope): Condition | null {
  const ref = instant(node.instant, scope)
  const duration = durationOf(node.duration, scope)
  if (ref === null || duration === null || zoneOf(node.zone, scope) === null) return null
  const one = (direction: 'since' | 'until'): Condition | null =>
    sinceOrUntil(ref, { direction, op: node.op, duration: node.duration, zone: node.zone }, null, scope)
  if (node.direction !== 'both') return one(node.direction)
  if (node.op !== 'le' && node.op !== 'lt') {
    return fail(scope, 'wrong_value', node.duration, 'before it or after it is not said', {
      expected: ['`… after …`', '`… before …`'],
    })
  }
  const of = [one('since'), one('until')].filter(part => part !== null)
  return of.length < 2 ? null : { kind: 'any', of }
}
