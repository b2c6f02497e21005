import { createMongoAbility, type MongoAbility, type RawRuleOf } from '@casl/ability'
import { type App, sufficing, touchedBy } from './app.ts'
import type { AppMaker } from './contestant.ts'
import { type Ground, groundOf } from './ground.ts'

/** What is asked about: the holders of each role, and the attribute. */
type Thing = Readonly<Record<string, string | readonly string[]>>
type Ability = MongoAbility<[string, string | Thing]>
type Rule = RawRuleOf<Ability>

/** The rules with the user's groups written into them, one for each role that suffices; what forbids comes last. */
function abilityOf(app: App, ground: Ground, user: string): Ability {
  const who = [user, ...ground.groupsOf(user)]
  const rules = app.rules.flatMap(({ effect, actions, role, value }): Rule[] => {
    const base = { action: [...actions], subject: app.type, inverted: effect === 'forbid' }
    const valued = value === undefined ? {} : { [app.attribute ?? '']: value }
    if (role === undefined) return [{ ...base, conditions: valued }]
    return sufficing(app, role).map(one => ({ ...base, conditions: { ...valued, [one]: { $in: who } } }))
  })
  const ordered = [...rules.filter(r => r.inverted !== true), ...rules.filter(r => r.inverted === true)]
  return createMongoAbility<Ability>(ordered, { detectSubjectType: () => app.type })
}

function thingOf(app: App, ground: Ground, resource: string): Thing {
  const roles = Object.keys(app.roles).map(role => [role, ground.holders(resource, role)])
  return {
    ...Object.fromEntries(roles),
    ...(app.attribute !== null && { [app.attribute]: ground.value(resource) ?? '' }),
  }
}

/** CASL: an ability for each user and an object for each resource, made beforehand. */
export const casl: AppMaker = {
  name: 'CASL',
  async make({ app, world, requests }) {
    const ground = groundOf(app, world)
    const abilities = new Map(requests.map(r => [r.user, null as Ability | null]))
    for (const user of abilities.keys()) abilities.set(user, abilityOf(app, ground, user))
    const things = new Map(requests.map(r => [r.resource, thingOf(app, ground, r.resource)]))
    return {
      name: this.name,
      decide(n) {
        const { user, action, resource } = requests[n] as (typeof requests)[number]
        return abilities.get(user)?.can(action, things.get(resource) ?? {}) ?? false
      },
      write(change) {
        ground.apply(change)
        const { user, resource } = touchedBy(change)
        if (abilities.has(user)) abilities.set(user, abilityOf(app, ground, user))
        if (things.has(resource)) things.set(resource, thingOf(app, ground, resource))
      },
    }
  },
}
