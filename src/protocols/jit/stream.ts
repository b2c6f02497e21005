import { z } from 'zod'
import type { Approval } from '../../agents/approval.ts'
import { PdpError } from '../../pdp/errors.ts'
import { mayAnswer } from '../../pdp/jit/answers.ts'
import type { Principal } from '../../pdp/keys.ts'
import type { Service } from '../../pdp/service.ts'
import { createReadPage, type LoggedChange, pagesAfter } from '../../pdp/watch.ts'
import { revisionFrom } from '../consistency.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import { approverBody, type Place } from './shown.ts'
import { base, readSelf, tag } from './tasks.ts'

const query = z.object({ since: z.string().optional(), follow: z.enum(['true', 'false']).default('true') })
type Query = z.infer<typeof query>

const HEARTBEAT_MS = 15_000

/**
 * What becomes of requests that the caller may answer, as it is committed. Begins with those that wait, unless the reader
 * comes back to a place.
 */
export function streamRoute(service: Service): Route {
  const read = createReadPage(service.store)
  return route({
    operation: 'streamPermissions',
    method: 'GET',
    path: `${base}/jit/stream`,
    tag,
    summary: 'Requests for approval as they come and change, as server-sent events',
    needs: readSelf,
    query,
    answers: { 200: { description: 'events, each with the revision as its id', events: true } },
    async handle(call: Call<undefined, Query>): Promise<Reply> {
      const { state, principal, prefix } = call
      const slug = state.org.slug
      const newest = await service.store.revision(slug)
      const given = call.lastEventId ?? call.query.since
      const since = given === undefined ? newest : revisionFrom(given)
      if (since > newest) {
        throw new PdpError('not_that_fresh', `revision ${since} does not exist yet; the newest is ${newest}`)
      }
      const place: Place = { prefix, org: slug }
      const idle = call.query.follow === 'true' ? HEARTBEAT_MS : null
      let sent = since
      return {
        status: 200,
        headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
        stream: {
          async *pieces(signal) {
            yield event('start', since, { since })
            if (given === undefined) {
              const now = await service.orgs.catchUp(slug, newest)
              const waiting = [...now.registry.approvals.values()].filter(one => one.state === 'pending')
              for (const one of waiting.toSorted((a, b) => a.askedAt - b.askedAt)) {
                const text = await told(service, principal, one, since, place)
                if (text !== null) yield text
              }
            }
            for await (const page of pagesAfter(service, read, slug, since, idle, signal)) {
              const refusal = await refused(service, call, page.at(-1)?.revision ?? 0)
              if (refusal !== null) return void (yield event('end', sent, { ...refusal, resume_from: sent }))
              for (const logged of page) {
                const approval = approvalIn(logged)
                const text = approval === null ? null : await told(service, principal, approval, logged.revision, place)
                if (text !== null) yield text
                sent = logged.revision
              }
              yield `id: ${sent}\n: ${page.length === 0 ? 'nothing more yet' : 'so far'}\n\n`
            }
          },
          parting: why => event('end', sent, { error: why, resume_from: sent }),
        },
      }
    },
  })
}

const approvalIn = ({ change }: LoggedChange): Approval | null =>
  change.kind === 'registered' && change.entry.kind === 'approval' ? change.entry : null

/** Null for what is not the caller's to answer, now. */
async function told(service: Service, principal: Principal, approval: Approval, revision: number, place: Place) {
  const state = await service.orgs.catchUp(place.org, revision)
  if (!(await mayAnswer(service, state, principal, approval))) return null
  return event(nameOf(approval), revision, approverBody(state, approval, place, service.clock()))
}

function nameOf({ state, answers, escalated, repeats, emergency, version }: Approval): string {
  if (emergency !== null) return emergency.reviewed === null ? 'approval.emergency' : 'approval.reviewed'
  if (state !== 'pending') return `approval.${state}`
  if (answers.length > 0) return 'approval.answered'
  if (version === 1) return 'approval.requested'
  return repeats > 0 && !escalated ? 'approval.repeated' : 'approval.escalated'
}

/** Why the caller may not go on, judged by a revision; null where it may. */
async function refused(service: Service, call: Call<undefined, Query>, revision: number) {
  try {
    await service.orgs.catchUp(call.state.org.slug, revision)
    await call.again()
    return null
  } catch (error) {
    if (error instanceof PdpError) return { error: error.code, message: error.message }
    throw error
  }
}

const event = (name: string, id: number, data: object): string =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
