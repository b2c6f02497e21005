import { z } from 'zod'
import { MOST } from '../../agents/capability.ts'
import { issueCapability } from '../../pdp/capabilities/issue.ts'
import { revokeCapability } from '../../pdp/capabilities/revoke.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { Service } from '../../pdp/service.ts'
import { type Pattern, patternOf } from '../../policy/evidence.ts'
import { shownIn } from '../evidence.ts'
import { instantFrom } from '../request.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import * as shape from './shapes.ts'
import { shownOf } from './shown.ts'

const base = '/orgs/{org}/api/v1/capabilities'
const USE = { scope: 'org', act: { action: 'use', type: 'org_self' } } as const

/** Capabilities: given out, narrowed, ended. */
export function capabilityRoutes(service: Service): readonly Route[] {
  return [
    route({
      operation: 'issueCapability',
      method: 'POST',
      path: base,
      tag: 'capabilities',
      summary: 'Trade the token one calls with for a capability, or narrow one',
      needs: USE,
      body: shape.wish,
      answers: { 201: { description: 'the capability; its text is shown once', schema: shape.issued } },
      handle: call => issue(service, call),
    }),
    route({
      operation: 'revokeCapability',
      method: 'POST',
      path: `${base}/revoke`,
      tag: 'capabilities',
      summary: 'End a capability and all that came from it',
      needs: USE,
      body: shape.revoking,
      answers: { 200: { description: 'it is not good for anything (any more)', schema: z.object({}) } },
      async handle(call) {
        const { capability, jti = null, reason = 'revoked by its holder' } = call.body
        const shown = shownIn(call, capability)
        const { state, principal, ip } = call
        await revokeCapability(service, state, principal, ip, { shown, jti, reason })
        return { status: 200, body: {} }
      },
    }),
  ]
}

async function issue(service: Service, call: Call<z.infer<typeof shape.wish>, undefined>): Promise<Reply> {
  const { state, principal, ip, body } = call
  const from = body.not_before === undefined ? null : instantFrom(body.not_before, 'not_before')
  const { text, capability, decisions } = await issueCapability(service, state, principal, ip, {
    actions: [...new Set(body.actions)],
    resources: patternsIn(body.resources),
    ttl: body.ttl ?? null,
    from: from === null ? null : Math.ceil(from / 1000) * 1000,
    uses: body.uses ?? null,
    spend: body.spend ?? null,
    audience: body.audience ?? null,
    depth: body.depth ?? null,
    jkt: body.jkt ?? null,
    parent: shownIn(call, body.parent),
    context: body.context ?? {},
  })
  if (text.length > MOST.length)
    throw new PdpError('invalid_request', 'the capability is too long; ask for less in one')
  return {
    status: 201,
    headers: { 'cache-control': 'no-store' },
    body: {
      capability: text,
      token_type: capability.jkt === null ? 'Bearer' : 'DPoP',
      expires_in: Math.max(0, Math.floor((capability.until - service.clock()) / 1000)),
      ...shownOf(capability, capability),
      decision_ids: decisions,
    },
  }
}

function patternsIn(texts: readonly string[]): readonly Pattern[] {
  return [...new Set(texts)].map(text => {
    const pattern = patternOf(text)
    if (pattern !== null) return pattern
    throw new PdpError(
      'invalid_request',
      `\`resources\`: expected \`type:id\`, \`type:prefix*\` or \`type:*\`, not \`${text}\``,
    )
  })
}
