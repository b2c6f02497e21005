import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import { type App, type AppCase, type AppRequest, touchedBy } from './app.ts'
import type { AppMaker } from './contestant.ts'
import { type Ground, groundOf } from './ground.ts'

type Uid = cedar.TypeAndId

const uid = (name: string): Uid => ({ type: name.startsWith('user:') ? 'User' : 'Group', id: name })

const typeName = (type: string): string => `${type.charAt(0).toUpperCase()}${type.slice(1)}`

/** A user with all groups around, each with those it is directly in: Cedar closes the hierarchy itself. */
function principalEntities(ground: Ground, user: string): readonly cedar.EntityJson[] {
  const one = (name: string) => ({ uid: uid(name), attrs: {}, parents: ground.above(name).map(uid) })
  return [one(user), ...ground.groupsOf(user).map(one)]
}

/** A resource with the holders of each role, those of what it is in among them. */
function resourceEntity(app: App, ground: Ground, resource: string): cedar.EntityJson {
  const roles = Object.keys(app.roles).map(role => [
    role,
    ground.holders(resource, role).map(holder => ({ __entity: uid(holder) })),
  ])
  const value = app.attribute === null ? {} : { [app.attribute]: ground.value(resource) ?? '' }
  return {
    uid: { type: typeName(app.type), id: resource },
    attrs: { ...Object.fromEntries(roles), ...value },
    parents: [],
  }
}

function prepared({ app }: AppCase): string {
  const id = `bench ${app.name}`
  const parsed = cedar.preparsePolicySet(id, { staticPolicies: app.cedar })
  if (parsed.type === 'failure') throw new Error(`cedar: ${parsed.errors[0]?.message ?? ''}`)
  return id
}

function decideOn(policies: string, app: App, asked: AppRequest, entities: cedar.EntityJson[]): boolean {
  const answer = cedar.statefulIsAuthorized({
    principal: uid(asked.user),
    action: { type: 'Action', id: asked.action },
    resource: { type: typeName(app.type), id: asked.resource },
    context: {},
    preparsedPolicySetId: policies,
    entities,
  })
  if (answer.type === 'failure') throw new Error(`cedar: ${answer.errors[0]?.message ?? ''}`)
  return answer.response.decision === 'allow'
}

/** The kind reading: what a call needs was gathered beforehand, per user and per resource, and is only handed over. */
export const cedarGathered: AppMaker = {
  name: 'cedar-wasm, entities at hand',
  async make(given) {
    const { app, world, requests } = given
    const ground = groundOf(app, world)
    const policies = prepared(given)
    const users = new Map(requests.map(r => [r.user, principalEntities(ground, r.user)]))
    const resources = new Map(requests.map(r => [r.resource, resourceEntity(app, ground, r.resource)]))
    return {
      name: this.name,
      decide(n) {
        const asked = requests[n] as AppRequest
        const principal = users.get(asked.user) ?? []
        const resource = resources.get(asked.resource)
        return decideOn(policies, app, asked, resource === undefined ? [...principal] : [...principal, resource])
      },
      write(change) {
        ground.apply(change)
        const { user, resource } = touchedBy(change)
        if (users.has(user)) users.set(user, principalEntities(ground, user))
        if (resources.has(resource)) resources.set(resource, resourceEntity(app, ground, resource))
      },
    }
  },
}

/** As a service must that keeps its facts elsewhere: the slice is gathered for each call, here from maps in memory. */
export const cedarGathering: AppMaker = {
  name: 'cedar-wasm, gathering',
  async make(given) {
    const { app, world, requests } = given
    const ground = groundOf(app, world)
    const policies = prepared(given)
    return {
      name: this.name,
      decide(n) {
        const asked = requests[n] as AppRequest
        const entities = [...principalEntities(ground, asked.user), resourceEntity(app, ground, asked.resource)]
        return decideOn(policies, app, asked, entities)
      },
      write: change => ground.apply(change),
    }
  },
}
