import { median } from '../stats.ts'
import type { Peer } from './servers.ts'
import { LISTED, listedOf } from './world.ts'

/** Listing every object of one user, each way there is. Times in nanoseconds, medians. */
export interface ListRow {
  readonly name: string
  readonly size: number
  readonly there: number
  /** `list-objects`: until the whole answer is here, and how many it holds. */
  readonly whole: number
  readonly wholeFound: number
  /** `streamed-list-objects`: until the first line, until the last, and how many lines. */
  readonly first: number
  readonly last: number
  readonly streamedFound: number
}

const TIMES = 5

export async function measureLists(peers: readonly Peer[], size: number): Promise<readonly ListRow[]> {
  const seen = peers.map(() => ({ whole: [] as Read[], streamed: [] as Read[] }))
  for (let round = 0; round <= TIMES; round += 1) {
    for (const [i, peer] of peers.entries()) {
      const whole = await read(peer, 'list-objects')
      const streamed = await read(peer, 'streamed-list-objects')
      if (round === 0) continue
      seen[i]?.whole.push(whole)
      seen[i]?.streamed.push(streamed)
    }
  }
  return peers.map(({ name }, i) => {
    const { whole = [], streamed = [] } = seen[i] ?? {}
    const middle = (of: readonly Read[], what: (read: Read) => number): number => median(of.map(what))
    return {
      name,
      size,
      there: listedOf(size),
      whole: middle(whole, r => r.last),
      wholeFound: middle(whole, r => r.found),
      first: middle(streamed, r => r.first),
      last: middle(streamed, r => r.last),
      streamedFound: middle(streamed, r => r.found),
    }
  })
}

interface Read {
  readonly first: number
  readonly last: number
  readonly found: number
}

async function read({ door, store }: Peer, operation: string): Promise<Read> {
  const start = process.hrtime.bigint()
  const since = (): number => Number(process.hrtime.bigint() - start)
  const answer = await fetch(`http://127.0.0.1:${door.port}${door.path}/stores/${store}/${operation}`, {
    method: 'POST',
    body: JSON.stringify(LISTED),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${door.key}` },
  })
  if (!answer.ok || answer.body === null) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`)
  const chunks: Uint8Array[] = []
  let first = Number.NaN
  for await (const chunk of answer.body) {
    if (chunks.length === 0) first = since()
    chunks.push(chunk)
  }
  const last = since()
  const found = Buffer.concat(chunks).toString().split('"doc:').length - 1
  return { first, last, found }
}
