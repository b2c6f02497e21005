import { zipfOrder } from '../http/zipf.ts'
import { type Chance, chanceFrom } from '../random.ts'
import type { App, AppCase, AppChange, AppTuple } from './app.ts'
import { groundOf } from './ground.ts'
import { caseOf } from './requests.ts'

/** Checks and changes in the order they come, and what undoes the changes, so that it can be played again. */
export interface Load {
  readonly given: AppCase
  /** The number of a request, or -1 - the number of a change. */
  readonly steps: Int32Array
  /** The right answer of each step that is a check, at that moment. */
  readonly allowed: Uint8Array
  readonly changes: readonly AppChange[]
  readonly undo: readonly AppChange[]
}

export interface LoadPlan {
  readonly size: number
  /** How many different requests there are. */
  readonly questions: number
  readonly steps: number
}

/** Some share of the steps are changes: of whom and of what is asked often as often as it is asked about. */
export function loadOf(app: App, { size, questions, steps: count }: LoadPlan, share: number): Load {
  const given = caseOf(app, size, questions)
  const { requests, world } = given
  const chance = chanceFrom(Math.round(share * 1_000) + 17)
  const order = zipfOrder(requests.length, count, 1)
  const ground = groundOf(app, world)
  const change = changer(given, chance)
  const steps = new Int32Array(count)
  const allowed = new Uint8Array(count)
  const changes: AppChange[] = []
  for (let i = 0; i < count; i += 1) {
    const n = order[i] ?? 0
    const asked = requests[n] as (typeof requests)[number]
    if (chance.below(1_000) < share * 1_000) {
      const made = change.next(asked)
      ground.apply(made)
      steps[i] = -changes.push(made)
    } else {
      steps[i] = n
      allowed[i] = ground.allows(asked.user, asked.action, asked.resource) ? 1 : 0
    }
  }
  return { given, steps, allowed, changes, undo: change.undo() }
}

/** Of five changes, two put a user into a group or out, two let a user see a resource or not, one sets its attribute. */
function changer({ app, world }: AppCase, chance: Chance) {
  const keyOf = (t: AppTuple): string => `${t.object} ${t.relation} ${t.user}`
  const first = new Set(world.tuples.map(keyOf))
  const now = new Map<string, { readonly tuple: AppTuple; readonly there: boolean }>()
  const values = new Map(world.attributes)
  const role = Object.keys(app.roles).at(-1) ?? ''

  const toggle = (tuple: AppTuple): AppChange => {
    const key = keyOf(tuple)
    const there = !(now.get(key)?.there ?? first.has(key))
    now.set(key, { tuple, there })
    return { kind: there ? 'add' : 'remove', tuple }
  }
  /** One of three by the name, so that what came goes again. */
  const near = (names: readonly string[], name: string): string => {
    const n = Number(name.slice(name.indexOf(':') + 1))
    return names[(n * 7 + chance.below(3)) % names.length] ?? ''
  }
  return {
    next({ user, resource }: { readonly user: string; readonly resource: string }): AppChange {
      const kind = chance.below(5)
      if (kind < 2) return toggle({ object: near(world.groups, user), relation: 'member', user })
      if (kind < 4 || app.attribute === null) {
        return toggle({ object: resource, relation: role, user: near(world.users, resource) })
      }
      const value = app.values.find(v => v !== values.get(resource)) ?? ''
      values.set(resource, value)
      return { kind: 'set', resource, value }
    },
    undo(): readonly AppChange[] {
      const tuples = [...now]
        .filter(([key, { there }]) => there !== first.has(key))
        .map(([, { tuple, there }]): AppChange => ({ kind: there ? 'remove' : 'add', tuple }))
      const sets = [...values]
        .filter(([resource, value]) => world.attributes.get(resource) !== value)
        .map(([resource]): AppChange => ({ kind: 'set', resource, value: world.attributes.get(resource) ?? '' }))
      return [...tuples, ...sets]
    },
  }
}
