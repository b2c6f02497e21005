import { z } from 'zod'
import { STATUSES } from '../../agents/agent.ts'
import type { Service as Client } from '../../agents/identity.ts'
import { createClient, deleteClient, updateClient } from '../../pdp/clients.ts'
import { retire, rotate } from '../../pdp/identity-credentials.ts'
import { nameOf } from '../../pdp/keys.ts'
import { isThere, serviceNamed } from '../../pdp/registering.ts'
import type { Service } from '../../pdp/service.ts'
import { label, slug, text } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { overlap, readCredentials, writeCredentials } from './agent-credentials.ts'
import { keyMembers } from './agent-shape.ts'
import { credentialBody, credentialShown, keysIn, shownOnce } from './credential-shape.ts'
import {
  byAge,
  capabilities,
  definedOf,
  done,
  iso,
  oneWith,
  pageBody,
  pageOf,
  pages,
  uris,
  versioned,
} from './shapes.ts'

const base = '/orgs/{org}/api/v1/admin/clients'
const read = { scope: 'org', act: { action: 'read', type: 'org_service' } } as const
const write = { scope: 'org', act: { action: 'write', type: 'org_service' } } as const

const members = {
  description: text(2000).optional(),
  capabilities: capabilities.optional(),
  allowedAudiences: uris.nullable().optional(),
  tokenLifetime: z.int().optional(),
}
const proves = z.enum(['client_credentials', 'private_key_jwt', 'api_key'])
const create = z.strictObject({
  ...members,
  ...keyMembers,
  name: label,
  slug: slug.optional(),
  identityType: proves.optional(),
})
const update = z.strictObject({ ...members, name: label.optional() })
const scopes = z.strictObject({ scopes: capabilities })
const rotation = z.strictObject({
  ...keyMembers,
  identityType: proves.optional(),
  overlap_seconds: overlap.default(0),
})

const shown = z.object({
  id: z.string(),
  clientId: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  status: z.enum(STATUSES),
  isActive: z.boolean(),
  capabilities: z.array(z.string()),
  allowedAudiences: z.array(z.string()).nullable(),
  tokenLifetime: z.int(),
  version: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
})

const bodyOf = (client: Client) => ({
  id: client.id,
  clientId: client.id,
  slug: client.slug,
  name: client.name,
  description: client.description === '' ? null : client.description,
  status: client.status,
  isActive: client.status === 'active',
  capabilities: client.capabilities,
  allowedAudiences: client.allowedAudiences,
  tokenLifetime: client.tokenLifetime,
  version: client.version,
  createdAt: iso(client.createdAt),
  updatedAt: iso(client.updatedAt),
})

