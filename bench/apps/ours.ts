import { createEngine } from '../../src/embedded.ts'
import { check } from '../../src/pdp/check.ts'
import { applyChange, type OrgState, stateOf } from '../../src/pdp/org.ts'
import type { Entity } from '../../src/policy/entity.ts'
import type { Request } from '../../src/policy/request.ts'
import { shippedRules } from '../ours.ts'
import type { AppCase, AppChange, AppRequest } from './app.ts'
import type { AppMaker } from './contestant.ts'

/** An instant for all requests: no rule of the applications asks for it. */
const AT = Date.UTC(2026, 2, 3)

export function entityOf(name: string): Entity {
  const colon = name.indexOf(':')
  return { type: name.slice(0, colon), id: name.slice(colon + 1) }
}

/** The application as the service holds an org. */
export function orgOf({ app, world }: AppCase): OrgState {
  const { attribute } = app
  return stateOf(
    {
      org: { slug: 'bench', name: 'Bench', zone: 'UTC' },
      revision: 1,
      model: { id: 'bench', dsl: app.model },
      policy: { version: 1, text: app.policy, author: 'bench', note: '', publishedAt: 0 },
      keys: [],
      attributes:
        attribute === null
          ? []
          : [...world.attributes].map(([name, value]) => ({ entity: entityOf(name), name: attribute, value })),
      tuples: world.tuples.map(tuple => ({ ...tuple, condition: null })),
    },
    shippedRules(),
  )
}

export const requestOf = ({ user, action, resource }: AppRequest): Request => ({
  org: 'bench',
  subject: entityOf(user),
  actors: [],
  action,
  resource: entityOf(resource),
  context: {},
  at: AT,
})

/** A change as it comes to an org in memory from its changelog. */
export function applyTo(state: OrgState, attribute: string | null, change: AppChange): void {
  const revision = state.revision + 1
  if (change.kind === 'set') {
    const set = { [attribute ?? '']: change.value }
    const made = { kind: 'attributes', entity: entityOf(change.resource), set, unset: [] } as const
    applyChange(state, { revision, at: AT, change: made }, shippedRules())
    return
  }
  const tuples = [{ ...change.tuple, condition: null }]
  const [writes, deletes] = change.kind === 'add' ? [tuples, []] : [[], tuples]
  applyChange(state, { revision, at: AT, change: { kind: 'tuples', writes, deletes } }, shippedRules())
}

/** As the service decides, its cache kept. */
export const cached: AppMaker = {
  name: 'ours, cached',
  async make(given) {
    const state = orgOf(given)
    const requests = given.requests.map(requestOf)
    return {
      name: 'ours, cached',
      decide: n => check(state, requests[n] as Request).verdict.effect === 'allow',
      write: change => applyTo(state, given.app.attribute, change),
    }
  },
}

/** As the service decides what it was never asked before: the cache is empty for each request. */
export const cold: AppMaker = {
  name: 'ours, cold',
  async make(given) {
    const state = orgOf(given)
    const requests = given.requests.map(requestOf)
    return {
      name: 'ours, cold',
      decide: n => check(state, requests[n] as Request).verdict.effect === 'allow',
      before: () => state.cache.clear(),
      longest: requests.length,
      write: change => applyTo(state, given.app.attribute, change),
    }
  },
}

/** By the door for programs that embed the engine: entities as text, the clock read for each. */
export const embedded: AppMaker = {
  name: 'ours, embedded',
  async make({ app, world, requests }) {
    const { attribute } = app
    const engine = createEngine({
      org: 'bench',
      model: app.model,
      policy: app.policy,
      tuples: world.tuples,
      attributes:
        attribute === null
          ? {}
          : Object.fromEntries([...world.attributes].map(([name, value]) => [name, { [attribute]: value }])),
    })
    const asked = requests.map(({ user, action, resource }) => ({ subject: user, action, resource }))
    return {
      name: 'ours, embedded',
      decide: n => engine.check(asked[n] as (typeof asked)[number]).effect === 'allow',
      write(change) {
        if (change.kind === 'set') engine.setAttributes(change.resource, { [attribute ?? '']: change.value })
        else engine.write(change.kind === 'add' ? { writes: [change.tuple] } : { deletes: [change.tuple] })
      },
    }
  },
}

/** The same as `cached`, with how often the cache had what was asked. */
export function countingOrg(given: AppCase) {
  const state = orgOf(given)
  const requests = given.requests.map(requestOf)
  return {
    decide: (n: number): boolean => check(state, requests[n] as Request).verdict.effect === 'allow',
    write: (change: AppChange): void => applyTo(state, given.app.attribute, change),
    hits: (): number => state.cacheUse.hits / (state.cacheUse.hits + state.cacheUse.misses),
    reset(): void {
      state.cacheUse = { hits: 0, misses: 0 }
    },
  }
}
