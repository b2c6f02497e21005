import { compareDecimal, type Decimal, decimalOf, printDecimal } from '../lib/decimal.ts'
import type { ResourcePhrase, SubjectPhrase } from './ast.ts'
import type { Entity } from './entity.ts'
import type { Json, JsonObject } from './json.ts'
import type { Request } from './request.ts'
import { inUnit } from './units.ts'
import type { AttributeType, Literal } from './value.ts'

/** A value the question itself gives; `contains` is one item of a list. */
export interface Stated {
  readonly name: string
  readonly type: AttributeType | null
  readonly op: 'eq' | 'contains'
  readonly value: Literal
}

/** A null id asks about the type; then what is `stated` is all that is known of the resource. */
export interface AskedResource {
  readonly type: string
  readonly id: string | null
  readonly stated: readonly Stated[]
}

/**
 * What a search looks for. `types` are those of the entities that may be found, and `among` says which of them count:
 * it is judged beside the rules, as the phrase of a rule would be.
 */
export type Sought =
  | { readonly kind: 'subject'; readonly types: readonly string[]; readonly among: SubjectPhrase }
  | { readonly kind: 'resource'; readonly types: readonly string[]; readonly among: ResourcePhrase }
  | { readonly kind: 'action' }

interface Asking {
  /** Lists multiply. What is sought has an empty list; so has the resource where any would do ("what can Alice do?"). */
  readonly subjects: readonly Entity[]
  /** Who acts for the subject, nearest to the subject first. */
  readonly actors: readonly Entity[]
  readonly actions: readonly string[]
  readonly resources: readonly AskedResource[]
  /** Whether all of what the lists multiply to must be allowed, or one of it. */
  readonly join: 'all' | 'any'
  readonly ip: string | null
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly country: string | null
  /** Attributes of the call. */
  readonly call: readonly Stated[]
  /** In milliseconds since the epoch, whole minutes; null is the moment of asking. */
  readonly at: number | null
}

/** A question of somebody's, understood: may this be done, or who may, on what, and what. */
export type Ask =
  | (Asking & { readonly kind: 'requests'; readonly explain: boolean })
  | (Asking & { readonly kind: 'search'; readonly sought: Sought })

/** A candidate, put in the place of what is sought. */
export interface Found {
  readonly subject?: Entity
  readonly action?: string
  readonly resource?: { readonly type: string; readonly id: string | null }
}

/** The requests a question comes to, with a candidate in the place of what a search looks for. */
export function requestsOf(
  ask: Ask,
  { org, now }: { readonly org: string; readonly now: number },
  found: Found = {},
): readonly Request[] {
  const subjects = found.subject === undefined ? ask.subjects : [found.subject]
  const actions = found.action === undefined ? ask.actions : [found.action]
  const resources = found.resource === undefined ? ask.resources : [{ ...found.resource, stated: [] }]
  const context = contextOf(ask)
  const shared = { org, actors: ask.actors, context, at: ask.at ?? now }
  return subjects.flatMap(subject =>
    actions.flatMap(action =>
      resources.map(({ type, id, stated }) => ({
        ...shared,
        subject,
        action,
        resource: { type, id, ...(stated.length > 0 && { properties: propertiesOf(stated) }) },
      })),
    ),
  )
}

function contextOf({ ip, country, call }: Ask): JsonObject {
  return { ...propertiesOf(call), ...(ip !== null && { ip }), ...(country !== null && { country }) }
}

/** What is stated, as a caller would send it. */
export function propertiesOf(stated: readonly Stated[]): JsonObject {
  const found = new Map<string, Json>()
  for (const { name, type, op, value } of stated) {
    const json = jsonOf(value, type)
    const before = found.get(name)
    found.set(name, op === 'eq' ? json : Array.isArray(before) ? [...before, json] : [json])
  }
  return Object.fromEntries(found)
}

function jsonOf(value: Literal, type: AttributeType | null): Json {
  switch (value.kind) {
    case 'text':
      return value.text
    case 'flag':
      return value.flag
    case 'date':
      return value.date
    case 'number':
      return exact(value.number)
    case 'money':
      return type?.kind === 'money' && type.currency === value.currency
        ? exact(value.amount)
        : { amount: exact(value.amount), currency: value.currency }
    case 'quantity': {
      const number = type?.kind === 'quantity' ? inUnit(value, type.unit) : null
      return number === null ? null : exact(number)
    }
  }
}

/** As a number where a double says exactly the same, else as text. */
function exact(value: Decimal): number | string {
  const text = printDecimal(value)
  const again = decimalOf(Number(text))
  return again !== null && compareDecimal(again, value) === 0 ? Number(text) : text
}
