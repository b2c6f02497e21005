import { type BenchRequest, buildRequests } from '../cases/requests.ts'
import { buildRules } from '../cases/rules.ts'
import { buildWorld, documentId, teamId, userId, type World } from '../cases/world.ts'
import type { Case } from '../contestant.ts'

/** What all servers are asked: 100 rules over 10,000 tuples, 256 different requests of 16 users. */
export function httpCase(): Case {
  const world = buildWorld(10_000)
  const rules = buildRules(100)
  return { world, rules, requests: buildRequests(world, rules, 256, 16) }
}

export const PATH = '/access/v1/evaluation'

/** AuthZEN 1.0. */
export const ourBody = (asked: BenchRequest): string =>
  JSON.stringify({
    subject: { type: 'user', id: userId(asked.user) },
    action: { name: asked.action },
    resource: { type: 'document', id: documentId(asked.document) },
    context: { time: asked.time },
  })

export const CERBOS_PATH = '/api/check/resources'

/** Cerbos is told in the request what the others look up. */
export const cerbosBody = (world: World, asked: BenchRequest): string =>
  JSON.stringify({
    requestId: 'bench',
    principal: {
      id: userId(asked.user),
      roles: world.contractors.has(asked.user) ? ['user', 'contractor'] : ['user'],
      attr: { teams: (world.teamsOf[asked.user] ?? []).map(teamId) },
    },
    resources: [
      {
        actions: [asked.action],
        resource: {
          kind: 'document',
          id: documentId(asked.document),
          attr: {
            owner: userId(world.ownerOf[asked.document] ?? 0),
            sharedWith: (world.sharedWith[asked.document] ?? []).map(teamId),
            time: asked.time,
          },
        },
      },
    ],
  })
