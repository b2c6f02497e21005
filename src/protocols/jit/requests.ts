import { z } from 'zod'
import type { Detail } from '../../agents/detail.ts'
import { PdpError } from '../../pdp/errors.ts'
import { cancel } from '../../pdp/jit/answers.ts'
import { ask, type JitTimes } from '../../pdp/jit/requests.ts'
import { callingAgent, liveTask, ownTask } from '../../pdp/jit/tasks.ts'
import { ownRequest, scopesOf, tokenFor } from '../../pdp/jit/token.ts'
import type { Principal } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { printEntity } from '../../policy/entity.ts'
import type { Json } from '../../policy/json.ts'
import { isoOrNull } from '../registry/shapes.ts'
import { type Route, route } from '../route.ts'
import { detailsIn, detailsOfScopes, newRequest, requestShown, shown } from './shapes.ts'
import { requestBody } from './shown.ts'
import { base, readSelf, tag, useSelf } from './tasks.ts'

const DEFAULT_TTL = 600
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:access_token'

export function requestRoutes(service: Service, times: JitTimes): readonly Route[] {
  return [
    route({
      operation: 'requestPermission',
      method: 'POST',
      path: `${base}/jit/request`,
      tag,
      summary: 'Ask for what takes a yes; the same asked again while it waits joins it',
      needs: useSelf,
      body: newRequest,
      answers: { 201: { description: 'the request: approved at once, or waiting', schema: requestShown } },
      async handle({ state, principal, body, prefix, ip }) {
        const task = liveTask(service, state, principal, body.task_id)
        const { callback_url: callback } = body
        const approval = await ask(
          service,
          state,
          {
            task,
            details: wantedIn(body),
            justification: body.justification ?? null,
            ttl: (body.requested_ttl ?? body.ttl ?? DEFAULT_TTL) * 1000,
            uses: body.max_uses ?? 1,
            emergency: body.emergency ?? false,
            addressee: null,
            via: 'jit',
            meta: callback === undefined ? {} : { callback_url: callback },
            ip,
          },
          times,
        )
        return { status: 201, body: requestBody(state, approval, { prefix, org: state.org.slug }, service.clock()) }
      },
    }),
    route({
      operation: 'permissionStatus',
      method: 'GET',
      path: `${base}/jit/request/{id}/status`,
      tag,
      summary: 'What became of a request',
      needs: readSelf,
      answers: { 200: { description: 'the request', schema: requestShown } },
      handle({ state, principal, params, prefix }) {
        const approval = ownRequest(state, principal, params.id ?? '')
        return { status: 200, body: requestBody(state, approval, { prefix, org: state.org.slug }, service.clock()) }
      },
    }),
    route({
      operation: 'permissionToken',
      method: 'POST',
      path: `${base}/jit/request/{id}/token`,
      tag,
      summary: 'A token for what was approved, and nothing else',
      needs: useSelf,
      optionalBody: true,
      body: z.object({ audience: z.array(z.string().max(2048)).max(10).optional() }),
      answers: { 200: { description: 'the token', schema: shown } },
      async handle({ state, principal, params, body, ip }) {
        const approval = ownRequest(state, principal, params.id ?? '')
        const issued = await tokenFor(service, state, callingAgent(state, principal), approval, {
          ip,
          jkt: principal.kind === 'token' ? principal.token.jkt : null,
          audience: body.audience ?? [],
          lineage: lineageOf(principal),
          grant: 'jit',
        })
        if (issued.kind === 'refused') throw new PdpError('permission_denied', issued.why, issued.detail)
        const { token, text } = issued
        return {
          status: 200,
          headers: { pragma: 'no-cache' },
          body: {
            access_token: text,
            token_type: token.jkt === null ? 'Bearer' : 'DPoP',
            expires_in: (token.expiresAt - token.issuedAt) / 1000,
            issued_token_type: JWT_TYPE,
            authorization_details: token.details ?? [],
            task_id: token.task,
            jit_request_id: approval.id,
          },
        }
      },
    }),
    route({
      operation: 'cancelPermission',
      method: 'POST',
      path: `${base}/jit/request/{id}/cancel`,
      tag,
      summary: 'Take a request back, or what was granted on it',
      needs: useSelf,
      answers: { 200: { description: 'it has ended', schema: requestShown } },
      async handle({ state, principal, params, prefix }) {
        const approval = await cancel(service, state, principal, params.id ?? '')
        return { status: 200, body: requestBody(state, approval, { prefix, org: state.org.slug }, service.clock()) }
      },
    }),
    route({
      operation: 'scopePermissionStatus',
      method: 'GET',
      path: `${base}/jit/status/{id}`,
      tag,
      summary: 'Which scopes were approved for a task',
      needs: readSelf,
      answers: { 200: { description: 'the scopes', schema: shown } },
      handle({ state, principal, params }) {
        const task = ownTask(state, principal, params.id ?? '')
        const all = state.registry.approvalsOf(task.id).toSorted((a, b) => a.askedAt - b.askedAt)
        const place = { prefix: '/orgs', org: state.org.slug } as const
        const bodies = all.map(one => ({ one, body: requestBody(state, one, place, service.clock()) }))
        const good = bodies.filter(({ body }) => body.status === 'approved').map(({ one }) => one)
        const scopes = good.flatMap(one => one.terms.details.flatMap(scopesOf))
        const last = good.at(-1)
        const yes = last?.answers.findLast(a => a.yes)
        return {
          status: 200,
          body: {
            task_id: task.id,
            status:
              bodies.find(({ body }) => body.status === 'pending')?.body.status ??
              bodies.at(-1)?.body.status ??
              'pending',
            approved_scopes: [...new Set(scopes)],
            approved_by: yes === undefined ? null : printEntity(yes.by),
            approved_at: isoOrNull(last?.endedAt ?? null),
          },
        }
      },
    }),
  ]
}

/** What a body asks for: details, or scopes as older clients have it. */
function wantedIn(body: z.infer<typeof newRequest>): readonly Detail[] {
  if (body.authorization_details !== undefined) return detailsIn(body.authorization_details as Json)
  const scopes = body.scope?.split(' ').filter(scope => scope !== '') ?? []
  if (scopes.length > 0) return detailsOfScopes([...new Set(scopes)])
  throw new PdpError('invalid_authorization_details', 'expected `authorization_details`: what is to be done to what')
}

const lineageOf = (principal: Principal): readonly string[] =>
  principal.kind === 'token' ? [...principal.token.lineage, principal.token.jti] : []
