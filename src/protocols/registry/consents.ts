import { z } from 'zod'
import type { Consent } from '../../agents/identity.ts'
import { consentStatus, consentsWhere, grantConsent, revokeConsent } from '../../pdp/consents.ts'
import { PdpError } from '../../pdp/errors.ts'
import { chainOf, nameOf, type Principal } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { type Route, route } from '../route.ts'
import { capabilities, iso, isoOrNull, oneWith, pageBody, pageOf, pages } from './shapes.ts'
import { userId } from './users.ts'

const admin = '/orgs/{org}/api/v1/admin/consents'
const me = '/orgs/{org}/api/v1/me/consents'
const read = { scope: 'org', act: { action: 'read', type: 'org_consent' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_consent' } } as const
const readSelf = { scope: 'org', act: { action: 'read', type: 'org_self' } } as const
const useSelf = { scope: 'org', act: { action: 'use', type: 'org_self' } } as const

const own = z.strictObject({
  agent: z.string().min(1).max(200),
  scopes: capabilities.min(1),
  expires_at: z.iso.datetime({ offset: true }).nullable().optional(),
})
const given = own.extend({ user: userId })

const shown = z.object({
  id: z.string(),
  user: z.string(),
  agent: z.string(),
  scopes: z.array(z.string()),
  status: z.enum(['active', 'expired', 'revoked']),
  granted_at: z.string(),
  granted_by: z.string().nullable(),
  expires_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
  revoked_by: z.string().nullable(),
})

const bodyOf = (consent: Consent, now: number) => ({
  id: consent.id,
  user: consent.user,
  agent: consent.agent,
  scopes: consent.scopes,
  status: consentStatus(consent, now),
  granted_at: iso(consent.grantedAt),
  granted_by: consent.grantedBy ?? null,
  expires_at: isoOrNull(consent.expiresAt),
  revoked_at: isoOrNull(consent.revokedAt),
  revoked_by: consent.revokedBy ?? null,
})

const instantOf = (text: string | null | undefined): number | null => (text == null ? null : Date.parse(text))

/** The user who calls, by themselves: nobody agrees to an agent in somebody's name, an agent that acts for them least of all. */
function userIn(principal: Principal): string {
  const { subject, actors } = chainOf(principal)
  if (subject.type !== 'user' || actors.length > 0) {
    throw new PdpError('permission_denied', 'consents are given by users themselves, or recorded by an admin')
  }
  return subject.id
}

export function consentRoutes(service: Service): readonly Route[] {
  const tag = 'consents'
  const list = (state: Parameters<typeof consentsWhere>[0], filter: object, query: { page: number; limit: number }) => {
    const now = service.clock()
    return { status: 200, body: pageBody('consents', consentsWhere(state, filter), query, c => bodyOf(c, now)) }
  }
  const lists = { 200: { description: 'consents', schema: pageOf(shown, 'consents') } }
  const made = { 201: { description: 'the consent', schema: oneWith(shown) } }
  const gone = { 204: { description: 'it has ended' } }
  return [
    route({
      operation: 'grantConsent',
      method: 'POST',
      path: admin,
      tag,
      summary:
        'Record that a user lets an agent act for them within these scopes; an earlier word to the same agent ends',
      needs: write,
      body: given,
      answers: made,
      async handle({ state, body, principal }) {
        const said = { ...body, expiresAt: instantOf(body.expires_at) }
        const consent = await grantConsent(service, state, said, nameOf(principal))
        return { status: 201, body: { data: bodyOf(consent, service.clock()) } }
      },
    }),
    route({
      operation: 'listConsents',
      method: 'GET',
      path: admin,
      tag,
      summary: 'Consents, of one user or to one agent, those that ended too',
      needs: read,
      query: z.object({ ...pages, user: userId.optional(), agent: z.string().max(200).optional() }),
      answers: lists,
      handle: ({ state, query }) => list(state, { user: query.user, agent: query.agent }, query),
    }),
    route({
      operation: 'revokeConsent',
      method: 'DELETE',
      path: `${admin}/{id}`,
      tag,
      summary: 'End a consent, and every token that rests on it',
      needs: write,
      answers: gone,
      async handle({ state, params, principal }) {
        await revokeConsent(service, state, params.id ?? '', null, nameOf(principal))
        return { status: 204 }
      },
    }),
    route({
      operation: 'grantMyConsent',
      method: 'POST',
      path: me,
      tag,
      summary: 'Let an agent act for you within these scopes',
      needs: useSelf,
      body: own,
      answers: made,
      async handle({ state, body, principal }) {
        const said = { ...body, user: userIn(principal), expiresAt: instantOf(body.expires_at) }
        const consent = await grantConsent(service, state, said, nameOf(principal))
        return { status: 201, body: { data: bodyOf(consent, service.clock()) } }
      },
    }),
    route({
      operation: 'listMyConsents',
      method: 'GET',
      path: me,
      tag,
      summary: 'What you agreed to',
      needs: readSelf,
      query: z.object(pages),
      answers: lists,
      handle: ({ state, query, principal }) => list(state, { user: userIn(principal) }, query),
    }),
    route({
      operation: 'revokeMyConsent',
      method: 'DELETE',
      path: `${me}/{id}`,
      tag,
      summary: 'Take your word back; every token that rests on it ends',
      needs: useSelf,
      answers: gone,
      async handle({ state, params, principal }) {
        await revokeConsent(service, state, params.id ?? '', userIn(principal), nameOf(principal))
        return { status: 204 }
      },
    }),
  ]
}
