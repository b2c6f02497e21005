import { type App, type AppChange, type AppTuple, type AppWorld, sufficing, typeOf } from './app.ts'

/**
 * What a service would hold in plain maps to serve the peers, which store no relations: it gathers for them, and tells
 * the answer every contestant must give.
 */
export interface Ground {
  apply(change: AppChange): void
  /** The groups somebody or a group is directly in. */
  above(member: string): readonly string[]
  /** All groups of a user, through groups in groups. */
  groupsOf(user: string): readonly string[]
  /** The members of a group, users and groups. */
  members(group: string): readonly string[]
  /** Users and groups that hold exactly this role on a resource, or on what it is in. */
  holders(resource: string, role: string): readonly string[]
  value(resource: string): string | undefined
  allows(user: string, action: string, resource: string): boolean
}

export function groundOf(app: App, world: AppWorld): Ground {
  const groups = new Set(app.groups)
  const ties = new Set(app.inherits.map(i => i.by))
  const up = new Map<string, Set<string>>()
  const held = new Map<string, Set<string>>()
  const within = new Map<string, Set<string>>()
  const attributes = new Map(world.attributes)

  /** The set a tuple is an element of, and the element. */
  const place = ({ object, relation, user }: AppTuple): readonly [Map<string, Set<string>>, string, string][] => {
    if (ties.has(relation)) return [[within, `${object} ${relation}`, user]]
    const role = `${object}#${relation}`
    return groups.has(typeOf(object))
      ? [
          [up, user, role],
          [held, role, user],
        ]
      : [[held, role, user]]
  }

  const holders = (resource: string, role: string): readonly string[] => {
    const direct = held.get(`${resource}#${role}`) ?? []
    const inherited = app.inherits.flatMap(({ by, from, to }) => {
      if (to !== role) return []
      const owners = [...(within.get(`${resource} ${by}`) ?? [])]
      return owners.flatMap(owner => (groups.has(typeOf(owner)) ? [`${owner}#${from}`] : holders(owner, from)))
    })
    return [...new Set([...direct, ...inherited])]
  }

  const groupsOf = (user: string): readonly string[] => {
    const found = new Set<string>(up.get(user) ?? [])
    for (const group of found) for (const outer of up.get(group) ?? []) found.add(outer)
    return [...found]
  }

  const ground: Ground = {
    apply(change) {
      if (change.kind === 'set') {
        attributes.set(change.resource, change.value)
        return
      }
      for (const [map, key, element] of place(change.tuple)) {
        const set = map.get(key) ?? new Set()
        map.set(key, set)
        if (change.kind === 'add') set.add(element)
        else set.delete(element)
      }
    },
    above: member => [...(up.get(member) ?? [])],
    groupsOf,
    members: group => [...(held.get(group) ?? [])],
    holders,
    value: resource => attributes.get(resource),
    allows(user, action, resource) {
      const who = new Set([user, ...groupsOf(user)])
      const held = app.rules.filter(
        ({ actions, role, value }) =>
          actions.includes(action) &&
          (value === undefined || attributes.get(resource) === value) &&
          (role === undefined || sufficing(app, role).some(r => holders(resource, r).some(h => who.has(h)))),
      )
      return held.some(r => r.effect === 'permit') && !held.some(r => r.effect === 'forbid')
    },
  }
  for (const tuple of world.tuples) ground.apply({ kind: 'add', tuple })
  return ground
}
