import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { chainOf } from '../../pdp/keys.ts'
import { callbackSecret } from '../../pdp/webhooks/callbacks.ts'
import type { Outgoing } from '../../pdp/webhooks/open.ts'
import { type Route, route } from '../route.ts'
import { TAG } from './doors.ts'

/** What an agent checks the callbacks of its requests with. */
export const callbackSecretRoute = ({ masterKey }: Outgoing): Route =>
  route({
    operation: 'callbackSecret',
    method: 'GET',
    path: '/orgs/{org}/api/v1/agents/me/callback-secret',
    tag: TAG,
    summary: 'What messages to a `callback_url` of this agent are signed with',
    needs: { scope: 'org', act: { action: 'use', type: 'org_self' } },
    answers: { 200: { description: 'the secret', schema: z.object({ secret: z.string() }) } },
    handle({ state, principal }) {
      const { subject, actors } = chainOf(principal)
      const agent = actors.at(-1) ?? subject
      if (agent.type !== 'agent') throw new PdpError('invalid_request', 'expected an agent: others have no callbacks')
      return { status: 200, body: { secret: callbackSecret(masterKey, state.org.slug, agent.id) } }
    },
  })
