import { type SsfStream, STREAM_UPDATED } from '../../agents/ssf-stream.ts'
import type { Delivery } from '../delivery/port.ts'
import type { OrgState } from '../org.ts'
import { outletOf } from './channel.ts'
import { signedSet } from './set.ts'
import type { Streams } from './streams.ts'

/** What a receiver says when it fetches (RFC 8936). */
export interface Polled {
  readonly most: number
  readonly atOnce: boolean
  readonly acked: readonly string[]
  /** What was wrong with tokens, by their ids. */
  readonly refused: ReadonlyMap<string, string>
}

export interface Fetched {
  readonly sets: Readonly<Record<string, string>>
  readonly more: boolean
}

/** How long one waits for something to happen, and how often it is looked for then: another node keeps it for us. */
const LONG_MS = 25_000
const IDLE_MS = 1_000
const SOON_MS = [5, 10, 20, 40, 80, 160, 320]
/** Waiting messages that are looked through for those that were answered. */
const LOOKED = 1_000

/** Takes what was answered off the stream, and gives what waits in order; waits itself where there is nothing. */
export async function poll(ports: Streams, state: OrgState, stream: SsfStream, said: Polled): Promise<Fetched> {
  const { service, deliveries } = ports
  const { slug } = state.org
  const outlet = outletOf(stream.id)
  await answer(ports, slug, outlet, said)
  if (said.most === 0) return { sets: {}, more: (await deliveries.waiting(slug, outlet, 1)).length > 0 }
  let woken = (): void => {}
  let soon = 0
  const unfollow = service.orgs.follow(slug, () => {
    soon = 0
    woken()
  })
  const end = performance.now() + LONG_MS
  try {
    for (;;) {
      const now = state.registry.ssfStreams.get(stream.id) ?? stream
      const waiting = await deliveries.waiting(slug, outlet, said.most + 1)
      const mine = waiting.filter(({ type }) => now.status === 'enabled' || type === STREAM_UPDATED)
      if (mine.length > 0 || said.atOnce || performance.now() >= end) {
        return await made(ports, state, now, mine, said.most)
      }
      const wait = SOON_MS[soon] ?? IDLE_MS
      soon += 1
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, wait)
        woken = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    unfollow()
  }
}

async function made(
  { service }: Streams,
  state: OrgState,
  stream: SsfStream,
  waiting: readonly Delivery[],
  most: number,
): Promise<Fetched> {
  const now = service.clock()
  const sets: Record<string, string> = {}
  for (const one of waiting.slice(0, most)) {
    sets[one.event] = await signedSet(service.tokens, state, stream, one, now)
  }
  return { sets, more: waiting.length > most }
}

async function answer(
  { service, deliveries }: Streams,
  org: string,
  outlet: string,
  { acked, refused }: Polled,
): Promise<void> {
  if (acked.length + refused.size === 0) return
  const now = service.clock()
  const good = new Set(acked)
  const answered = (await deliveries.waiting(org, outlet, LOOKED)).flatMap(({ id, event, attempts }) => {
    const error = refused.get(event) ?? null
    if (!good.has(event) && error === null) return []
    const state = error === null ? ('delivered' as const) : ('dead' as const)
    return [{ id, state, attempts: attempts + 1, nextAt: now, attempt: { at: now, ms: 0, status: null, error } }]
  })
  if (answered.length > 0) await deliveries.attempted(org, outlet, answered)
}
