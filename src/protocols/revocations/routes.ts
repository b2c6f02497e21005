import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import type { Principal } from '../../pdp/keys.ts'
import { createFeed, FeedEnded, type FeedItem } from '../../pdp/revocations/feed.ts'
import { createSnapshots, type Snapshot } from '../../pdp/revocations/snapshot.ts'
import type { Act, Service } from '../../pdp/service.ts'
import { revisionFrom } from '../consistency.ts'
import { type Call, jsonText, type Reply, type Route, route } from '../route.ts'
import { event, eventOf, snapshotShape } from './shapes.ts'

const act: Act = { action: 'read', type: 'org_revocation' }
const needs = { scope: 'org', act } as const
const query = z.object({ since: z.string().max(15).optional(), follow: z.enum(['true', 'false']).default('true') })

/** What died, for those who check tokens of an org without asking it: as it happens, and all of it at once. */
export function revocationFeedRoutes(service: Service): readonly Route[] {
  const feed = createFeed(service)
  const snapshotOf = createSnapshots()
  const texts = new WeakMap<Snapshot, string>()
  return [
    route({
      operation: 'revocationStream',
      method: 'GET',
      path: '/orgs/{org}/api/v1/revocations/stream',
      tag: 'revocations',
      summary: 'What happens to tokens of the org, as server-sent events, with a heartbeat each second',
      needs,
      query,
      answers: { 200: { description: '`revoke`, `lift`, `heartbeat`, `reset` and `end`', events: true } },
      handle(call: Call<undefined, z.infer<typeof query>>): Reply {
        const { state, principal, ip } = call
        const org = state.org.slug
        const given = call.lastEventId ?? call.query.since
        const since = given === undefined ? null : revisionFrom(given)
        let sent = since ?? 0
        return {
          status: 200,
          headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
          stream: {
            async *pieces(signal) {
              try {
                for await (const items of feed.follow(org, since, signal)) {
                  const refusal = isBeat(items) ? await refused(service, principal, org, ip) : null
                  if (refusal !== null) return void (yield event('end', sent, { ...refusal, resume_from: sent }))
                  yield items.map(eventOf).join('')
                  sent = items.at(-1)?.seq ?? sent
                  if (call.query.follow === 'false' && isBeat(items)) return
                }
              } catch (error) {
                if (!(error instanceof FeedEnded)) throw error
                yield event('end', sent, { error: error.why, resume_from: sent })
              }
            },
            parting: why => event('end', sent, { error: why, resume_from: sent }),
          },
        }
      },
    }),
    route({
      operation: 'revocationSnapshot',
      method: 'GET',
      path: '/orgs/{org}/api/v1/revocations/snapshot',
      tag: 'revocations',
      summary: 'Everything by which a token of the org may be dead that has not ended by itself',
      needs,
      answers: {
        200: { description: 'what is dead, up to `seq`', schema: snapshotShape },
        304: { description: 'nothing has changed since' },
      },
      handle({ state, headers }) {
        const etag = `"${state.org.slug}-${state.revision}"`
        if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } }
        const snapshot = snapshotOf(state, service.clock())
        const text = texts.get(snapshot) ?? shownSnapshot(snapshot)
        texts.set(snapshot, text)
        const reply = jsonText(text)
        return { ...reply, headers: { ...reply.headers, etag } }
      },
    }),
  ]
}

const shownSnapshot = ({ seq, at, longest, dead }: Snapshot): string =>
  JSON.stringify({ seq, generated_at: at / 1000, max_ttl: longest / 1000, dead })

const isBeat = (items: readonly FeedItem[]): boolean => items.some(item => item.kind === 'beat')

/** Why a reader may read no longer; null where it may. A proof that came with the request counted once and is not asked again. */
async function refused(service: Service, principal: Principal, org: string, ip: string) {
  try {
    await service.open(org)
    if (!service.authenticator.holds(principal)) {
      return { error: 'unauthenticated', message: 'the credentials are not good any more' }
    }
    await service.enter(principal, org, act, ip)
    return null
  } catch (error) {
    if (error instanceof PdpError) return { error: error.code, message: error.message }
    throw error
  }
}
