import { andThen } from '../../lib/later.ts'
import type { OrgState } from '../../pdp/org.ts'
import { type Sought, search } from '../../pdp/search.ts'
import type { Service } from '../../pdp/service.ts'
import type { Request } from '../../policy/request.ts'
import { doingIn } from '../doing.ts'
import { evidenceIn } from '../evidence.ts'
import { requestFrom } from '../request.ts'
import { type Answer, jsonText, type Route, route } from '../route.ts'
import { alikeEvaluations } from './alike.ts'
import { AUTHZEN_ERRORS } from './error.ts'
import { evaluate, evaluateMany } from './evaluate.ts'
import { metadataRoutes } from './metadata.ts'
import { plainEvaluation, plainEvaluations } from './quick.ts'
import * as shape from './shapes.ts'

const CHECK = { scope: 'org', act: { action: 'check', type: 'org_access' } } as const

/** Where the API is served: the standard's own paths and the published ones, for an org and for a key's own org. */
const BASES = [
  { base: '/access/v1', name: '', standard: true },
  { base: '/orgs/{org}/access/v1', name: 'InOrg', standard: true },
  { base: '/api/v1/authz/v1', name: 'Published', standard: false },
  { base: '/orgs/{org}/api/v1/authz/v1', name: 'PublishedInOrg', standard: false },
] as const

/** AuthZEN Authorization API 1.0. */
export function authzenRoutes(service: Service, publicUrl: string): readonly Route[] {
  const rows = BASES.flatMap(({ base, name, standard }) => {
    const common = {
      method: 'POST',
      tag: 'authzen',
      needs: CHECK,
      ...(standard && { errors: AUTHZEN_ERRORS }),
    } as const
    const ok = (description: string, schema: Answer['schema']): Record<number, Answer> => ({
      200: { description, ...(schema !== undefined && { schema }) },
    })
    return [
      route({
        ...common,
        operation: `evaluate${name}`,
        path: `${base}/evaluation`,
        summary: 'May this subject do this to this resource?',
        body: shape.evaluation,
        quick: plainEvaluation,
        answers: ok('the decision and why', shape.evaluationAnswer),
        handle: call =>
          andThen(evidenceIn(service, call.state, call, call.body.capability), evidence =>
            andThen(evaluate(service, call.state, call.body, evidence, doingIn(call.principal, call.body)), jsonText),
          ),
      }),
      route({
        ...common,
        operation: `evaluateMany${name}`,
        path: `${base}/evaluations`,
        summary: 'Several questions at once, with defaults',
        body: shape.evaluations,
        quick: plainEvaluations,
        quickText: alikeEvaluations,
        answers: ok('the decisions in the order asked', shape.evaluationsAnswer),
        handle: call =>
          andThen(evidenceIn(service, call.state, call, call.body.capability), evidence =>
            andThen(evaluateMany(service, call.state, call.body, evidence), jsonText),
          ),
      }),
      route({
        ...common,
        operation: `searchSubject${name}`,
        path: `${base}/search/subject`,
        summary: 'Which subjects of a type may do this?',
        body: shape.subjectSearch,
        answers: ok('subjects that would be allowed', shape.entitiesAnswer),
        handle({ state, body }) {
          const asked = { ...body, subject: { ...body.subject, id: '' } }
          const found = find(service, state, requestFrom(state.org.slug, asked, service.clock()), 'subject', body.page)
          return andThen(found, page => ({
            status: 200,
            body: pageOf(
              page,
              page.ids.map(id => ({ type: body.subject.type, id })),
            ),
          }))
        },
      }),
      route({
        ...common,
        operation: `searchResource${name}`,
        path: `${base}/search/resource`,
        summary: 'Which resources of a type may this subject do this to?',
        body: shape.resourceSearch,
        answers: ok('resources it would be allowed on', shape.entitiesAnswer),
        handle({ state, body }) {
          const asked = { ...body, resource: { ...body.resource, id: '' } }
          const found = find(service, state, requestFrom(state.org.slug, asked, service.clock()), 'resource', body.page)
          return andThen(found, page => ({
            status: 200,
            body: pageOf(
              page,
              page.ids.map(id => ({ type: body.resource.type, id })),
            ),
          }))
        },
      }),
      route({
        ...common,
        operation: `searchAction${name}`,
        path: `${base}/search/action`,
        summary: 'What may this subject do to this resource?',
        body: shape.actionSearch,
        answers: ok('actions that would be allowed', shape.actionsAnswer),
        handle({ state, body }) {
          const asked = { ...body, action: { name: '' } }
          const found = find(service, state, requestFrom(state.org.slug, asked, service.clock()), 'action', body.page)
          return andThen(found, page => ({
            status: 200,
            body: pageOf(
              page,
              page.ids.map(name => ({ name })),
            ),
          }))
        },
      }),
    ]
  })
  return [...rows, ...metadataRoutes(publicUrl)]
}

const PAGE = 100

function find(
  service: Service,
  state: OrgState,
  request: Request,
  sought: Sought,
  page: { token?: string | undefined; limit?: number | undefined } | undefined,
) {
  const token = page?.token === undefined || page.token === '' ? null : page.token
  const wanted = { limit: page?.limit ?? PAGE, token }
  return service.answered(state, world => search(world, request, sought, wanted), { whole: true })
}

const pageOf = <T>(found: { nextToken: string }, results: readonly T[]) => ({
  page: { next_token: found.nextToken, count: results.length },
  results,
})
