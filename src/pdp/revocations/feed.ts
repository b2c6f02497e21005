import { revokedBy, type Told } from '../../facts/revoked.ts'
import type { LoggedChange } from '../../facts/store.ts'
import type { Service } from '../service.ts'
import { createReader, type Reader } from './reader.ts'

export { DEAD_KINDS, type Dead } from '../../facts/revoked.ts'

/** One thing the feed says. `seq` is the revision of the org up to which everything has been said with it. */
export type FeedItem =
  | { readonly kind: 'told'; readonly seq: number; readonly told: Told }
  /** Nothing else happened up to `seq`, as the database had it at `at`. */
  | { readonly kind: 'beat'; readonly seq: number; readonly at: number }
  /** What was missed is too much to be told again: the snapshot has it. */
  | { readonly kind: 'reset'; readonly seq: number }

export interface Feed {
  /**
   * What happens to tokens of an org after a revision, or from now on. Each piece is some items, to be written at once. Ends
   * with the signal; throws `FeedEnded` where the reader is cut off.
   */
  follow(org: string, since: number | null, signal: AbortSignal): AsyncGenerator<readonly FeedItem[]>
}

/** A reader that was cut off: `too_slow`. It may come back. */
export class FeedEnded extends Error {
  readonly why: string
  constructor(why: string) {
    super(`the reader was cut off: ${why}`)
    this.name = 'FeedEnded'
    this.why = why
  }
}

export type FeedPorts = Pick<Service, 'store' | 'orgs' | 'clock'>

const PAGE = 500
/** Revisions that are told again to one who comes back; who missed more takes the snapshot. */
const TOLD_AGAIN = 20_000
const BEAT_MS = 1_000

/** One that reads the changelog of an org for all its readers on this node. */
interface Hub {
  /** Told up to here. */
  at: number
  readonly readers: Set<Reader<FeedItem>>
  /** Looks at once, so that who has just come knows where they are. */
  readonly stir: () => void
  readonly stop: () => void
}

export function createFeed({ store, orgs, clock }: FeedPorts): Feed {
  const hubs = new Map<string, Promise<Hub>>()

  const open = async (org: string): Promise<Hub> => {
    const readers = new Set<Reader<FeedItem>>()
    let ended = false
    let stirred = false
    let wake = (): void => {}
    const stir = (): void => {
      stirred = true
      wake()
    }
    const unfollow = orgs.follow(org, stir)
    const stop = (): void => {
      ended = true
      unfollow()
      stir()
    }
    const hub: Hub = { at: 0, readers, stir, stop }
    const tell = (item: FeedItem): void => {
      for (const reader of readers) reader.give(item)
    }
    const look = async (): Promise<void> => {
      const asked = clock()
      const page = await store.changes(org, hub.at, PAGE)
      for (const item of itemsOf(page)) tell(item)
      hub.at = page.at(-1)?.revision ?? hub.at
      if (page.length === PAGE) stirred = true
      // INVARIANT: a beat says that the database was asked and had no more. Where it cannot be asked, there is none.
      else tell({ kind: 'beat', seq: hub.at, at: asked })
    }
    const pause = (): Promise<void> =>
      new Promise(resolve => {
        const timer = setTimeout(resolve, BEAT_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    const run = async (): Promise<void> => {
      while (!ended) {
        stirred = false
        // Who hears nothing knows that nothing is sure.
        await look().catch(() => undefined)
        if (!stirred && !ended) await pause()
      }
    }
    try {
      hub.at = await store.revision(org)
    } catch (error) {
      stop()
      throw error
    }
    void run()
    return hub
  }

  /** `at`: what comes after it waits for the reader. */
  const enter = async (org: string, reader: Reader<FeedItem>): Promise<{ readonly hub: Hub; readonly at: number }> => {
    const opening = hubs.get(org) ?? open(org)
    hubs.set(org, opening)
    try {
      const hub = await opening
      hub.readers.add(reader)
      const { at } = hub
      // The last reader may have left meanwhile, and the hub with it.
      if (hubs.get(org) !== opening) {
        hub.readers.delete(reader)
        return await enter(org, reader)
      }
      hub.stir()
      return { hub, at }
    } catch (error) {
      if (hubs.get(org) === opening) hubs.delete(org)
      throw error
    }
  }

  const leave = (org: string, hub: Hub, reader: Reader<FeedItem>): void => {
    if (!hub.readers.delete(reader) || hub.readers.size > 0) return
    hub.stop()
    hubs.delete(org)
  }

  /** What happened between the place of one who comes back and where the hub is. */
  async function* missed(org: string, since: number, until: number, signal: AbortSignal) {
    for (let at = since; at < until && !signal.aborted; ) {
      const page = (await store.changes(org, at, PAGE)).filter(({ revision }) => revision <= until)
      // Where the changelog does not begin right there, something was lost.
      if (page[0]?.revision !== at + 1) return void (yield [{ kind: 'reset', seq: until } as const])
      at = page.at(-1)?.revision ?? until
      const items = itemsOf(page)
      if (items.length > 0) yield items
    }
  }

  return {
    async *follow(org, since, signal) {
      const reader = createReader<FeedItem>()
      const { hub, at } = await enter(org, reader)
      const left = (): void => leave(org, hub, reader)
      signal.addEventListener('abort', left, { once: true })
      try {
        if (signal.aborted) return
        const from = since ?? at
        if (from > at || at - from > TOLD_AGAIN) yield [{ kind: 'reset', seq: at }]
        else yield* missed(org, from, at, signal)
        for (;;) {
          const items = await reader.take(signal)
          if (signal.aborted) return
          if (items === null) throw new FeedEnded(reader.ended ?? 'stopping')
          yield items
        }
      } finally {
        signal.removeEventListener('abort', left)
        left()
      }
    },
  }
}

const itemsOf = (page: readonly LoggedChange[]): FeedItem[] =>
  page.flatMap((logged): FeedItem[] => {
    const told = revokedBy(logged)
    return told === null ? [] : [{ kind: 'told', seq: logged.revision, told }]
  })
