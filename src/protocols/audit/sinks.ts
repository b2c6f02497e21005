import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { nameOf } from '../../pdp/keys.ts'
import { outletOf } from '../../pdp/siem/channel.ts'
import {
  createSink,
  FACILITIES,
  type SiemSink,
  type SinkSaid,
  SYSLOG_TRANSPORTS,
  sinkNamed,
  updateSink,
} from '../../pdp/siem/sinks.ts'
import type { Outgoing } from '../../pdp/webhooks/open.ts'
import { label, one } from '../manage/shapes.ts'
import { type Route, route } from '../route.ts'
import { read } from './logs.ts'
import { write } from './settings.ts'

const BASE = '/orgs/{org}/api/v1/admin/siem-sinks'

const facility = z.enum(Object.keys(FACILITIES) as [keyof typeof FACILITIES, ...(keyof typeof FACILITIES)[]])
const syslog = z.strictObject({
  type: z.literal('syslog'),
  host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'expected a host or an address'),
  port: z.int().min(1).max(65_535).default(6_514),
  transport: z.enum(SYSLOG_TRANSPORTS).default('tls'),
  facility: facility.default('audit'),
})
const webhook = z.strictObject({
  type: z.literal('webhook'),
  url: z.string().max(2_048),
  format: z.enum(['json', 'ocsf']).default('json'),
  /** The whole header, such as `Splunk …`; never shown again. */
  authorization: z
    .string()
    .regex(/^[\x20-\x7e]{1,4096}$/, 'expected printable characters')
    .nullable()
    .default(null),
})
const via = z.discriminatedUnion('type', [syslog, webhook])
const kinds = z
  .array(z.string().regex(/^[a-z_]+(?:\.[a-z_]+)*(?:\.\*)?$/, 'expected kinds such as `token.issued` or `token.*`'))
  .min(1)
  .max(100)
  .nullable()

const said = z.strictObject({ name: label, via, kinds: kinds.default(null), active: z.boolean().default(true) })
const changed = z.strictObject({ name: label, via, kinds, active: z.boolean() }).partial()
const shown = z.looseObject({ id: z.string(), name: z.string(), active: z.boolean() })

/** Places that get the whole record as it grows. */
export function sinkRoutes(doors: Outgoing): readonly Route[] {
  const { service, masterKey, deliveries, mayFetch, head, look } = doors

  const checked = (given: SinkSaid['via'] | undefined): void => {
    if (given?.type !== 'webhook' || mayFetch(given.url)) return
    throw new PdpError('invalid_request', '`via.url`: expected an https URL without user and fragment; see FETCH_ALLOW')
  }
  const bodyOf = async (org: string, sink: SiemSink) => {
    const outlet = (await deliveries.outlets(org)).find(({ id }) => id === outletOf(sink.id))
    const waiting = await deliveries.deliveries(org, outletOf(sink.id), { state: 'waiting', limit: 1, offset: 0 })
    const { kind: _, createdAt, ...rest } = sink
    return {
      ...rest,
      via:
        sink.via.type === 'webhook'
          ? { ...sink.via, authorization: sink.via.authorization === null ? null : 'hidden' }
          : sink.via,
      created_at: new Date(createdAt).toISOString(),
      cursor: outlet?.cursor ?? null,
      waiting: waiting.total,
      last_error: waiting.page[0]?.tried.at(-1)?.error ?? null,
    }
  }
  return [
    route({
      operation: 'listSiemSinks',
      method: 'GET',
      path: BASE,
      tag: 'audit',
      summary: 'Where the record is sent to, and how far',
      needs: read,
      answers: { 200: { description: 'sinks', schema: z.object({ data: z.array(shown) }) } },
      async handle({ state }) {
        const sinks = [...state.registry.sinks.values()].sort((a, b) => a.createdAt - b.createdAt)
        return { status: 200, body: { data: await Promise.all(sinks.map(sink => bodyOf(state.org.slug, sink))) } }
      },
    }),
    route({
      operation: 'createSiemSink',
      method: 'POST',
      path: BASE,
      tag: 'audit',
      summary: 'Send the record to a syslog server or a URL, from now on',
      needs: write,
      body: said,
      answers: { 201: { description: 'the sink', schema: one(shown) } },
      async handle({ state, body, principal }) {
        checked(body.via)
        const org = state.org.slug
        const sink = await createSink(service, masterKey, state, body, nameOf(principal), async id =>
          deliveries.openOutlet(org, outletOf(id), await head(org)),
        )
        look()
        return { status: 201, body: { data: await bodyOf(org, sink) } }
      },
    }),
    route({
      operation: 'getSiemSink',
      method: 'GET',
      path: `${BASE}/{id}`,
      tag: 'audit',
      summary: 'One place the record is sent to',
      needs: read,
      answers: { 200: { description: 'the sink', schema: one(shown) } },
      handle: async ({ state, params }) => ({
        status: 200,
        body: { data: await bodyOf(state.org.slug, sinkNamed(state, params.id ?? '')) },
      }),
    }),
    route({
      operation: 'updateSiemSink',
      method: 'PATCH',
      path: `${BASE}/{id}`,
      tag: 'audit',
      summary: 'Change what is said and leave the rest; while it is not active nothing is sent and nothing lost',
      needs: write,
      body: changed,
      answers: { 200: { description: 'the sink', schema: one(shown) } },
      async handle({ state, params, body, principal }) {
        checked(body.via)
        const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
        const sink = await updateSink(service, masterKey, state, params.id ?? '', given, nameOf(principal))
        return { status: 200, body: { data: await bodyOf(state.org.slug, sink) } }
      },
    }),
    route({
      operation: 'deleteSiemSink',
      method: 'DELETE',
      path: `${BASE}/{id}`,
      tag: 'audit',
      summary: 'Send it nothing more',
      needs: write,
      answers: { 204: { description: 'it is gone' } },
      async handle({ state, params, principal }) {
        const { id } = sinkNamed(state, params.id ?? '')
        await service.write(state, [{ kind: 'unregistered', of: 'siem_sink', id, by: nameOf(principal) }], 'ignore')
        await deliveries.closeOutlet(state.org.slug, outletOf(id))
        return { status: 204 }
      },
    }),
  ]
}
