import { z } from 'zod'
import { eventsAfter } from '../../pdp/audit/reading.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { Service } from '../../pdp/service.ts'
import { type Reply, type Route, route } from '../route.ts'
import { entryBody } from './entry.ts'
import { type BASES, read } from './logs.ts'

const HEARTBEAT_MS = 15_000
/** How long a caller is taken for one who may still read where nothing happens. */
const TRUST_MS = 60_000

/** The record as it grows, as server-sent events; `Last-Event-ID` is the number of the last one a reader has. */
export const streamRoute = (service: Service, { path, suffix }: (typeof BASES)[number]): Route =>
  route({
    operation: `streamAuditLogs${suffix}`,
    method: 'GET',
    path: `${path}/stream`,
    tag: 'audit',
    summary: 'Entries as they come, each with its number as the id: nothing is left out, and resuming is reading on',
    needs: read,
    query: z.object({
      since: z.string().optional(),
      follow: z.enum(['true', 'false']).default('true'),
    }),
    answers: { 200: { description: 'entries', events: true } },
    async handle({ state, query, lastEventId, again }): Promise<Reply> {
      const org = state.org.slug
      const { seq: newest } = await service.store.auditHead(org)
      const since = placeFrom(lastEventId ?? query.since, newest)
      let sent = since
      const idle = query.follow === 'true' ? HEARTBEAT_MS : null
      return {
        status: 200,
        headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
        stream: {
          async *pieces(signal) {
            yield event('start', since, { since })
            let asked = service.clock()
            for await (const page of eventsAfter(service.store, service.orgs, org, since, idle, signal)) {
              if (service.clock() - asked > (page.length > 0 ? 1_000 : TRUST_MS)) {
                const refusal = await refused(again)
                if (refusal !== null) return void (yield event('end', sent, { ...refusal, resume_from: sent }))
                asked = service.clock()
              }
              for (const one of page) {
                yield event('audit', one.seq, entryBody(one))
                sent = one.seq
              }
              if (page.length === 0) yield `id: ${sent}\n: nothing more yet\n\n`
            }
          },
          parting: why => event('end', sent, { error: why, resume_from: sent }),
        },
      }
    },
  })

function placeFrom(given: string | undefined, newest: number): number {
  if (given === undefined) return newest
  if (!/^\d{1,15}$/.test(given)) {
    throw new PdpError('invalid_request', 'the last event id is the number of an entry')
  }
  if (Number(given) > newest) {
    throw new PdpError('not_that_fresh', `entry ${given} does not exist yet; the newest is ${newest}`)
  }
  return Number(given)
}

async function refused(again: () => Promise<void>): Promise<{ error: string; message: string } | null> {
  try {
    await again()
    return null
  } catch (error) {
    if (error instanceof PdpError) return { error: error.code, message: error.message }
    throw error
  }
}

const event = (name: string, id: number, data: object): string =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
