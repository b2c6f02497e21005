import { alikeItems, type MakeItem } from '../../lib/alike-items.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { isObject } from '../plain.ts'
import { LONGEST, MOST_EVALUATIONS } from './shapes.ts'

const MEMBERS = ['subject', 'action', 'resource'] as const
type Member = (typeof MEMBERS)[number]

/** Any of them, in any order. */
const ORDERS: readonly (readonly Member[])[] = MEMBERS.flatMap(one => ordersFrom([one]))

function ordersFrom(some: readonly Member[]): readonly (readonly Member[])[] {
  return [some, ...MEMBERS.filter(one => !some.includes(one)).flatMap(one => ordersFrom([...some, one]))]
}

/** As most libraries write JSON, and as Python's does. */
const SEPARATORS = [
  [',', ':'],
  [', ', ': '],
] as const

const SHAPES: ReadonlyMap<string, MakeItem<JsonObject>> = new Map(
  ORDERS.flatMap(order =>
    SEPARATORS.flatMap(([comma, colon]) =>
      [true, false].map(typeFirst => [shapeOf(order, typeFirst, comma, colon), makerOf(order, typeFirst)] as const),
    ),
  ),
)

function shapeOf(order: readonly Member[], typeFirst: boolean, comma: string, colon: string): string {
  const object = (names: readonly string[]): string => `{${names.map(name => `"${name}"${colon}"\0"`).join(comma)}}`
  const entity = object(typeFirst ? ['type', 'id'] : ['id', 'type'])
  const members = order.map(one => `"${one}"${colon}${one === 'action' ? object(['name']) : entity}`)
  return `{${members.join(comma)}}`
}

function makerOf(order: readonly Member[], typeFirst: boolean): MakeItem<JsonObject> {
  const places: Partial<Record<Member, number>> = {}
  let place = 0
  for (const one of order) {
    places[one] = place
    place += one === 'action' ? 1 : 2
  }
  const { subject, action, resource } = places
  const [type, id] = typeFirst ? [0, 1] : [1, 0]
  const entityAt = (texts: readonly string[], at: number): JsonObject => ({
    type: texts[at + type] as string,
    id: texts[at + id] as string,
  })
  return texts => {
    const item: { [member: string]: Json } = {}
    if (subject !== undefined) item.subject = entityAt(texts, subject)
    if (action !== undefined) item.action = { name: texts[action] as string }
    if (resource !== undefined) item.resource = entityAt(texts, resource)
    return item
  }
}

/**
 * The JSON of a body with evaluations that are all written alike, as `parse` would give it, at less cost; null for any
 * other text. `parse` is for what stands around them.
 */
export function alikeEvaluations(text: string, parse: (text: string) => Json): Json | null {
  const found = alikeItems(text, 'evaluations', SHAPES, MOST_EVALUATIONS, LONGEST)
  if (found === null) return null
  const body = parsed(found.rest, parse)
  const list = isObject(body) ? body.evaluations : undefined
  return Array.isArray(list) && list.length === 0 ? { ...(body as JsonObject), evaluations: found.items } : null
}

/** What is wrong is told of the whole text. */
function parsed(text: string, parse: (text: string) => Json): Json {
  try {
    return parse(text)
  } catch {
    return null
  }
}
