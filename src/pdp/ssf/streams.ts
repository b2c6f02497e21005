import { type SsfStream, type StreamStatus, sameSubject } from '../../agents/ssf-stream.ts'
import { timedId } from '../../lib/ids.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { DeliveryStore } from '../delivery/port.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { amend, put } from '../registering.ts'
import { outletOf, type SsfPorts, sealedFor, sendTo } from './channel.ts'
import { parcelFor } from './set.ts'

/** What whoever makes streams needs. */
export interface Streams extends SsfPorts {
  readonly deliveries: DeliveryStore
  readonly mayFetch: (url: string) => boolean
  /** An outlet was opened. */
  readonly look: () => void
}

/** Who asks: of what they did not make themselves they see nothing, unless they manage the org. */
export interface Asker {
  readonly name: string
  readonly managesOrg: boolean
}

export interface StreamSaid {
  readonly audience?: readonly string[]
  readonly description?: string | null
  readonly requested?: readonly string[] | null
  /** `authorization`: the header itself, or null; left out, it stays. */
  readonly delivery?:
    | { readonly kind: 'push'; readonly url: string; readonly authorization?: string | null }
    | { readonly kind: 'poll' }
}

const MOST = 100
const MOST_EXCLUDED = 1_000
/** Seconds between two verifications of one stream. */
export const VERIFY_EVERY = 5

const notFound = (id: string): PdpError => new PdpError('identity_not_found', `there is no stream \`${id}\``)

export function streamsOf({ registry }: OrgState, { name, managesOrg }: Asker): readonly SsfStream[] {
  return [...registry.ssfStreams.values()].filter(({ owner }) => managesOrg || owner === name)
}

/** Fails with `identity_not_found`, also where it is somebody else's. */
export function streamNamed(state: OrgState, id: string, asker: Asker): SsfStream {
  const found = streamsOf(state, asker).find(stream => stream.id === id)
  if (found === undefined) throw notFound(id)
  return found
}

