import { z } from 'zod'
import { retireAll, rotate } from '../../pdp/identity-credentials.ts'
import { nameOf } from '../../pdp/keys.ts'
import { userNamed } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { overlap, writeCredentials } from './agent-credentials.ts'
import { credentialBody, credentialShown, shownOnce } from './credential-shape.ts'
import { done, oneWith } from './shapes.ts'

const base = '/orgs/{org}/api/v1/admin/users/{id}'

/** API keys of people, who call as themselves: what they may do is said by the rules. */
export function userKeyRoutes(service: Service): readonly Route[] {
  const tag = 'users'
  return [
    route({
      operation: 'rotateUserKey',
      method: 'POST',
      path: `${base}/rotate-key`,
      tag,
      summary:
        'An API key for a user, shown this once; the one before counts for `overlap_seconds` more, or ends at once',
      needs: writeCredentials,
      optionalBody: true,
      body: z.strictObject({ overlap_seconds: overlap.default(0) }),
      answers: { 200: { description: 'the key', schema: oneWith(credentialBody.extend(shownOnce)) } },
      async handle({ state, params, body, principal }) {
        const user = userNamed(state, params.id ?? '')
        const { overlap_seconds: beside } = body
        const { credential, shown } = await rotate(
          service,
          state,
          user,
          'api_key',
          undefined,
          beside,
          nameOf(principal),
        )
        const data = { ...credentialShown(credential, service.clock()), ...shown }
        return { status: 200, body: { data, message: 'API key rotated' } }
      },
    }),
    route({
      operation: 'revokeUserKey',
      method: 'POST',
      path: `${base}/revoke-key`,
      tag,
      summary: 'End every API key of a user',
      needs: writeCredentials,
      optionalBody: true,
      body: z.strictObject({}),
      answers: { 200: { description: 'there is none any more', schema: done } },
      async handle({ state, params, principal }) {
        const user = userNamed(state, params.id ?? '')
        await retireAll(service, state, user, state.registry.credentialsOf('user', user.id), nameOf(principal))
        return { status: 200, body: { message: 'API key revoked' } }
      },
    }),
  ]
}
