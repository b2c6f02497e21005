import { sameJson } from '../policy/json.ts'
import type { Terms } from './approval.ts'
import { type Detail, type Operation, operationsOf } from './detail.ts'

/** Whether everything `inner` would allow, `outer` allows as well, as long and as often. */
export function isNarrower(inner: Terms, outer: Terms): boolean {
  const whole = outer.details.flatMap(operationsOf)
  return (
    inner.details.length > 0 &&
    inner.ttl > 0 &&
    inner.ttl <= outer.ttl &&
    inner.uses > 0 &&
    inner.uses <= outer.uses &&
    inner.details.every(detail => outer.details.some(other => isWithinDetail(detail, other))) &&
    inner.details.flatMap(operationsOf).every(one => whole.some(other => isWithin(one, other)))
  )
}

/** Whether what an operation does, another one covers: the same action and words, on no more. */
export function isWithin(inner: Operation, outer: Operation): boolean {
  const [a, b] = [inner.resource, outer.resource]
  const aimed = a.type === b.type && (b.many ? a.id.startsWith(b.id) : !a.many && a.id === b.id)
  return inner.action === outer.action && aimed && sameJson(inner.given, outer.given)
}

const LISTS = ['locations', 'datatypes', 'privileges'] as const

/** A list that was not asked for said any; one that was may be shortened and not left out. */
function isWithinDetail(inner: Detail, outer: Detail): boolean {
  if (inner.type !== outer.type) return false
  if (!inner.actions.every(action => outer.actions.includes(action))) return false
  const within = LISTS.every(name => {
    const asked = outer[name]
    const left = inner[name]
    if (asked === undefined) return true
    return Array.isArray(left) && Array.isArray(asked) && left.every(item => asked.includes(item))
  })
  return within && isWithinAny(inner, outer)
}

const isWithinAny = (inner: Detail, outer: Detail): boolean =>
  operationsOf(inner).every(one => operationsOf(outer).some(other => isWithin(one, other)))