/** Makes a stream; what is committed from now on is for it. */
export async function createStream(
  ports: Streams,
  state: OrgState,
  said: StreamSaid & { readonly audience: readonly string[] },
  asker: Asker,
): Promise<SsfStream> {
  const { service, deliveries } = ports
  const { slug } = state.org
  if (state.registry.ssfStreams.size >= MOST) {
    throw new PdpError('status_conflict', `an org has at most ${MOST} streams; delete one first`)
  }
  const now = service.clock()
  const id = timedId('ssf', now)
  // Ready to sign before anything is to be sent.
  await service.tokens.keys.signer(state, 'RS256')
  const stream: SsfStream = {
    kind: 'ssf_stream',
    id,
    owner: asker.name,
    audience: said.audience,
    description: said.description ?? null,
    delivery: deliveryOf(ports, slug, id, said, null),
    requested: said.requested ?? null,
    status: 'enabled',
    reason: null,
    excluded: [],
    said: null,
    verifiedAt: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  await deliveries.openOutlet(slug, outletOf(id), await service.store.revision(slug))
  await service.write(state, [put(stream, asker.name, null)])
  ports.look()
  return stream
}

/** Fails with `invalid_request` for an address that may not be fetched from. */
function deliveryOf(
  { masterKey, mayFetch }: Streams,
  org: string,
  id: string,
  { delivery }: StreamSaid,
  before: SsfStream['delivery'] | null,
): SsfStream['delivery'] {
  if (delivery === undefined) return before ?? { kind: 'poll' }
  if (delivery.kind === 'poll') return delivery
  const { url, authorization } = delivery
  if (!mayFetch(url)) throw new PdpError('invalid_request', '`endpoint_url`: expected an https address in the open')
  if (authorization === undefined) {
    return { kind: 'push', url, authorization: before?.kind === 'push' ? before.authorization : null }
  }
  if (authorization !== null && masterKey === null) {
    throw new PdpError('signing_off', 'secrets of streams are kept under a master key: set LUMOAUTH_MASTER_KEY')
  }
  const sealed = authorization === null || masterKey === null ? null : sealedFor(masterKey, org, id, authorization)
  return { kind: 'push', url, authorization: sealed }
}

function change(
  { service }: Streams,
  state: OrgState,
  id: string,
  asker: Asker,
  make: (stream: SsfStream) => Partial<SsfStream> | null,
): Promise<SsfStream> {
  const editor = { by: asker.name, ifMatch: null }
  return amend(
    service,
    state,
    () => streamNamed(state, id, asker),
    editor,
    stream => {
      const more = make(stream)
      if (more === null) return null
      return { entry: { ...stream, said: null, ...more, updatedAt: service.clock(), version: stream.version + 1 } }
    },
  )
}

/** `whole`: what is not said becomes what it is by default. */
export function changeStream(
  ports: Streams,
  state: OrgState,
  id: string,
  said: StreamSaid,
  whole: boolean,
  asker: Asker,
): Promise<SsfStream> {
  return change(ports, state, id, asker, stream => ({
    audience: said.audience ?? stream.audience,
    description: said.description === undefined ? (whole ? null : stream.description) : said.description,
    requested: said.requested === undefined ? (whole ? null : stream.requested) : said.requested,
    delivery: deliveryOf(ports, state.org.slug, id, said, stream.delivery),
  }))
}

export async function deleteStream(ports: Streams, state: OrgState, id: string, asker: Asker): Promise<void> {
  const { kind } = streamNamed(state, id, asker)
  await ports.service.write(state, [{ kind: 'unregistered', of: kind, id, by: asker.name }])
  await ports.deliveries.closeOutlet(state.org.slug, outletOf(id))
}

/**
 * Pauses, disables or enables a stream. While it is paused what happens is kept for it; while it is disabled, not. Whoever
 * did not ask for it themselves is told first.
 */
export async function moveStream(
  ports: Streams,
  state: OrgState,
  id: string,
  status: StreamStatus,
  reason: string | null,
  asker: Asker,
): Promise<SsfStream> {
  const { service, deliveries } = ports
  const before = streamNamed(state, id, asker)
  const byOthers = before.owner !== asker.name
  const after: SsfStream = { ...before, status, reason, said: byOthers ? { kind: 'status' } : null }
  if (byOthers && status !== 'enabled' && before.status === 'enabled') await tellFirst(ports, state, after)
  if (before.status === 'disabled' && status !== 'disabled') {
    const now = service.clock()
    await deliveries.skip(state.org.slug, outletOf(id), await service.store.revision(state.org.slug), now)
  }
  return change(ports, state, id, asker, stream =>
    stream.status === status && stream.reason === reason ? null : { status, reason, said: after.said },
  )
}

/** One try: a receiver that is away does not keep a stream from being stopped. */
async function tellFirst(ports: Streams, state: OrgState, stream: SsfStream): Promise<void> {
  if (stream.delivery.kind !== 'push') return
  const type = 'https://schemas.openid.net/secevent/ssf/event-type/stream-updated'
  const claims: JsonObject = { status: stream.status, ...(stream.reason !== null && { reason: stream.reason }) }
  const event = { type, subject: { format: 'opaque', id: stream.id }, claims, txn: stream.id, only: stream.id }
  const parcel = parcelFor(stream, { place: `status ${stream.version} ${stream.status}`, event })
  if (parcel !== null) await sendTo(ports, state, stream, { ...parcel, attempts: 0 })
}

/** Has a verification sent. Fails with `rate_limit_exceeded`, `status_conflict`. */
export async function verifyStream(
  ports: Streams,
  state: OrgState,
  id: string,
  said: string | null,
  asker: Asker,
): Promise<void> {
  await change(ports, state, id, asker, ({ status, verifiedAt }) => {
    const now = ports.service.clock()
    if (status !== 'enabled') throw new PdpError('status_conflict', `the stream is ${status}; enable it first`)
    if (verifiedAt !== null && now - verifiedAt < VERIFY_EVERY * 1000) {
      throw new PdpError('rate_limit_exceeded', `a stream is verified once in ${VERIFY_EVERY} seconds`)
    }
    return { verifiedAt: now, said: { kind: 'verify', state: said } }
  })
}

/** All subjects are in a stream until they are taken out. */
export function includeSubject(ports: Streams, state: OrgState, id: string, subject: JsonObject, asker: Asker) {
  return change(ports, state, id, asker, ({ excluded }) => {
    const left = excluded.filter(one => !sameSubject(one, subject))
    return left.length === excluded.length ? null : { excluded: left }
  })
}

export function excludeSubject(ports: Streams, state: OrgState, id: string, subject: JsonObject, asker: Asker) {
  return change(ports, state, id, asker, ({ excluded }) => {
    if (excluded.some(one => sameSubject(one, subject))) return null
    if (excluded.length >= MOST_EXCLUDED) {
      throw new PdpError('status_conflict', `a stream leaves out at most ${MOST_EXCLUDED} subjects`)
    }
    return { excluded: [...excluded, subject] }
  })
}
