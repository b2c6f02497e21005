import { REGISTERED_ATTRIBUTES, registeredAttribute } from '../facts/registered.ts'
import type { Change } from '../facts/store.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import type { JsonObject } from '../policy/json.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Writer } from './write.ts'

const TYPE = /^[^:#@\s\p{Cc}]{1,254}$/u
const CONTROL = /\p{Cc}/u
const NAME = /^[\p{L}_][\p{L}\p{N}_.-]{0,99}$/u

export const isAttributeName = (name: string): boolean => NAME.test(name)

export function readAttributes(state: OrgState, type: string, id: string): JsonObject {
  return state.attributes.all(entityOf(type, id))
}

/** Attributes of an entity as decisions read them: what the registry says goes before what is stored. */
export function attributesOf({ attributes, registry }: OrgState, entity: Entity): JsonObject {
  const identity = registry.identityOf(entity)
  if (identity === undefined) return attributes.all(entity)
  const own = identity.kind === 'user' ? Object.keys(identity.attributes) : []
  const named = [...REGISTERED_ATTRIBUTES[identity.kind], ...own]
  const said = named.map(name => [name, registeredAttribute(registry, entity, name) ?? null] as const)
  const rest = Object.entries(attributes.all(entity)).filter(([name]) => !named.includes(name))
  return Object.fromEntries([...said.filter(([, value]) => value !== null), ...rest])
}

/** Fails with `invalid_attribute` where the registry answers for an attribute: what is stored beside would never be read. */
export function refuseRegistered({ registry }: OrgState, entity: Entity, name: string): void {
  if (registeredAttribute(registry, entity, name) === undefined) return
  const message = `\`${name}\` of \`${printEntity(entity)}\` is registered; change it where the identity is managed`
  throw new PdpError('invalid_attribute', message)
}

/** Sets what is given and removes what is null, in one change. Fails with `invalid_attribute`. */
export async function writeAttributes(write: Writer, state: OrgState, type: string, id: string, patch: JsonObject) {
  return write(state, [attributeChange(entityOf(type, id), patch)], 'ignore')
}

/** As `writeAttributes`, still to be made. */
export function attributeChange(entity: Entity, patch: JsonObject): Extract<Change, { kind: 'attributes' }> {
  const entries = Object.entries(patch)
  const wrong = entries.find(([name]) => !NAME.test(name))
  if (wrong !== undefined) {
    throw new PdpError(
      'invalid_attribute',
      `\`${wrong[0]}\` is no attribute name; letters, digits, \`_\`, \`.\` and \`-\`, at most 100`,
    )
  }
  if (entries.length === 0) throw new PdpError('invalid_attribute', 'there is nothing to set or remove')
  const set = Object.fromEntries(entries.filter(([, value]) => value !== null))
  const unset = entries.filter(([, value]) => value === null).map(([name]) => name)
  return { kind: 'attributes', entity, set, unset }
}

function entityOf(type: string, id: string) {
  if (!TYPE.test(type) || id === '' || id.length > 512 || CONTROL.test(id)) {
    throw new PdpError(
      'invalid_attribute',
      `\`${type}:${id}\` is no entity; expected a type and an id of at most 512 characters`,
    )
  }
  return { type, id }
}
