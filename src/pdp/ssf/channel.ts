import { subjectOf } from '../../agents/identity.ts'
import type { SsfStream } from '../../agents/ssf-stream.ts'
import type { Fetch } from '../../lib/fetch.ts'
import { timedId } from '../../lib/ids.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import { parseEntity, printEntity } from '../../policy/entity.ts'
import type { Channel, Outcome, Source, Target } from '../delivery/port.ts'
import type { Schedule } from '../delivery/schedule.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { SERVICE } from '../tokens/signing-keys.ts'
import { eventsOf, isTold, type Known } from './events.ts'
import { postSet } from './post.ts'
import { type PlacedEvent, parcelFor, signedSet } from './set.ts'

export const SSF = 'ssf'
export const outletOf = (id: string): string => `${SSF}:${id}`

/** What streams of security events stand on. */
export interface SsfPorts {
  readonly service: Service
  readonly masterKey: MasterKey | null
  /** A way out of their own, with little patience. */
  readonly fetch: Fetch
}

/** In their order, or not at all; what fails is tried for ever, at last every five minutes. */
const PUSH: Schedule = {
  waits: [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 102_400, 204_800, 300_000],
  forever: true,
  jitter: 0.25,
  window: 1,
  inFlight: 1,
  restAfter: 5,
  longestRest: 5_000,
}

/** What is fetched waits for who fetches it: nothing is sent. */
const POLL: Schedule = { ...PUSH, window: 10_000, inFlight: 0 }

export function ssfChannel(ports: SsfPorts): Channel<PlacedEvent> {
  const { service } = ports
  return {
    kind: SSF,
    source: changelogOf(service),
    async target(org, outlet): Promise<Target<PlacedEvent> | null> {
      const state = await service.orgs.getAnyway(org)
      const stream = state.registry.ssfStreams.get(outlet.slice(SSF.length + 1))
      if (stream === undefined) return null
      const { delivery } = stream
      return {
        // A stream that is fetched keeps what happens also while it is paused.
        on: delivery.kind === 'poll' || stream.status === 'enabled',
        schedule: delivery.kind === 'poll' ? POLL : PUSH,
        parcel: event => parcelFor(stream, event),
        send: one => sendTo(ports, state, stream, one),
        async gaveUp({ event, tried }) {
          const now = service.clock()
          service.audit.append(org, () => ({
            id: timedId('log', now),
            at: now,
            kind: 'ssf.refused',
            actor: SERVICE,
            target: `ssf:${stream.id}`,
            data: { jti: event, error: tried.at(-1)?.error ?? '' },
          }))
        },
      }
    },
  }
}

/** Events that one change makes, at the most. */
const MOST_OF_ONE = 8

type Page = Awaited<ReturnType<Source<PlacedEvent>['page']>>

/** The changelog of an org, as receivers hear of it. Streams that ask for the same page at the same time share one reading. */
function changelogOf(service: Service): Source<PlacedEvent> {
  const reading = new Map<string, Promise<Page>>()
  return {
    page(org, after, limit) {
      const place = `${after} ${limit} ${org}`
      const known = reading.get(place)
      if (known !== undefined) return known
      const page = pageOf(service, org, after, limit).finally(() => reading.delete(place))
      reading.set(place, page)
      return page
    },
  }
}

async function pageOf({ store, orgs, tokens }: Service, org: string, after: number, limit: number): Promise<Page> {
  const page = await store.changes(org, after, limit)
  const next = page.at(-1)?.revision ?? after
  const told = page.filter(({ change }) => change.kind === 'registered' && isTold(change.entry.kind))
  if (told.length === 0) return { happened: [], next }
  const known = knownIn(await orgs.getAnyway(org), tokens.issuers.of(org))
  const happened = told.flatMap(logged =>
    eventsOf(logged, known).map((event, i) => ({
      // Those of one revision keep their order as well.
      seq: logged.revision * MOST_OF_ONE + i,
      event: { place: `${logged.revision}.${i}`, event },
    })),
  )
  return { happened, next }
}

const knownIn = ({ registry }: OrgState, issuer: string): Known => ({
  issuer,
  named(kind, id) {
    const found = kind === 'user' ? registry.users.get(id) : registry.client(id)
    return found === undefined ? null : printEntity(subjectOf(found))
  },
  capabilities(subject) {
    const entity = parseEntity(subject)
    const found = entity === null ? undefined : registry.identityOf(entity)
    return found === undefined || found.kind === 'user' ? null : found.capabilities
  },
})

/** Sends one message to a stream, signed now. INVARIANT: nothing is sent unsigned, or without the header it wants. */
export async function sendTo(
  { service, masterKey, fetch }: SsfPorts,
  state: OrgState,
  stream: SsfStream,
  message: { readonly event: string; readonly body: string; readonly attempts: number },
): Promise<Outcome> {
  const { delivery } = stream
  if (delivery.kind !== 'push') return { kind: 'held_up' }
  const header = authorizationOf(masterKey, state.org.slug, stream.id, delivery.authorization)
  if (header === undefined) {
    return { kind: 'failed', status: null, error: 'the master key of this instance does not open its authorization' }
  }
  const set = await signedSet(service.tokens, state, stream, message, service.clock())
  return postSet(fetch, delivery.url, header, set, message.attempts)
}

const boundTo = (org: string, id: string): string => `${org} ssf ${id}`

export const sealedFor = (master: MasterKey, org: string, id: string, header: string): string =>
  master.seal(Buffer.from(header), boundTo(org, id))

/** Null where it wants none; undefined where there is one and it cannot be opened. */
function authorizationOf(
  master: MasterKey | null,
  org: string,
  id: string,
  sealed: string | null,
): string | null | undefined {
  if (sealed === null) return null
  return master?.open(sealed, boundTo(org, id))?.toString()
}
