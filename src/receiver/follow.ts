import type { DeadSet } from './dead-set.ts'
import type { Pulse } from './pulse.ts'
import { liftOf, rowOf, snapshotOf } from './rows.ts'
import { createSseReader, type ServerEvent } from './sse.ts'

export interface FollowPorts {
  /** `{issuer}/revocations`. */
  readonly url: string
  readonly headers: () => Promise<Readonly<Record<string, string>>>
  readonly dead: DeadSet
  readonly pulse: Pulse
  readonly fetch: typeof fetch
  /** A clock that only goes on, and that of the day, in milliseconds. */
  readonly mono: () => number
  readonly clock: () => number
  /** How long nothing may come before the connection is given up. */
  readonly silentMs: number
  /** A key was withdrawn. */
  readonly keyDied: () => void
  readonly stirred: () => void
  readonly failed: (error: unknown) => void
}

/** Follows the feed for ever, from a snapshot on. Ends with what it gives. */
export function follow(ports: FollowPorts): () => void {
  const { url, headers, dead, pulse, mono, clock, silentMs } = ports
  const stop = new AbortController()
  /** Told up to here; null: the snapshot is to be read. */
  let place: number | null = null
  let tries = 0

  const ask = async (path: string, more: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Response> => {
    const got = await ports.fetch(url + path, { headers: { ...(await headers()), ...more }, signal, redirect: 'error' })
    if (!got.ok) throw new Error(`\`${url}${path}\` answered ${got.status}`)
    return got
  }

  const load = async (): Promise<number> => {
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)])
    const snapshot = snapshotOf(await (await ask('/snapshot', {}, signal)).json())
    if (snapshot === null) throw new Error('the snapshot is not one that is understood')
    dead.load(snapshot.rows)
    return snapshot.seq
  }

  /** Whether to go on with this connection. */
  const hear = ({ id, name, data }: ServerEvent): boolean => {
    const value = JSON.parse(data) as { readonly at?: unknown } | null
    switch (name) {
      case 'revoke': {
        const row = rowOf(value)
        // What is not understood may be anybody's death.
        if (row === null) throw new Error('a row of the feed is not one that is understood')
        dead.add(row)
        if (row.kind === 'key') ports.keyDied()
        break
      }
      case 'lift': {
        const lift = liftOf(value)
        if (lift !== null) dead.lift(lift)
        break
      }
      case 'heartbeat': {
        if (typeof value?.at !== 'number') throw new Error('a heartbeat says no time')
        pulse.beat(mono(), value.at * 1000)
        dead.sweep(value.at, clock() / 1000)
        tries = 0
        break
      }
      case 'reset':
        place = null
        pulse.lose()
        return false
      case 'end':
        return false
      default:
        return true
    }
    if (id !== null && /^\d{1,15}$/.test(id)) place = Number(id)
    ports.stirred()
    return true
  }

  const connect = async (): Promise<void> => {
    place ??= await load()
    const cut = new AbortController()
    let timer = setTimeout(() => cut.abort(), silentMs * 2)
    try {
      const signal = AbortSignal.any([stop.signal, cut.signal])
      const head = { accept: 'text/event-stream', 'last-event-id': String(place) }
      const got = await ask('/stream', head, signal)
      if (got.body === null) throw new Error('the feed has no body')
      pulse.begin()
      const read = createSseReader()
      for await (const piece of got.body.pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))) {
        clearTimeout(timer)
        timer = setTimeout(() => cut.abort(), silentMs)
        for (const event of read(piece)) if (!hear(event)) return
      }
    } finally {
      clearTimeout(timer)
      cut.abort()
    }
  }

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await connect().catch((error: unknown) => {
        if (!stop.signal.aborted) ports.failed(error)
      })
      if (stop.signal.aborted) return
      tries += 1
      await pause(waitAfter(tries), stop.signal)
    }
  }

  void run()
  return () => stop.abort()
}

const LONGEST_WAIT_MS = 1_000

/** Short enough to be back before anything is stale; never in step with others. */
const waitAfter = (tries: number): number =>
  Math.min(LONGEST_WAIT_MS, 25 * 2 ** Math.min(tries, 10)) * (0.5 + Math.random() / 2)

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
