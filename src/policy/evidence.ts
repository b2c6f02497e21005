import type { Charge } from './charge.ts'
import { type Entity, parseEntity, printEntity, sameEntity } from './entity.ts'
import type { Json, JsonObject } from './json.ts'

/** One resource, or with `many` each of the type whose id begins with `id`. */
export interface Pattern extends Entity {
  readonly many: boolean
}

/** An amount as a whole number of the unit's parts: 1999 with two decimals is 19.99. */
export interface Amount {
  readonly amount: number
  readonly unit: string
  readonly decimals: number
}

/** What one link of a capability is good for. Instants are milliseconds since the epoch; null is no limit of its own. */
export interface Allowance {
  readonly id: string
  readonly actions: readonly string[]
  readonly resources: readonly Pattern[]
  readonly from: number
  readonly until: number
  readonly uses: number | null
  readonly spend: Amount | null
}

/**
 * A capability that was shown with a request. `held`: proved to be the org's, alive, and for whoever shows it; its links are
 * all it narrows through, the first one given out by the org. `refused`: shown, and not to be taken.
 */
export type Evidence =
  | {
      readonly kind: 'held'
      readonly id: string
      readonly subject: Entity
      readonly actors: readonly Entity[]
      /** What it may be used for alone, by id. */
      readonly task: string | null
      readonly links: readonly Allowance[]
    }
  | { readonly kind: 'refused'; readonly why: string }

/** What a capability is held against: a request. */
export interface Attempt {
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly action: string
  readonly resource: { readonly type: string; readonly id: string | null }
  readonly context: JsonObject
  readonly at: number
}

/** `document:1`, `document:q3/*`, `document:*`; null for what is none of them. */
export function patternOf(text: string): Pattern | null {
  const entity = parseEntity(text)
  if (entity === null) return null
  const many = entity.id.endsWith('*')
  return { type: entity.type, id: many ? entity.id.slice(0, -1) : entity.id, many }
}

export const printPattern = ({ type, id, many }: Pattern): string => `${type}:${id}${many ? '*' : ''}`

/** A question about a type as such is one about every resource of it. */
const isAimedAt = ({ type, id, many }: Pattern, resource: { readonly type: string; readonly id: string | null }) =>
  type === resource.type &&
  (resource.id === null ? many && id === '' : many ? resource.id.startsWith(id) : resource.id === id)

/** Whether one link is good for a request but for what its meters stand at; null, or why not. */
export function beyond(link: Allowance, request: Attempt): string | null {
  const { action, resource, at } = request
  const what = resource.id === null ? resource.type : `${resource.type}:${resource.id}`
  if (!link.actions.includes(action)) return `it is not for \`${action}\``
  if (!link.resources.some(pattern => isAimedAt(pattern, resource))) return `it is not for \`${what}\``
  if (at < link.from) return 'it is not valid yet'
  if (at >= link.until) return 'it has ended'
  if (link.spend === null) return null
  const cost = costIn(request.context)
  if (cost === null) return 'it limits what is spent, and the request does not say its `cost`'
  if (partsOf(cost, link.spend) === null) return `it is for \`${link.spend.unit}\`, not for \`${cost.unit}\``
  return null
}

/** Why a capability is not good for a request; null where it is, as far as its meters go. */
export function refusalOf(evidence: Evidence, request: Attempt): string | null {
  if (evidence.kind === 'refused') return evidence.why
  const { subject, actors } = request
  const chain = [subject, ...actors]
  const own = [evidence.subject, ...evidence.actors]
  if (!own.every((one, i) => chain[i] !== undefined && sameEntity(one, chain[i]))) {
    return `it is of ${own.map(printEntity).join(' through ')}`
  }
  for (const link of evidence.links) {
    const why = beyond(link, request)
    if (why !== null) return why
  }
  return evidence.links.length === 0 ? 'it is empty' : null
}

export const useCounter = (id: string): string => `capability ${id}`
const spendCounter = (id: string): string => `capability ${id} spend`

/** What using it takes: a use and the cost, of each link that limits them. */
export function chargesOf({ links }: Extract<Evidence, { kind: 'held' }>, request: Attempt): readonly Charge[] {
  const cost = costIn(request.context)
  return links.flatMap(({ id, uses, spend, until }): readonly Charge[] => {
    const meter = { window: { kind: 'ever' as const, until }, of: id }
    const parts = spend === null || cost === null ? null : partsOf(cost, spend)
    const says = uses === 1 ? 'once' : `at most ${uses} times`
    return [
      ...(uses === null ? [] : [{ ...meter, counter: useCounter(id), amount: 1, cap: uses, says }]),
      ...(spend === null || parts === null
        ? []
        : [
            {
              ...meter,
              counter: spendCounter(id),
              amount: parts,
              cap: spend.amount,
              says: `at most ${printAmount(spend)}`,
            },
          ]),
    ]
  })
}

export const printAmount = ({ amount, unit, decimals }: Amount): string => {
  const digits = String(amount).padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  return `${whole}${decimals === 0 ? '' : `.${digits.slice(-decimals)}`} ${unit}`
}

/** What the call says it costs: `cost` of its context. */
const costIn = (context: JsonObject): Amount | null =>
  Object.hasOwn(context, 'cost') ? amountOf(context.cost as Json) : null

const MOST_DECIMALS = 15

export function amountOf(value: Json | undefined): Amount | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  const { amount, unit, decimals = 0 } = value as JsonObject
  const whole = typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 0
  const places =
    typeof decimals === 'number' && Number.isInteger(decimals) && decimals >= 0 && decimals <= MOST_DECIMALS
  if (!whole || !places || typeof unit !== 'string' || unit === '' || unit.length > 32) return null
  return { amount, unit, decimals }
}

/** A cost in the parts that a limit counts, rounded up; null for another unit, or more than can be counted exactly. */
function partsOf(cost: Amount, limit: Amount): number | null {
  if (cost.unit !== limit.unit) return null
  const shift = limit.decimals - cost.decimals
  const amount = BigInt(cost.amount)
  const by = 10n ** BigInt(Math.abs(shift))
  const parts = shift >= 0 ? amount * by : (amount + by - 1n) / by
  return parts <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(parts) : null
}

/** Whether an amount is at most another one of its unit. */
export const isAtMost = (a: Amount, b: Amount): boolean =>
  a.unit === b.unit && BigInt(a.amount) * 10n ** BigInt(b.decimals) <= BigInt(b.amount) * 10n ** BigInt(a.decimals)
