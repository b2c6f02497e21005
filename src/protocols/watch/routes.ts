import { z } from 'zod'
import { PdpError } from '../../pdp/errors.ts'
import type { Service } from '../../pdp/service.ts'
import { slugOfStore } from '../../pdp/stores.ts'
import { createReadPage, type LoggedChange, ofTypes, pagesAfter, shownChange } from '../../pdp/watch.ts'
import { revisionFrom } from '../consistency.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'

export const KINDS = [
  ...[
    'model',
    'tuples',
    'attributes',
    'policy',
    'org',
    'key',
    'store',
    'registered',
    'unregistered',
    'engine',
    'stale',
  ],
] as const

const list = (pattern: RegExp, expected: string) =>
  z
    .string()
    .max(4096)
    .regex(pattern, expected)
    .transform(text => new Set(text.split(',')))
    .optional()

const query = z.object({
  since: z.string().optional(),
  kinds: list(new RegExp(`^(${KINDS.join('|')})(,(${KINDS.join('|')}))*$`), `expected some of ${KINDS.join(', ')}`),
  types: list(/^[^:#@\s,]+(,[^:#@\s,]+)*$/, 'expected types of objects, with commas between them'),
  store: z.string().max(64).optional(),
  follow: z.enum(['true', 'false']).default('true'),
})

type Query = z.infer<typeof query>

/** How long nothing may be said. */
const HEARTBEAT_MS = 15_000
/** How long a caller is taken for one who may still watch where nothing happens; a change asks anew at once. */
const TRUST_MS = 60_000

/** Changes of an org as they are committed, as server-sent events. */
export function watchRoutes(service: Service): readonly Route[] {
  const read = createReadPage(service.store)
  return [
    route({
      operation: 'watch',
      method: 'GET',
      path: '/orgs/{org}/api/v1/watch',
      tag: 'watch',
      summary: 'Every change of the org, from a revision on, as server-sent events',
      needs: { scope: 'org', act: { action: 'watch', type: 'org_change' } },
      query,
      answers: { 200: { description: 'events, each with the revision as its id', events: true } },
      async handle(call: Call<undefined, Query>): Promise<Reply> {
        const slug = await watched(service, call)
        const newest = await service.store.revision(slug)
        const given = call.lastEventId ?? call.query.since
        const since = given === undefined ? newest : revisionFrom(given)
        if (since > newest) {
          throw new PdpError('not_that_fresh', `revision ${since} does not exist yet; the newest is ${newest}`)
        }
        let sent = since
        const idle = call.query.follow === 'true' ? HEARTBEAT_MS : null
        return {
          status: 200,
          headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
          stream: {
            async *pieces(signal) {
              yield event('start', since, { since })
              let asked = service.clock()
              for await (const page of pagesAfter(service, read, slug, since, idle, signal)) {
                const now = service.clock()
                if (page.length > 0 || now - asked > TRUST_MS) {
                  const refusal = await refused(service, call, slug, page.at(-1)?.revision ?? 0)
                  if (refusal !== null) return void (yield event('end', sent, { ...refusal, resume_from: sent }))
                  asked = now
                }
                for (const logged of page) {
                  const text = told(logged, call.query)
                  if (text !== null) yield text
                  sent = logged.revision
                }
                // Takes the place of whoever resumes past what was not for them.
                if (page.length === 0 || told(page[page.length - 1] as LoggedChange, call.query) === null) {
                  yield `id: ${sent}\n: nothing more yet\n\n`
                }
              }
            },
            parting: why => event('end', sent, { error: why, resume_from: sent }),
          },
        }
      },
    }),
  ]
}

/** Whose changes are asked for: the org's, or those of one of its stores. Fails with `store_not_found`. */
async function watched(service: Service, { state, query }: Call<undefined, Query>): Promise<string> {
  const { store } = query
  if (store === undefined) return state.org.slug
  // Another node may just have made it.
  const found = slugOfStore(state, store) ?? slugOfStore(await service.freshen(state, NEWEST), store)
  if (found === null) throw new PdpError('store_not_found', `there is no store \`${store}\``)
  return found
}

const NEWEST = { kind: 'higher_consistency' } as const

/** Why the caller may not see what was committed up to a revision, judged by that revision; null where it may. */
async function refused(
  service: Service,
  call: Call<undefined, Query>,
  slug: string,
  revision: number,
): Promise<{ error: string; message: string } | null> {
  const org = call.state.org.slug
  try {
    // The revisions of a store say nothing of who may watch, so that is judged by the newest of the org.
    await service.orgs.catchUp(org, slug === org ? revision : await service.store.revision(org))
    await call.again()
    if (slug !== org) await watched(service, { ...call, state: await service.orgs.get(org) })
    return null
  } catch (error) {
    if (error instanceof PdpError) return { error: error.code, message: error.message }
    throw error
  }
}

function told({ revision, at, change: whole }: LoggedChange, { kinds, types }: Query): string | null {
  if (kinds !== undefined && !kinds.has(whole.kind)) return null
  const change = types === undefined ? whole : ofTypes(whole, types)
  if (change === null) return null
  const { kind } = change
  return event(kind, revision, { revision, at: new Date(at).toISOString(), kind, ...shownChange(change) })
}

const event = (name: string, id: number, data: object): string =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
