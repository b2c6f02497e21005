import * as cedar from '@cedar-policy/cedar-wasm/nodejs'
import type { BenchRequest } from '../cases/requests.ts'
import type { BenchRule } from '../cases/rules.ts'
import { documentId, teamId, userId, type World } from '../cases/world.ts'
import type { Maker } from '../contestant.ts'

const typeName = (type: string): string => `${type.charAt(0).toUpperCase()}${type.slice(1)}`

function principal({ subject }: BenchRule): string {
  switch (subject.kind) {
    case 'type':
      return `principal is ${typeName(subject.type)}`
    case 'named':
      return `principal == User::"${subject.user}"`
    case 'team':
      return `principal in Team::"${subject.team}"`
    case 'contractors':
      return 'principal in Role::"contractor"'
  }
}

const LINKS = { none: null, team: 'principal in resource.sharedWith', owner: 'resource.owner == principal' } as const

function policyOf(rule: BenchRule): string {
  const link = LINKS[rule.link]
  const clauses = [...(link === null ? [] : [link]), ...(rule.weekdays ? ['context.weekday <= 5'] : [])]
  const when = clauses.length === 0 ? '' : ` when { ${clauses.join(' && ')} }`
  const scope = `${principal(rule)}, action == Action::"${rule.action}", resource is ${typeName(rule.type)}`
  return `${rule.effect}(${scope})${when};`
}

/** What a service would gather for the call: the user with their teams, the document with its attributes. */
function callOf(world: World, asked: BenchRequest, policies: string): cedar.StatefulAuthorizationCall {
  const team = (n: number) => ({ type: 'Team', id: teamId(n) })
  const user = { type: 'User', id: userId(asked.user) }
  const resource = { type: 'Document', id: documentId(asked.document) }
  const parents = (world.teamsOf[asked.user] ?? []).map(team)
  if (world.contractors.has(asked.user)) parents.push({ type: 'Role', id: 'contractor' })
  const attrs = {
    owner: { __entity: { type: 'User', id: userId(world.ownerOf[asked.document] ?? 0) } },
    sharedWith: (world.sharedWith[asked.document] ?? []).map(n => ({ __entity: team(n) })),
  }
  return {
    principal: user,
    action: { type: 'Action', id: asked.action },
    resource,
    context: { weekday: asked.weekday },
    preparsedPolicySetId: policies,
    entities: [
      { uid: user, attrs: {}, parents },
      { uid: resource, attrs, parents: [] },
    ],
  }
}

/** Cedar in WebAssembly: policies parsed once, entities handed over with each call, as its interface wants them. */
export const cedarContestants: Maker = async ({ world, rules, requests }) => {
  const id = `bench-${rules.length}`
  const staticPolicies = Object.fromEntries(rules.map((rule, n) => [`p${n}`, policyOf(rule)]))
  const parsed = cedar.preparsePolicySet(id, { staticPolicies })
  if (parsed.type === 'failure') throw new Error(`cedar: ${parsed.errors[0]?.message ?? ''}`)
  const calls = requests.map(asked => callOf(world, asked, id))
  return [
    {
      name: 'cedar-wasm',
      decide(n) {
        const answer = cedar.statefulIsAuthorized(calls[n] as cedar.StatefulAuthorizationCall)
        if (answer.type === 'failure') throw new Error(`cedar: ${answer.errors[0]?.message ?? ''}`)
        return answer.response.decision === 'allow'
      },
    },
  ]
}
