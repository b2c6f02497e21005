import { z } from 'zod'
import { jwksProblem, jwksUriProblem } from '../../agents/jwks.ts'
import type { TokenSettings } from '../../agents/signing-key.ts'
import { LEAST_LIFETIME } from '../../pdp/agent-rules.ts'
import { PdpError } from '../../pdp/errors.ts'
import { nameOf } from '../../pdp/keys.ts'
import { put } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { type Route, route } from '../route.ts'
import { oneWith, uri } from './shapes.ts'

const path = '/orgs/{org}/api/v1/admin/settings/tokens'
const lifetime = z.int().min(LEAST_LIFETIME).max(86_400)
const ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'RS256'] as const

const idp = z
  .strictObject({
    issuer: uri,
    jwks_uri: z.string().max(2048).nullable().default(null),
    jwks: jsonObject.nullable().default(null),
    algorithms: z.array(z.enum(ALGORITHMS)).min(1).max(4).default(['EdDSA', 'ES256', 'RS256']),
    require_consent: z.boolean().default(false),
  })
  .superRefine(({ jwks, jwks_uri }, context) => {
    const problem =
      (jwks === null) === (jwks_uri === null)
        ? 'expected `jwks` or `jwks_uri`, one of them'
        : jwks !== null
          ? jwksProblem(jwks)
          : jwksUriProblem(jwks_uri ?? '')
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })

const members = {
  actor_chain_order: z.enum(['outermost_first', 'rfc8693']),
  max_depth: z.int().min(1).max(8),
  default_lifetime: lifetime,
  max_lifetime: lifetime,
}
const said = z.strictObject({ ...members, trusted_idps: z.array(idp).max(20) }).partial()
const shown = z.object({ ...members, trusted_idps: z.array(z.looseObject({ issuer: z.string() })) })

const bodyOf = (settings: TokenSettings) => ({
  actor_chain_order: settings.actorChainOrder,
  max_depth: settings.maxDepth,
  default_lifetime: settings.defaultLifetime,
  max_lifetime: settings.maxLifetime,
  trusted_idps: settings.trustedIdps.map(({ issuer, jwksUri, jwks, algorithms, requireConsent }) => ({
    issuer,
    jwks_uri: jwksUri,
    jwks,
    algorithms,
    require_consent: requireConsent === true,
  })),
})

function changed(before: TokenSettings, body: z.output<typeof said>): TokenSettings {
  const after: TokenSettings = {
    ...before,
    actorChainOrder: body.actor_chain_order ?? before.actorChainOrder,
    maxDepth: body.max_depth ?? before.maxDepth,
    defaultLifetime: body.default_lifetime ?? before.defaultLifetime,
    maxLifetime: body.max_lifetime ?? before.maxLifetime,
    trustedIdps:
      body.trusted_idps?.map(({ issuer, jwks_uri, jwks, algorithms, require_consent }) => ({
        issuer,
        jwksUri: jwks_uri,
        jwks,
        algorithms,
        requireConsent: require_consent,
      })) ?? before.trustedIdps,
  }
  if (after.defaultLifetime > after.maxLifetime) {
    throw new PdpError('invalid_request', '`default_lifetime` may not be more than `max_lifetime`')
  }
  const issuers = after.trustedIdps.map(one => one.issuer)
  if (new Set(issuers).size < issuers.length) {
    throw new PdpError('invalid_request', '`trusted_idps` names one issuer twice')
  }
  return after
}

export function tokenSettingsRoutes(service: Service): readonly Route[] {
  const answers = { 200: { description: 'the settings', schema: oneWith(shown) } }
  const change = (method: 'PUT' | 'PATCH', operation: string): Route =>
    route({
      operation,
      method,
      path,
      tag: 'settings',
      summary: 'Change what is said and leave the rest; tokens that were issued stay as they are',
      needs: { scope: 'org', act: { action: 'write', type: 'org_setting' } },
      body: said,
      answers,
      async handle({ state, body, principal }) {
        const settings = changed(state.registry.settings, body)
        await service.write(state, [put(settings, nameOf(principal))])
        return { status: 200, body: { data: bodyOf(settings), message: 'Settings updated successfully' } }
      },
    })
  return [
    route({
      operation: 'getTokenSettings',
      method: 'GET',
      path,
      tag: 'settings',
      summary: 'Lifetimes and chains of tokens, and whose assertions are trusted',
      needs: { scope: 'org', act: { action: 'read', type: 'org_setting' } },
      answers,
      handle: ({ state }) => ({ status: 200, body: { data: bodyOf(state.registry.settings) } }),
    }),
    change('PATCH', 'updateTokenSettings'),
    change('PUT', 'putTokenSettings'),
  ]
}
