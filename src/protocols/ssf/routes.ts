import { z } from 'zod'
import type { Principal } from '../../pdp/keys.ts'
import { nameOf } from '../../pdp/keys.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Act } from '../../pdp/service.ts'
import {
  type Asker,
  changeStream,
  createStream,
  deleteStream,
  excludeSubject,
  includeSubject,
  moveStream,
  type Streams,
  streamNamed,
  streamsOf,
  verifyStream,
} from '../../pdp/ssf/streams.ts'
import type { JsonObject } from '../../policy/json.ts'
import { jsonText, type Needs, type Route, route } from '../route.ts'
import {
  changeBody,
  createBody,
  metadataOf,
  saidIn,
  shownStream,
  statusBody,
  streamShape,
  subjectBody,
  verifyBody,
} from './shapes.ts'

const needs = (action: string): Needs => ({ scope: 'org', act: { action, type: 'org_ssf' } satisfies Act })
export const READ = needs('read')
const MANAGE = needs('manage')

/** Keys of the org and of the instance are those who manage it; agents, services and users have streams of their own. */
export const askerOf = (principal: Principal): Asker => ({
  name: nameOf(principal),
  managesOrg: principal.kind === 'key',
})

const base = '/orgs/{org}/api/v1'
const tag = 'security events'
const byId = z.object({ stream_id: z.string().max(100).optional() })
const oneId = z.object({ stream_id: z.string().max(100) })
const status = z.object({ stream_id: z.string(), status: z.string(), reason: z.string().optional() })
const shown = { 200: { description: 'the stream', schema: streamShape } }

