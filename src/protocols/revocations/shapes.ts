import { z } from 'zod'
import { DEAD_KINDS, type Dead, type FeedItem } from '../../pdp/revocations/feed.ts'

/** What a token is dead by. */
const deadShape = z.object({
  kind: z.enum(DEAD_KINDS),
  key: z.string(),
  before: z.int().nullable(),
  exp: z.int(),
  reason: z.string(),
  client: z.string().optional(),
})

export const snapshotShape = z.object({
  seq: z.int(),
  generated_at: z.number(),
  max_ttl: z.int(),
  dead: z.array(deadShape),
})

const texts = new WeakMap<FeedItem, string>()

/** An item as a server-sent event, written out once for all its readers. */
export function eventOf(item: FeedItem): string {
  const known = texts.get(item)
  if (known !== undefined) return known
  const text = written(item)
  texts.set(item, text)
  return text
}

function written(item: FeedItem): string {
  const { seq } = item
  switch (item.kind) {
    case 'told':
      return item.told.told === 'dead'
        ? event('revoke', seq, { seq, ...shownDead(item.told.dead) })
        : event('lift', seq, { seq, ...item.told.lifted })
    case 'beat':
      return event('heartbeat', seq, { seq, at: item.at / 1000 })
    case 'reset':
      return event('reset', seq, { seq })
  }
}

const shownDead = ({ kind, key, before, exp, reason, client }: Dead): Dead => ({
  kind,
  key,
  before,
  exp,
  reason,
  ...(client !== undefined && { client }),
})

export const event = (name: string, id: number, data: object): string =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