export function clientRoutes(service: Service): readonly Route[] {
  const tag = 'clients'
  const one = oneWith(shown)
  const path = `${base}/{id}`
  const changed = (client: Client) =>
    versioned(client.version, { data: bodyOf(client), message: 'Client updated successfully' })
  return [
    route({
      operation: 'createClient',
      method: 'POST',
      path: base,
      tag,
      summary: 'Register a program that is no agent; a secret or an API key made with it is shown this once',
      needs: write,
      body: create,
      answers: { 201: { description: 'the client', schema: oneWith(shown.extend(shownOnce)) } },
      async handle({ state, body, principal }) {
        const { name, slug: named, identityType, jwks, jwksUri, ...more } = body
        const keys = keysIn({ jwks, jwksUri })
        const how = identityType ?? (keys === undefined ? 'client_credentials' : 'private_key_jwt')
        const said = { ...definedOf(more), name, slug: named, proves: how, keys }
        const { client, shown: once } = await createClient(service, state, said, nameOf(principal))
        return versioned(1, { data: { ...bodyOf(client), ...once }, message: 'Client created successfully' }, 201)
      },
    }),
    route({
      operation: 'listClients',
      method: 'GET',
      path: base,
      tag,
      summary: 'Programs that are no agents, in the order they came',
      needs: read,
      query: z.object({ ...pages, search: z.string().max(200).optional() }),
      answers: { 200: { description: 'clients', schema: pageOf(shown, 'clients') } },
      handle({ state, query }) {
        const wanted = query.search?.toLowerCase() ?? ''
        const fits = (c: Client) => isThere(c) && [c.name, c.slug, c.id].some(t => t.toLowerCase().includes(wanted))
        const all = [...state.registry.services.values()].filter(fits).sort(byAge)
        return { status: 200, body: pageBody('clients', all, query, bodyOf) }
      },
    }),
    route({
      operation: 'getClient',
      method: 'GET',
      path,
      tag,
      summary: 'One client, by its id or its slug',
      needs: read,
      answers: { 200: { description: 'the client; its version is the ETag', schema: one } },
      handle({ state, params }) {
        const client = serviceNamed(state, params.id ?? '')
        return versioned(client.version, { data: bodyOf(client) })
      },
    }),
    route({
      operation: 'updateClient',
      method: 'PATCH',
      path,
      tag,
      summary: 'Change what is said and leave the rest; where it may do less, its tokens end',
      needs: write,
      body: update,
      answers: { 200: { description: 'the client', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        return changed(await updateClient(service, state, params.id ?? '', definedOf(body), editor))
      },
    }),
    route({
      operation: 'putClientScopes',
      method: 'PUT',
      path: `${path}/scopes`,
      tag,
      summary: 'Replace the whole list of what a client may be given',
      needs: write,
      body: scopes,
      answers: { 200: { description: 'the client', schema: one } },
      async handle({ state, params, body, principal, ifMatch }) {
        const editor = { by: nameOf(principal), ifMatch }
        return changed(await updateClient(service, state, params.id ?? '', { capabilities: body.scopes }, editor))
      },
    }),
    ...(['enable', 'disable'] as const).map(event =>
      route({
        operation: `${event}Client`,
        method: 'POST',
        path: `${path}/${event}`,
        tag,
        summary: event === 'enable' ? 'Let a client work again' : 'Switch a client off; its tokens end',
        needs: write,
        optionalBody: true,
        body: z.strictObject({}),
        answers: { 200: { description: 'the client', schema: one } },
        async handle({ state, params, principal, ifMatch }) {
          const status = event === 'enable' ? 'active' : 'inactive'
          const editor = { by: nameOf(principal), ifMatch }
          return changed(await updateClient(service, state, params.id ?? '', { status }, editor))
        },
      }),
    ),
    route({
      operation: 'deleteClient',
      method: 'DELETE',
      path,
      tag,
      summary: 'Revoke a client and forget all but its name, which is never given again',
      needs: write,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, params, principal, ifMatch }) {
        await deleteClient(service, state, params.id ?? '', { by: nameOf(principal), ifMatch })
        return { status: 204 }
      },
    }),
    route({
      operation: 'listClientCredentials',
      method: 'GET',
      path: `${path}/credentials`,
      tag,
      summary: 'What a client proves itself with, and did, without anything that could be used',
      needs: readCredentials,
      answers: { 200: { description: 'credentials', schema: z.object({ data: z.array(credentialBody) }) } },
      handle({ state, params }) {
        const { id } = serviceNamed(state, params.id ?? '')
        const all = [...state.registry.credentialsOf('service', id)].sort(byAge)
        return { status: 200, body: { data: all.map(c => credentialShown(c, service.clock())) } }
      },
    }),
    route({
      operation: 'rotateClientSecret',
      method: 'POST',
      path: `${path}/rotate-secret`,
      tag,
      summary: 'A new credential; the one before counts for `overlap_seconds` more, or ends at once with its tokens',
      needs: writeCredentials,
      optionalBody: true,
      body: rotation,
      answers: {
        200: { description: 'it; a secret is shown this once', schema: oneWith(credentialBody.extend(shownOnce)) },
      },
      async handle({ state, params, body, principal }) {
        const client = serviceNamed(state, params.id ?? '')
        const keys = keysIn(body)
        const how = body.identityType ?? (keys === undefined ? 'client_credentials' : 'private_key_jwt')
        const { credential, shown: once } = await rotate(
          service,
          state,
          client,
          how,
          keys,
          body.overlap_seconds,
          nameOf(principal),
        )
        const data = { ...credentialShown(credential, service.clock()), ...once }
        return { status: 200, body: { data, message: 'Credentials rotated' } }
      },
    }),
    route({
      operation: 'retireClientCredential',
      method: 'DELETE',
      path: `${path}/credentials/{credential}`,
      tag,
      summary: 'End one credential, and every token the client holds',
      needs: writeCredentials,
      answers: { 200: { description: 'it is retired', schema: done } },
      async handle({ state, params, principal }) {
        const client = serviceNamed(state, params.id ?? '')
        await retire(service, state, client, params.credential ?? '', nameOf(principal))
        return { status: 200, body: { message: 'Credential retired' } }
      },
    }),
  ]
}
