import { MCP_TOOL } from '../policy/capability.ts'
import { type Entity, parseEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { Request } from '../policy/request.ts'

/** One member of `authorization_details` (RFC 9396): of a type, some actions, on what `identifier` names. */
export interface Detail extends JsonObject {
  readonly type: string
  readonly actions: readonly string[]
}

/** What an operation is done to: one resource, or with `many` each whose id begins with `id`. */
export interface Aim extends Entity {
  readonly many: boolean
}

/** A detail in the engine's words, for one of its actions. `given` is what else it says of the resource. */
export interface Operation {
  readonly action: string
  readonly resource: Aim
  readonly given: JsonObject
}

/** Any action of any rule: `identifier` is `type:id`. */
const ENGINE_DETAIL = 'lumoauth_action'

interface DetailType {
  readonly actions: readonly string[]
  /** The type of resource it is about. */
  readonly resource: string
  /** Other names of actions in the engine. */
  readonly means?: Readonly<Record<string, string>>
}

const TYPES: Readonly<Record<string, DetailType>> = {
  file_access: { resource: 'file', actions: ['read', 'write', 'delete'] },
  api_call: {
    resource: 'api',
    actions: ['GET', 'POST', 'PUT', 'DELETE'],
    means: { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' },
  },
  database_query: { resource: 'database', actions: ['select', 'insert', 'update', 'delete'] },
  tool_invocation: { resource: 'tool', actions: ['execute'], means: { execute: 'use' } },
  payment: { resource: 'payment', actions: ['initiate', 'approve'] },
  user_data: { resource: 'user_data', actions: ['read', 'export'] },
}

export const DETAIL_TYPES: readonly string[] = [...Object.keys(TYPES), ENGINE_DETAIL]

/** Members that say what is asked; all others say something of the resource. */
const COMMON: ReadonlySet<string> = new Set(['type', 'actions', 'identifier', 'locations', 'datatypes', 'privileges'])
const LISTS = ['locations', 'datatypes', 'privileges']

const MOST_DETAILS = 10
const MOST_ACTIONS = 16
const MOST_BYTES = 8_192
const NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/

type Read =
  | { readonly ok: true; readonly details: readonly Detail[] }
  | { readonly ok: false; readonly message: string }

const refused = (message: string): Read => ({ ok: false, message })

/** Reads one detail or a list of them; refuses what nobody could show or decide. */
export function readDetails(value: Json): Read {
  const list = Array.isArray(value) ? (value as readonly Json[]) : [value]
  if (list.length === 0 || list.length > MOST_DETAILS) {
    return refused(`expected 1 to ${MOST_DETAILS} authorization details, found ${list.length}`)
  }
  if (JSON.stringify(value).length > MOST_BYTES) return refused(`expected at most ${MOST_BYTES} characters of details`)
  const details: Detail[] = []
  for (const one of list) {
    const problem = problemOf(one)
    if (problem !== null) return refused(problem)
    details.push(one as Detail)
  }
  return { ok: true, details }
}

function problemOf(value: Json): string | null {
  if (!isObject(value)) return 'each of the authorization details must be an object'
  const { type, actions, identifier } = value
  if (typeof type !== 'string' || !DETAIL_TYPES.includes(type)) {
    return `expected a \`type\` of ${DETAIL_TYPES.join(', ')}`
  }
  if (!isTexts(actions) || actions.length === 0 || actions.length > MOST_ACTIONS) {
    return `expected 1 to ${MOST_ACTIONS} \`actions\` in \`${type}\``
  }
  const known = TYPES[type]?.actions
  const strange = actions.find(action => (known === undefined ? !NAME.test(action) : !known.includes(action)))
  if (strange !== undefined) {
    return `\`${strange}\` is no action of \`${type}\`${known === undefined ? '' : `; expected ${known.join(', ')}`}`
  }
  if (new Set(actions).size !== actions.length) return `each action of \`${type}\` once`
  if (identifier !== undefined && (typeof identifier !== 'string' || identifier === '' || identifier.length > 512)) {
    return 'expected `identifier` to be a text of 1 to 512 characters'
  }
  if (type === ENGINE_DETAIL && (typeof identifier !== 'string' || parseEntity(identifier) === null)) {
    return `\`${ENGINE_DETAIL}\` needs an \`identifier\` such as \`document:1\``
  }
  const list = LISTS.find(name => value[name] !== undefined && !isTexts(value[name]))
  return list === undefined ? null : `expected \`${list}\` to be a list of texts`
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isTexts = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string' && item.length <= 512)

/** What a detail comes to: one operation an action. A trailing `*` takes all that begin so; without an identifier, all. */
export function operationsOf(detail: Detail): readonly Operation[] {
  const type = TYPES[detail.type]
  const { identifier } = detail
  const named = typeof identifier === 'string' ? identifier : '*'
  const kind = type?.resource === 'tool' && named.includes('/') ? MCP_TOOL : type?.resource
  const whole = kind === undefined ? named : `${kind}:${named}`
  const entity = parseEntity(whole)
  if (entity === null) return []
  const many = entity.id.endsWith('*')
  const resource: Aim = { type: entity.type, id: many ? entity.id.slice(0, -1) : entity.id, many }
  const given = Object.fromEntries(Object.entries(detail).filter(([name]) => !COMMON.has(name)))
  return detail.actions.map(action => ({ action: type?.means?.[action] ?? action, resource, given }))
}

/** The detail that asks for an action of the engine's, as an escalation offers it. */
export const engineDetail = (action: string, resource: Entity, given: JsonObject = {}): Detail => ({
  ...Object.fromEntries(Object.entries(given).filter(([name]) => !COMMON.has(name))),
  type: ENGINE_DETAIL,
  actions: [action],
  identifier: `${resource.type}:${resource.id}`,
})

/** What to ask an approver for, so that a request may be done; nothing where it is about no particular resource. */
export const detailsOf = ({ action, resource }: Pick<Request, 'action' | 'resource'>): readonly Detail[] =>
  resource.id === null
    ? []
    : [engineDetail(action, { type: resource.type, id: resource.id }, resource.properties ?? {})]
