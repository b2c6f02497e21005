import { CAPABILITY } from '../policy/capability.ts'
import type { Entity } from '../policy/entity.ts'
import type { Link } from './link.ts'
import type { Part } from './part.ts'
import type { Site } from './site.ts'

/** Gives entities that no rule names. */
export interface Naming {
  fresh(type: string, nth?: number): Entity
}

const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']
const HELPERS = ['helper', 'worker', 'runner', 'robot']
const ACTIVE = new Set(['agent', 'service', 'key'])

export function namingOf(parts: readonly Part[]): Naming {
  const taken = new Set(parts.flatMap(part => part.names.map(({ type, id }) => `${type}:${id}`)))
  return {
    fresh(type, nth = 0) {
      const likely = type === 'user' ? PEOPLE : ACTIVE.has(type) ? HELPERS : []
      let left = nth
      for (let i = 0; ; i++) {
        const number = likely[i] ?? String(i - likely.length + 1)
        const id = type === CAPABILITY ? `read document:${number}` : number
        if (taken.has(`${type}:${id}`)) continue
        if (left === 0) return { type, id }
        left -= 1
      }
    },
  }
}

/** Types and actions that stand for all those that no rule at hand mentions. */
const OTHER_TYPES = ['thing', 'other_thing']
const OTHER_ACTIONS = ['read', 'view', 'edit', 'update', 'delete', 'archive', 'any_other_action']

/**
 * Links that stand for all there are, as far as these parts can tell them apart, and to which `first` may apply: each
 * named entity and one that no rule names, of each type; each action some of them list apart; a resource that is the
 * subject itself; one who acts for another.
 */
export function* framesOf(first: Part, parts: readonly Part[], site: Site, naming: Naming): Generator<Link> {
  const names = [...new Map(parts.flatMap(p => p.names).map(e => [`${e.type}:${e.id}`, e])).values()]
  const subjects = entities(subjectTypesOf(first, parts, site), names, naming)
  const types = first.resources ?? mentioned(parts)
  const things = entities(types, names, naming)
  const chained = parts.some(p => p.chained)
  for (const action of actionsOf(first, parts)) {
    for (const me of subjects) {
      const self = types.has(me.type) && !things.some(t => t.type === me.type && t.id === me.id) ? [me] : []
      for (const resource of [...things, ...self]) {
        yield { me, principal: null, delegated: false, action, resource }
        if (!chained) continue
        yield { me, principal: null, delegated: true, action, resource }
        for (const principal of principals(me, parts, site, names, naming)) {
          yield { me, principal, delegated: true, action, resource }
        }
      }
    }
  }
}

function principals(
  me: Entity,
  parts: readonly Part[],
  site: Site,
  names: readonly Entity[],
  naming: Naming,
): readonly Entity[] {
  const types = new Set([...mentioned(parts), 'user', ...holderTypes(site)])
  return entities(types, names, naming).map(e => (e.type === me.type && e.id === me.id ? naming.fresh(e.type, 1) : e))
}

function subjectTypesOf(first: Part, parts: readonly Part[], site: Site): ReadonlySet<string> {
  if (first.subjects !== null) return first.subjects
  return new Set(['user', ...mentioned(parts), ...holderTypes(site)])
}

const holderTypes = (site: Site): readonly string[] =>
  [...new Set([...site.holders.values()].flatMap(set => [...set]))].sort()

/** Every type the parts tell from others, and one they do not. */
function mentioned(parts: readonly Part[]): ReadonlySet<string> {
  const found = new Set(parts.flatMap(part => [...part.types]))
  found.add(OTHER_TYPES.find(type => !found.has(type)) ?? 'yet_another_thing')
  return found
}

/** Those named of the types, after one of each type that no rule names. */
function entities(types: ReadonlySet<string>, names: readonly Entity[], naming: Naming): readonly Entity[] {
  return [...[...types].map(type => naming.fresh(type)), ...names.filter(e => types.has(e.type))]
}

/** One action of each kind that the parts tell apart. */
function actionsOf(first: Part, parts: readonly Part[]): readonly string[] {
  const listed = parts.flatMap(part => part.source.rule.actions ?? [])
  const other = OTHER_ACTIONS.find(action => !listed.includes(action)) ?? `${listed.sort().at(-1)}_or_other`
  const all = first.source.rule.actions ?? [...new Set([...listed, other])]
  const kinds = new Map<string, string>()
  for (const action of all) {
    const kind = parts.map(part => ((part.source.rule.actions?.includes(action) ?? true) ? '1' : '0')).join('')
    if (!kinds.has(kind)) kinds.set(kind, action)
  }
  return [...kinds.values()]
}
