import { type Chance, chanceFrom } from '../random.ts'
import type { App, AppCase, AppRequest, AppWorld } from './app.ts'
import { type Ground, groundOf } from './ground.ts'

/** A world of this size and `count` different questions, or as many as there are; the same in every run. */
export function caseOf(app: App, size: number, count: number): AppCase {
  const chance = chanceFrom(size * 31 + app.name.length)
  const world = app.build(size, chance)
  return { app, world, requests: requestsOf(app, world, count, chance) }
}

/** Every other question is from somebody who holds a role on the resource. */
function requestsOf(app: App, world: AppWorld, count: number, chance: Chance): readonly AppRequest[] {
  const ground = groundOf(app, world)
  const found = new Map<string, AppRequest>()
  for (let tries = 0; found.size < count && tries < count * 20; tries += 1) {
    const resource = chance.of(world.resources)
    const user = (tries % 2 === 0 && holderOf(app, ground, resource, chance)) || chance.of(world.users)
    const action = chance.below(2) === 0 ? (app.actions[0] ?? '') : chance.of(app.actions)
    const key = `${user} ${action} ${resource}`
    if (found.has(key)) continue
    found.set(key, { user, action, resource, allowed: ground.allows(user, action, resource) })
  }
  return [...found.values()]
}

/** A user who holds some role on the resource, going down into groups by chance. */
function holderOf(app: App, ground: Ground, resource: string, chance: Chance): string | null {
  let at = ground.holders(resource, chance.of(Object.keys(app.roles)))
  while (at.length > 0) {
    const one = chance.of(at)
    if (one.startsWith('user:')) return one
    at = ground.members(one)
  }
  return null
}