/** Streams of security events: OpenID Shared Signals, as a transmitter. */
export function ssfRoutes(ports: Streams): readonly Route[] {
  const { service } = ports
  const issuerOf = ({ org }: OrgState): string => service.tokens.issuers.of(org.slug)
  const metadata = (operation: string, path: string): Route =>
    route({
      operation,
      method: 'GET',
      path,
      tag,
      summary: 'Metadata of the org as a transmitter of security events',
      needs: 'public',
      answers: { 200: { description: 'metadata', schema: z.looseObject({ issuer: z.string() }) } },
      async handle({ params }) {
        const reply = jsonText(JSON.stringify(metadataOf(issuerOf(await service.open(params.org ?? '')))))
        return { ...reply, headers: { ...reply.headers, 'cache-control': 'public, max-age=300' } }
      },
    })
  const changed = (method: 'PATCH' | 'PUT', operation: string, summary: string): Route =>
    route({
      operation,
      method,
      path: `${base}/ssf/stream`,
      tag,
      summary,
      needs: MANAGE,
      body: changeBody,
      answers: shown,
      async handle({ state, body, principal }) {
        const said = saidIn(body)
        const stream = await changeStream(ports, state, body.stream_id, said, method === 'PUT', askerOf(principal))
        return { status: 200, body: shownStream(issuerOf(state), stream) }
      },
    })
  return [
    metadata('ssfConfiguration', `${base}/.well-known/ssf-configuration`),
    metadata('ssfConfigurationAtRoot', `/.well-known/ssf-configuration${base}`),
    route({
      operation: 'createSsfStream',
      method: 'POST',
      path: `${base}/ssf/stream`,
      tag,
      summary: 'Make a stream, pushed to an address or to be fetched',
      needs: MANAGE,
      body: createBody,
      answers: { 201: { description: 'the stream', schema: streamShape } },
      async handle({ state, body, principal }) {
        const asker = askerOf(principal)
        const said = saidIn(body)
        const aud = said.audience ?? [clientOf(state, principal) ?? asker.name]
        const stream = await createStream(ports, state, { ...said, audience: aud }, asker)
        return { status: 201, body: shownStream(issuerOf(state), stream) }
      },
    }),
    route<undefined, z.infer<typeof byId>>({
      operation: 'readSsfStream',
      method: 'GET',
      path: `${base}/ssf/stream`,
      tag,
      summary: 'One stream, or all that are yours',
      needs: READ,
      query: byId,
      answers: { 200: { description: 'one or all', schema: z.union([streamShape, z.array(streamShape)]) } },
      handle({ state, query, principal }) {
        const asker = askerOf(principal)
        const issuer = issuerOf(state)
        if (query.stream_id === undefined) {
          return { status: 200, body: streamsOf(state, asker).map(stream => shownStream(issuer, stream)) }
        }
        return { status: 200, body: shownStream(issuer, streamNamed(state, query.stream_id, asker)) }
      },
    }),
    changed('PATCH', 'updateSsfStream', 'Change what is said of a stream and leave the rest'),
    changed('PUT', 'replaceSsfStream', 'Change a stream to what is said'),
    route<undefined, z.infer<typeof oneId>>({
      operation: 'deleteSsfStream',
      method: 'DELETE',
      path: `${base}/ssf/stream`,
      tag,
      summary: 'End a stream',
      needs: MANAGE,
      query: oneId,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, query, principal }) {
        await deleteStream(ports, state, query.stream_id, askerOf(principal))
        return { status: 204 }
      },
    }),
    route<undefined, z.infer<typeof oneId>>({
      operation: 'ssfStatus',
      method: 'GET',
      path: `${base}/ssf/status`,
      tag,
      summary: 'Whether a stream is on',
      needs: READ,
      query: oneId,
      answers: { 200: { description: 'its status', schema: status } },
      handle({ state, query, principal }) {
        return { status: 200, body: shownStatus(streamNamed(state, query.stream_id, askerOf(principal))) }
      },
    }),
    route({
      operation: 'setSsfStatus',
      method: 'POST',
      path: `${base}/ssf/status`,
      tag,
      summary: 'Enable, pause or disable a stream',
      needs: MANAGE,
      body: statusBody,
      answers: { 200: { description: 'its status', schema: status } },
      async handle({ state, body, principal }) {
        const { stream_id: id, status: to, reason = null } = body
        return { status: 200, body: shownStatus(await moveStream(ports, state, id, to, reason, askerOf(principal))) }
      },
    }),
    route({
      operation: 'addSsfSubject',
      method: 'POST',
      path: `${base}/ssf/subjects/add`,
      tag,
      summary: 'Hear of a subject (again): at first a stream hears of all',
      needs: MANAGE,
      body: subjectBody,
      answers: { 200: { description: 'it is in the stream', schema: z.looseObject({}) } },
      async handle({ state, body, principal }) {
        await includeSubject(ports, state, body.stream_id, body.subject as JsonObject, askerOf(principal))
        return { status: 200, body: {} }
      },
    }),
    route({
      operation: 'removeSsfSubject',
      method: 'POST',
      path: `${base}/ssf/subjects/remove`,
      tag,
      summary: 'Hear no more of a subject',
      needs: MANAGE,
      body: subjectBody,
      answers: { 204: { description: 'it is out of the stream' } },
      async handle({ state, body, principal }) {
        await excludeSubject(ports, state, body.stream_id, body.subject as JsonObject, askerOf(principal))
        return { status: 204 }
      },
    }),
    route({
      operation: 'verifySsfStream',
      method: 'POST',
      path: `${base}/ssf/verify`,
      tag,
      summary: 'Have a verification event sent',
      needs: MANAGE,
      body: verifyBody,
      answers: { 204: { description: 'it is on its way' } },
      async handle({ state, body, principal }) {
        await verifyStream(ports, state, body.stream_id, body.state ?? null, askerOf(principal))
        return { status: 204 }
      },
    }),
  ]
}

/** The client a receiver is: what its tokens are made out to, where it says nothing else. */
function clientOf({ registry }: OrgState, principal: Principal): string | null {
  if (principal.kind === 'token') return principal.token.clientId
  return principal.kind === 'identity' ? (registry.identityOf(principal.subject)?.id ?? null) : null
}

const shownStatus = ({ id, status: is, reason }: { id: string; status: string; reason: string | null }) => ({
  stream_id: id,
  status: is,
  ...(reason !== null && { reason }),
})
