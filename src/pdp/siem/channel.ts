import type { ChainedEvent } from '../../facts/audit.ts'
import { type SiemSink, wants } from '../../facts/siem-sink.ts'
import type { Fetch } from '../../lib/fetch.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import { type Syslog, SyslogError } from '../../lib/syslog.ts'
import { ocsf } from '../audit/ocsf.ts'
import type { Channel, Outcome } from '../delivery/port.ts'
import type { Schedule } from '../delivery/schedule.ts'
import type { Service } from '../service.ts'
import { post } from '../webhooks/post.ts'
import { eventJson, syslogMessage } from './message.ts'

export interface SiemPorts {
  readonly service: Service
  readonly masterKey: MasterKey | null
  readonly fetch: Fetch
  readonly syslog: Syslog
}

export const SIEM = 'siem'
export const outletOf = (id: string): string => `${SIEM}:${id}`

export const authorizationBound = (org: string, id: string): string => `${org} siem sink ${id}`

/** Nothing is given up: whoever keeps a record wants all of it, however long they were away. */
const SCHEDULE: Schedule = {
  waits: [1_000, 2_000, 5_000, 15_000, 30_000, 60_000],
  forever: true,
  jitter: 0.25,
  window: 500,
  inFlight: 100,
  restAfter: 5,
  longestRest: 30_000,
}

/**
 * The record, event by event, to whoever watches over it. What waits holds the place of an event and nothing of it: it is
 * read when it is sent, so that what was erased meanwhile is not.
 */
export function siemChannel(ports: SiemPorts): Channel<ChainedEvent> {
  const { service } = ports
  const { store } = service
  return {
    kind: SIEM,
    source: {
      async page(of, after, limit) {
        const events = await store.auditSince(of, after, limit)
        return { happened: events.map(event => ({ seq: event.seq, event })), next: events.at(-1)?.seq ?? after }
      },
    },
    async target(org, outlet) {
      const { registry } = await service.orgs.getAnyway(org)
      const sink = registry.sinks.get(outlet.slice(SIEM.length + 1))
      if (sink === undefined) return null
      return {
        on: sink.active,
        schedule: SCHEDULE,
        parcel: ({ id, kind, seq }) => (wants(sink, kind) ? { event: id, type: kind, body: String(seq) } : null),
        async send({ body }) {
          const event = await store.auditEvent(org, { seq: Number(body) })
          if (event === null) return { kind: 'failed', status: null, error: 'it was removed meanwhile', final: true }
          return sendTo(ports, org, sink, event)
        },
        gaveUp: async () => undefined,
      }
    },
  }
}

async function sendTo(ports: SiemPorts, org: string, { id, via }: SiemSink, event: ChainedEvent): Promise<Outcome> {
  if (via.type === 'webhook') {
    const bearer = via.authorization === null ? null : opened(ports.masterKey, org, id, via.authorization)
    if (via.authorization !== null && bearer === null) {
      return { kind: 'failed', status: null, error: 'the master key of this instance does not open its authorization' }
    }
    const body = via.format === 'ocsf' ? JSON.stringify(ocsf(org, event)) : eventJson(org, event)
    const outcome = await post(ports.fetch, {
      url: via.url,
      headers: { ...(bearer !== null && { authorization: bearer }), 'x-lumoauth-seq': String(event.seq) },
      body,
    })
    // Whatever it answered, it may take it later.
    return outcome.kind === 'failed' ? { ...outcome, final: false } : outcome
  }
  try {
    await ports.syslog(via, syslogMessage(org, event, via.facility))
    return { kind: 'arrived', status: 0 }
  } catch (error) {
    if (!(error instanceof SyslogError)) throw error
    return { kind: 'failed', status: null, error: error.message, final: error.code === 'too_large' }
  }
}

const opened = (key: MasterKey | null, org: string, id: string, sealed: string): string | null =>
  key?.open(sealed, authorizationBound(org, id))?.toString() ?? null
