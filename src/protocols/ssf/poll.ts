import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import { poll } from '../../pdp/ssf/poll.ts'
import { type Streams, streamNamed } from '../../pdp/ssf/streams.ts'
import { type Route, route } from '../route.ts'
import { askerOf, READ } from './routes.ts'
import { pollBody } from './shapes.ts'

/** Messages of one answer at the most. */
const MOST = 100
/** That wait on this node at a time. */
const MOST_WAITING = 500

const answer = z.object({ sets: z.record(z.string(), z.string()), moreAvailable: z.boolean().optional() })

/** Where a receiver fetches its security events (RFC 8936). */
export function ssfPollRoute(ports: Streams): Route {
  let waiting = 0
  return route({
    operation: 'pollSsfStream',
    method: 'POST',
    path: '/orgs/{org}/api/v1/ssf/poll/{stream}',
    tag: 'security events',
    summary: 'Fetch security events, and say which arrived; waits for some unless told not to',
    needs: READ,
    body: pollBody,
    answers: { 200: { description: 'security event tokens by their ids', schema: answer } },
    async handle({ state, params, body, principal }) {
      const stream = streamNamed(state, params.stream ?? '', askerOf(principal))
      if (stream.delivery.kind !== 'poll') {
        throw new PdpError('status_conflict', 'this stream is pushed; change its delivery to fetch it')
      }
      const { maxEvents = MOST, returnImmediately = false, ack = [], setErrs = {} } = body
      const refused = new Map(Object.entries(setErrs).map(([jti, { err }]) => [jti, err]))
      const said = { most: Math.min(maxEvents, MOST), atOnce: returnImmediately, acked: ack, refused }
      if (waiting >= MOST_WAITING)
        throw new PdpError('rate_limit_exceeded', 'as many wait here as may; ask another node')
      waiting += 1
      try {
        const { sets, more } = await poll(ports, state, stream, said)
        return { status: 200, body: { sets, ...(more && { moreAvailable: true }) } }
      } finally {
        waiting -= 1
      }
    },
  })
}
