import { z } from 'zod'
import type { Transmitter } from '../../agents/transmitter.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import { PdpError } from '../../pdp/errors.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import {
  createTransmitter,
  deleteTransmitter,
  type TransmitterSaid,
  transmitterNamed,
  updateTransmitter,
} from '../../pdp/signals/transmitters.ts'
import { jsonObject } from '../authzen/shapes.ts'
import { byAge, definedOf, iso, oneWith, pageBody, pageOf, pages, uri, versioned } from '../registry/shapes.ts'
import { type Route, route } from '../route.ts'

const base = '/orgs/{org}/api/v1/admin/ssf/transmitters'
const path = `${base}/{id}`
const tag = 'signals'
const read = { scope: 'org', act: { action: 'read', type: 'org_signal' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_signal' } } as const

const header = z.string().regex(/^[\x21-\x7e][\x20-\x7e]{0,4095}$/, 'expected printable characters')
const name = z.string().min(1).max(200)

const members = {
  name,
  issuer: uri,
  jwks_uri: z.string().max(2048).nullable(),
  jwks: jsonObject.nullable(),
  algorithms: z
    .array(z.enum(['EdDSA', 'Ed25519', 'ES256', 'RS256']))
    .min(1)
    .max(4),
  audiences: z.array(z.string().min(1).max(512)).min(1).max(20).nullable(),
  events: z.array(z.string().min(1).max(512)).min(1).max(50).nullable(),
  subjects: z.strictObject({ sub: z.enum(['user_id', 'entity']), email: z.boolean() }),
  active: z.boolean(),
}
const secrets = {
  /** What it sends as `Authorization`, whole. */
  push_authorization: header.nullable(),
  poll: z
    .strictObject({
      url: z.string().min(1).max(2048),
      authorization: header.nullable().default(null),
      every_seconds: z.int().min(1).max(86_400).default(60),
    })
    .nullable(),
}
const update = z.strictObject({ ...members, ...secrets }).partial()
const create = update.required({ issuer: true })

const shown = z.object({
  id: z.string(),
  ...members,
  push_authorization_configured: z.boolean(),
  poll: z.object({ url: z.string(), authorization_configured: z.boolean(), every_seconds: z.int() }).nullable(),
  receive_url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
})

function saidBy(body: z.output<typeof update>): TransmitterSaid {
  const { jwks_uri, active, push_authorization, poll, ...more } = body
  return definedOf({
    ...more,
    jwksUri: jwks_uri,
    isActive: active,
    pushAuthorization: push_authorization,
    poll: poll && { url: poll.url, authorization: poll.authorization, everySeconds: poll.every_seconds },
  })
}

export interface TransmitterDoors {
  readonly service: Service
  readonly masterKey: MasterKey | null
  readonly mayFetch: (url: string) => boolean
  /** A transmitter that is polled was made or changed. */
  readonly polled: (org: string, transmitter: Transmitter) => Promise<void>
}

/** Whose security events the org believes. */
export function transmitterRoutes(doors: TransmitterDoors): readonly Route[] {
  const { service, masterKey, mayFetch, polled } = doors
  const one = oneWith(shown)

  const bodyOf = (org: string, transmitter: Transmitter) => {
    const { id, issuer, jwks, algorithms, audiences, events, subjects, isActive, authorization, poll } = transmitter
    return {
      ...{ id, name: transmitter.name, issuer, jwks_uri: transmitter.jwksUri, jwks, algorithms, audiences, events },
      subjects,
      active: isActive,
      push_authorization_configured: authorization !== null,
      poll: poll && {
        url: poll.url,
        authorization_configured: poll.sealed !== null,
        every_seconds: poll.everySeconds,
      },
      receive_url: `${service.tokens.issuers.of(org)}/ssf/receive`,
      created_at: iso(transmitter.createdAt),
      updated_at: iso(transmitter.updatedAt),
    }
  }

  const checkUrls = ({ poll, jwks_uri }: z.output<typeof update>): void => {
    for (const [member, url] of [
      ['poll.url', poll?.url],
      ['jwks_uri', jwks_uri],
    ] as const) {
      if (typeof url === 'string' && !mayFetch(url)) {
        throw new PdpError('invalid_request', `\`${member}\`: expected an https URL without user; see FETCH_ALLOW`)
      }
    }
  }

  return [
    route({
      operation: 'createTransmitter',
      method: 'POST',
      path: base,
      tag,
      summary: 'Believe the security events of an issuer',
      needs: write,
      body: create,
      answers: { 201: { description: 'the transmitter', schema: one } },
      async handle({ state, body, principal }) {
        checkUrls(body)
        const said = { ...saidBy(body), issuer: body.issuer }
        const made = await createTransmitter(service, masterKey, state, said, nameOf(principal))
        await polled(state.org.slug, made)
        return versioned(1, { data: bodyOf(state.org.slug, made), message: 'Transmitter created successfully' }, 201)
      },
    }),
    route({
      operation: 'listTransmitters',
      method: 'GET',
      path: base,
      tag,
      summary: 'Transmitters the org believes, in the order they came',
      needs: read,
      query: z.object(pages),
      answers: { 200: { description: 'transmitters', schema: pageOf(shown, 'transmitters') } },
      handle({ state, query }) {
        const all = [...state.registry.transmitters.values()].sort(byAge)
        return { status: 200, body: pageBody('transmitters', all, query, found => bodyOf(state.org.slug, found)) }
      },
    }),
    route({
      operation: 'getTransmitter',
      method: 'GET',
      path,
      tag,
      summary: 'One transmitter',
      needs: read,
      answers: { 200: { description: 'the transmitter; its version is the ETag', schema: one } },
      handle({ state, params }) {
        const found = transmitterNamed(state, params.id ?? '')
        return versioned(found.version, { data: bodyOf(state.org.slug, found) })
      },
    }),
    route({
      operation: 'updateTransmitter',
      method: 'PATCH',
      path,
      tag,
      summary: 'Change what is said and leave the rest',
      needs: write,
      body: update,
      answers: { 200: { description: 'the transmitter', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        checkUrls(body)
        const editor = { by: nameOf(principal), ifMatch }
        const made = await updateTransmitter(service, masterKey, state, params.id ?? '', saidBy(body), editor)
        await polled(state.org.slug, made)
        return versioned(made.version, { data: bodyOf(state.org.slug, made) })
      },
    }),
    route({
      operation: 'deleteTransmitter',
      method: 'DELETE',
      path,
      tag,
      summary: 'Believe nothing more of it; what was heard stays until it is reviewed',
      needs: write,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, params, principal }) {
        await deleteTransmitter(service, state, params.id ?? '', nameOf(principal))
        return { status: 204 }
      },
    }),
  ]
}
