import { DefaultRoleManager, type Enforcer, newEnforcer, newModelFromString, StringAdapter } from 'casbin'
import { type App, type AppCase, type AppTuple, type AppWorld, typeOf } from './app.ts'
import type { AppMaker } from './contestant.ts'

/** A role of one resource is a role of its own, `document:1#viewer`; a policy says what a role may do. */
const MODEL = `
[request_definition]
r = sub, obj, act, value

[policy_definition]
p = role, act, value, eft

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.act == p.act && (p.value == "any" || r.value == p.value) && (p.role == "any" || g(r.sub, roleOn(r.obj, p.role)))
`

/** Deeper than any hierarchy here; casbin looks no further than ten links by itself. */
const LEVELS = 32

const policiesOf = ({ rules }: App): readonly string[] =>
  rules.flatMap(({ effect, actions, role = 'any', value = 'any' }) =>
    actions.map(action => `p, ${role}, ${action}, ${value}, ${effect === 'permit' ? 'allow' : 'deny'}`),
  )

/** The links of a tuple: what it is in gives its roles. */
export function linksOf({ inherits }: App, { object, relation, user }: AppTuple): readonly [string, string][] {
  const tied = inherits.filter(i => i.by === relation)
  if (tied.length === 0) return [[user, `${object}#${relation}`]]
  return tied.map(({ from, to }) => [`${user}#${from}`, `${object}#${to}`])
}

/** That a role is also others, for each thing that has roles. */
function* impliedLinks(app: App, { tuples }: AppWorld): Generator<readonly [string, string]> {
  const things = new Set(tuples.map(t => t.object).filter(name => !app.groups.includes(typeOf(name))))
  for (const thing of things) {
    for (const [role, others] of Object.entries(app.roles)) {
      for (const other of others) yield [`${thing}#${role}`, `${thing}#${other}`]
    }
  }
}

async function enforcerOf({ app, world }: AppCase): Promise<Enforcer> {
  const links = [...world.tuples.flatMap(t => linksOf(app, t)), ...impliedLinks(app, world)]
  const lines = [...policiesOf(app), ...links.map(([member, role]) => `g, ${member}, ${role}`)]
  const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter(lines.join('\n')))
  enforcer.setRoleManager(new DefaultRoleManager(LEVELS))
  await enforcer.buildRoleLinks()
  enforcer.enableAutoSave(false)
  await enforcer.addFunction('roleOn', (resource: string, role: string) => `${resource}#${role}`)
  return enforcer
}

/** casbin with everything in memory, asked without promises; it is told the attribute with each call. */
export const casbin: AppMaker = {
  name: 'casbin',
  async make(given) {
    const { app, world, requests } = given
    const enforcer = await enforcerOf(given)
    const values = new Map(world.attributes)
    return {
      name: this.name,
      decide(n) {
        const { user, action, resource } = requests[n] as (typeof requests)[number]
        return enforcer.enforceSync(user, resource, action, values.get(resource) ?? '')
      },
      write(change) {
        if (change.kind === 'set') {
          values.set(change.resource, change.value)
          return
        }
        const links = linksOf(app, change.tuple).map(link => [...link])
        return change.kind === 'add' ? enforcer.addGroupingPolicies(links) : enforcer.removeGroupingPolicies(links)
      },
    }
  },
}
