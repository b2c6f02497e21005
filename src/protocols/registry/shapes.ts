import { z } from 'zod'
import { parseCidr } from '../../lib/cidr.ts'
import { type Entity, parseEntity, printEntity } from '../../policy/entity.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { jsonObject } from '../authzen/shapes.ts'
import type { Reply } from '../route.ts'

/** Lists in numbered pages; `meta` and `pagination` are one object, for older and newer clients. */
const pagination = z.object({
  total: z.int(),
  page: z.int(),
  limit: z.int(),
  totalPages: z.int(),
  hasNextPage: z.boolean(),
  hasPreviousPage: z.boolean(),
})

export const pageOf = (item: z.ZodType, resourceType: string) =>
  z.object({ data: z.array(item), meta: pagination, pagination, resourceType: z.literal(resourceType) })

export const pages = {
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
  limit: z.coerce.number().int().min(1).max(100).default(25),
}

export function pageBody<T, S>(
  resourceType: string,
  all: readonly T[],
  { page, limit }: { readonly page: number; readonly limit: number },
  shown: (item: T) => S,
) {
  const total = all.length
  const totalPages = Math.ceil(total / limit)
  const data = all.slice((page - 1) * limit, page * limit).map(shown)
  const meta = { total, page, limit, totalPages, hasNextPage: page < totalPages, hasPreviousPage: page > 1 }
  return { data, meta, pagination: meta, resourceType }
}

/** The order of lists: as things came, so that what comes later is on later pages. */
export const byAge = <T extends { readonly createdAt: number; readonly id: string }>(a: T, b: T): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)

export const done = z.object({ message: z.string() })
export const oneWith = (item: z.ZodType) => z.object({ data: item, message: z.string().optional() })

/** An answer with the version it shows, for `If-Match`. */
export const versioned = (version: number, body: unknown, status = 200): Reply => ({
  status,
  body,
  headers: { etag: `"${version}"` },
})

export const iso = (at: number): string => new Date(at).toISOString()
export const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

/** What was said, without members that are there and undefined. */
export function definedOf<T extends object>(said: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

const unique = (items: readonly string[]): boolean => new Set(items).size === items.length
const TWICE = 'the same is there twice'

export const capability = z
  .string()
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, 'expected 1 to 200 printable characters without spaces, `"` and `\\`')
export const capabilities = z.array(capability).max(200).refine(unique, TWICE)

export const toolName = z
  .string()
  .regex(/^[A-Za-z0-9._/-]{1,128}$/, 'expected 1 to 128 letters, digits, `.`, `_`, `-` and `/`')
export const toolNames = z.array(toolName).max(200).refine(unique, TWICE)
export const names = z.array(z.string().min(1).max(200)).max(200).refine(unique, TWICE)

export const address = z
  .string()
  .max(64)
  .refine(text => parseCidr(text) !== null, 'expected an address or a block such as 10.0.0.0/8, no bits set beyond it')
export const addresses = z.array(address).max(100).refine(unique, TWICE)

/** An absolute URI without a fragment. */
const isUri = (text: string): boolean =>
  /^[A-Za-z][A-Za-z0-9+.-]*:[^\s#]+$/.test(text) && (text.startsWith('urn:') || URL.canParse(text))
export const uri = z.string().max(2048).refine(isUri, 'expected an absolute URI without a fragment')
export const uris = z.array(uri).max(100).refine(unique, TWICE)

const OWNERS = ['user', 'team', 'group']

/** `user:ann` or `team:eng`, read as an entity. */
export const owner = z
  .string()
  .max(300)
  .refine(text => OWNERS.includes(parseEntity(text)?.type ?? ''), 'expected a user or a team, such as `user:ann`')

export const ownerFrom = (text: string | null): Entity | null => (text === null ? null : parseEntity(text))
export const ownerText = (entity: Entity | null): string | null => (entity === null ? null : printEntity(entity))

const MOST_METADATA = 16 * 1024
const DEEPEST = 8

/** Free data, of bounded size and depth. */
export const freeObject = jsonObject
  .refine(
    value => JSON.stringify(value).length <= MOST_METADATA,
    `expected at most ${MOST_METADATA} characters of JSON`,
  )
  .refine(value => depthOf(value) <= DEEPEST, `expected at most ${DEEPEST} levels`)

function depthOf(value: Json): number {
  if (value === null || typeof value !== 'object') return 0
  const items = Array.isArray(value) ? (value as readonly Json[]) : Object.values(value as JsonObject)
  return 1 + items.reduce<number>((most, item) => Math.max(most, depthOf(item)), 0)
}
