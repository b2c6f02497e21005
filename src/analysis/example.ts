import type { Effect } from '../policy/decision.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import type { Facts, TupleText } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { readerOf, type World } from './ask.ts'
import { BUDGET, overspentOf } from './budgets.ts'
import { factsOf, tuplesOf } from './facts.ts'
import type { StoredAttribute } from './finding.ts'
import type { Naming } from './frames.ts'
import { AT } from './leaf.ts'
import type { Site } from './site.ts'
import { tellRequest } from './tell.ts'

/** A world as the request someone could send and the facts someone could store. */
export interface Staged {
  readonly request: Request
  readonly tuples: readonly TupleText[]
  readonly attributes: readonly StoredAttribute[]
  readonly facts: Facts
  /** Whether the world holds something no request and no fact can bring about. */
  readonly unreal: boolean
  /** Who, and what must be true; without the effect. */
  tell(verb: string): string
}

export function stage({ link, values }: World, site: Site, naming: Naming): Staged {
  const { me, principal, delegated, action, resource } = link
  const subject = principal ?? me
  const actors: readonly Entity[] = principal !== null ? [me] : delegated ? [actorFor(me, naming)] : []
  const read = readerOf(values)
  const at = read(AT)
  const context: [string, Json][] = []
  const attributes: StoredAttribute[] = []
  const tuples: TupleText[] = []
  const used = new Map<string, number>()
  const fresh = (type: string): Entity => {
    const nth = (used.get(type) ?? 0) + 1
    used.set(type, nth)
    return naming.fresh(type, nth)
  }
  const beyond: string[] = []
  let unreal = false
  for (const [variable, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const relation = site.relations.get(variable)
    const attribute = site.attributes.get(variable)
    if (relation !== undefined) {
      if (value === true) tuples.push(...tuplesOf(relation, site, fresh))
    } else if (attribute !== undefined) {
      if (value !== undefined) attributes.push({ entity: printEntity(attribute.entity), name: attribute.name, value })
    } else if (variable.startsWith('c ')) {
      if (value !== undefined) context.push([variable.slice(2), value])
    } else if (variable.startsWith(BUDGET)) {
      if (value === true) beyond.push(variable.slice(BUDGET.length))
    } else if (variable !== AT && value === true) unreal = true
  }
  const overspent = overspentOf(beyond)
  attributes.push(...overspent.attributes)
  context.push(...overspent.context)
  const request: Request = {
    org: site.org,
    subject,
    actors,
    action,
    resource,
    context: Object.fromEntries(context),
    at: typeof at === 'number' ? at : 0,
  }
  const seen = [...new Map(tuples.map(t => [JSON.stringify(t), t])).values()]
  const timed = values.has(AT)
  return {
    request,
    tuples: seen,
    attributes,
    facts: factsOf(seen, attributes),
    unreal,
    tell: verb => tellRequest({ request, tuples: seen, attributes, timed, zone: site.zone }, verb),
  }
}

/** Who acts where it matters only that someone does. */
export const actorFor = (me: Entity, naming: Naming): Entity => {
  const helper = naming.fresh('agent')
  return helper.type === me.type && helper.id === me.id ? naming.fresh('agent', 1) : helper
}

/** How much is allowed: less before more. */
export const rankOf = (effect: Effect): number => (effect === 'deny' ? 0 : effect === 'escalate' ? 1 : 2)
