import { localTime } from '../lib/zone.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { Json } from '../policy/json.ts'
import { printMinutes } from '../policy/print-value.ts'
import { article, listed } from '../policy/print-words.ts'
import type { TupleText } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import type { StoredAttribute } from './finding.ts'

interface Told {
  readonly request: Request
  readonly tuples: readonly TupleText[]
  readonly attributes: readonly StoredAttribute[]
  /** Whether the hour matters. */
  readonly timed: boolean
  readonly zone: string
}

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** `user:alice, who is a member of team:eng, can now edit document:1 on Sunday 2026-06-07 at 10am`. */
export function tellRequest(told: Told, verb: string): string {
  const { request } = told
  const { subject, resource, actors, action, context } = request
  const [who, ...more] = [subject, ...actors].map(e => `${printEntity(e)}${aboutSubject(e, told)}`)
  const through = more.length === 0 ? '' : `, through ${listed(more, 'and')},`
  const same = resource.type === subject.type && resource.id === subject.id
  const what = `${printEntity(resource as Entity)}${same ? '' : aboutResource(resource as Entity, told)}`
  const others = Object.entries(context).filter(([name]) => name !== 'ip')
  const extras = [
    ...(told.timed ? [when(request.at, told.zone)] : []),
    ...(typeof context.ip === 'string' ? [`from ${context.ip}`] : []),
    ...(others.length === 0 ? [] : [`where the request's ${listed(others.map(is), 'and')}`]),
    ...beside(told),
  ]
  const text = `${who}${through} ${verb} ${action} ${what}${extras.map(extra => ` ${extra}`).join('')}`
  return text.replace(/,$/, '')
}

const is = ([name, value]: readonly [string, Json]): string => `${name.replaceAll('_', ' ')} is ${tellValue(value)}`

function tellValue(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'object' && value !== null && 'amount' in value) return `${value.amount} ${value.currency}`
  return Array.isArray(value) ? `[${value.map(tellValue).join(', ')}]` : String(value)
}

function when(at: number, zone: string): string {
  const { weekday, minutes, date } = localTime(at, zone)
  return `on ${DAYS[weekday - 1]} ${date} at ${printMinutes(minutes)} in ${zone}`
}

const heldBy = (entity: Entity, { attributes }: Told) =>
  attributes.filter(a => a.entity === printEntity(entity)).map((a): readonly [string, Json] => [a.name, a.value])

function aboutSubject(entity: Entity, told: Told): string {
  const name = printEntity(entity)
  const roles = told.tuples.filter(t => t.user === name && t.object !== printEntity(told.request.resource as Entity))
  const parts = [
    ...roles.map(t => `who ${role(t.relation)} ${t.object}`),
    ...heldBy(entity, told).map(held => `whose ${is(held)}`),
  ]
  return parts.length === 0 ? '' : `, ${parts.join(' and ')},`
}

const role = (relation: string): string => {
  const noun = /^[a-z]+(?:_[a-z]+)*$/.test(relation) && !/^(?:can|may|is|has)_|(?:ed|_by|_with|_to|_in)$/.test(relation)
  return noun ? `is ${article(relation.replaceAll('_', ' '))} of` : `holds \`${relation}\` on`
}

function aboutResource(entity: Entity, told: Told): string {
  const name = printEntity(entity)
  const parts = [
    ...told.tuples.filter(t => t.object === name).map(t => `of which ${t.user} is \`${t.relation}\``),
    ...heldBy(entity, told).map(held => `whose ${is(held)}`),
  ]
  return parts.length === 0 ? '' : `, ${parts.join(' and ')},`
}

/** Facts of neither the subjects nor the resource. */
function beside(told: Told): readonly string[] {
  const { subject, actors, resource } = told.request
  const people = new Set([subject, ...actors].map(printEntity))
  const rest = told.tuples.filter(t => !people.has(t.user) && t.object !== printEntity(resource as Entity))
  return rest.map(t => `while ${t.user} ${role(t.relation)} ${t.object}`)
}
