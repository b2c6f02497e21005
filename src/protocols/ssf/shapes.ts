import { z } from 'zod'
import { deliveredTo, type SsfStream, STREAM_STATUSES, SUPPORTED_EVENTS } from '../../agents/ssf-stream.ts'
import { type StreamSaid, VERIFY_EVERY } from '../../pdp/ssf/streams.ts'
import type { JsonObject } from '../../policy/json.ts'

export const PUSH = 'urn:ietf:rfc:8935'
export const POLL = 'urn:ietf:rfc:8936'

const text = (most: number) => z.string().min(1).max(most)
const header = z.string().regex(/^[\x20-\x7e]{1,4096}$/, 'expected the value of a header')

const delivery = z.union([
  z.strictObject({
    method: z.literal(PUSH),
    endpoint_url: z.url().max(2_048),
    authorization_header: header.optional(),
    /** Sent as `Bearer`. */
    authorization_token: header.optional(),
  }),
  z.strictObject({ method: z.literal(POLL), endpoint_url: z.string().max(2_048).optional() }),
])

const audience = z.union([text(2_048), z.array(text(2_048)).min(1).max(10)])

const members = {
  delivery: delivery.optional(),
  events_requested: z.array(text(512)).max(100).optional(),
  description: z.string().max(1_000).optional(),
  audience: audience.optional(),
}

export const createBody = z.strictObject(members)
/** Members that only we say may come back to us as they are; they change nothing. */
export const changeBody = z.looseObject({ stream_id: text(100), ...members })

const subjectId = z
  .looseObject({ format: text(50) })
  .refine(one => JSON.stringify(one).length < 4_096, 'it is too long')
export const subjectBody = z.looseObject({ stream_id: text(100), subject: subjectId, verified: z.boolean().optional() })
export const statusBody = z.strictObject({
  stream_id: text(100),
  status: z.enum(STREAM_STATUSES),
  reason: z.string().max(1_000).optional(),
})
export const verifyBody = z.strictObject({ stream_id: text(100), state: z.string().max(1_000).optional() })

export const pollBody = z.strictObject({
  maxEvents: z.int().min(0).max(1_000_000).optional(),
  returnImmediately: z.boolean().optional(),
  ack: z.array(text(200)).max(1_000).optional(),
  setErrs: z
    .record(text(200), z.looseObject({ err: text(100), description: z.string().max(2_000).optional() }))
    .optional(),
})

export const streamShape = z.object({
  stream_id: z.string(),
  iss: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  delivery: z.looseObject({ method: z.string(), endpoint_url: z.string() }),
  events_supported: z.array(z.string()),
  events_requested: z.array(z.string()).optional(),
  events_delivered: z.array(z.string()),
  description: z.string().optional(),
  min_verification_interval: z.int(),
  status: z.enum(STREAM_STATUSES),
  created_at: z.string(),
})

/** A stream as its receiver sees it: never what it authorizes itself with. */
export function shownStream(issuer: string, stream: SsfStream): z.input<typeof streamShape> {
  const { id, audience: aud, description, requested, status, createdAt, delivery: to } = stream
  return {
    stream_id: id,
    iss: issuer,
    aud: aud.length === 1 ? (aud[0] as string) : [...aud],
    delivery:
      to.kind === 'push'
        ? { method: PUSH, endpoint_url: to.url, authorization_configured: to.authorization !== null }
        : { method: POLL, endpoint_url: `${issuer}/ssf/poll/${id}` },
    events_supported: [...SUPPORTED_EVENTS],
    ...(requested !== null && { events_requested: [...requested] }),
    events_delivered: [...deliveredTo(stream)],
    ...(description !== null && { description }),
    min_verification_interval: VERIFY_EVERY,
    status,
    created_at: new Date(createdAt).toISOString(),
  }
}

export function saidIn(body: z.infer<typeof createBody>): StreamSaid {
  const { delivery: to, events_requested: requested, description, audience: aud } = body
  return {
    ...(aud !== undefined && { audience: typeof aud === 'string' ? [aud] : aud }),
    ...(description !== undefined && { description }),
    ...(requested !== undefined && { requested }),
    ...(to !== undefined && { delivery: to.method === PUSH ? pushIn(to) : { kind: 'poll' as const } }),
  }
}

function pushIn(to: Extract<z.infer<typeof delivery>, { method: typeof PUSH }>) {
  const { endpoint_url: url, authorization_header: plain, authorization_token: token } = to
  const authorization = plain ?? (token === undefined ? undefined : `Bearer ${token}`)
  return { kind: 'push' as const, url, ...(authorization !== undefined && { authorization }) }
}

export const metadataOf = (issuer: string): JsonObject => ({
  spec_version: '1_0',
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  delivery_methods_supported: [PUSH, POLL],
  configuration_endpoint: `${issuer}/ssf/stream`,
  status_endpoint: `${issuer}/ssf/status`,
  add_subject_endpoint: `${issuer}/ssf/subjects/add`,
  remove_subject_endpoint: `${issuer}/ssf/subjects/remove`,
  verification_endpoint: `${issuer}/ssf/verify`,
  authorization_schemes: [{ spec_urn: 'urn:ietf:rfc:6749' }],
  default_subjects: 'ALL',
  events_supported: [...SUPPORTED_EVENTS],
})
