import type { JsonObject } from '../policy/json.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import type { Writer } from './write.ts'

const TYPE = /^[^:#@\s\p{Cc}]{1,254}$/u
const CONTROL = /\p{Cc}/u
const NAME = /^[\p{L}_][\p{L}\p{N}_.-]{0,99}$/u

export function readAttributes(state: OrgState, type: string, id: string): JsonObject {
  return state.attributes.all(entityOf(type, id))
}

/** Sets what is given and removes what is null, in one change. Fails with `invalid_attribute`. */
export async function writeAttributes(write: Writer, state: OrgState, type: string, id: string, patch: JsonObject) {
  const entity = entityOf(type, id)
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
  return write(state, [{ kind: 'attributes', entity, set, unset }], 'ignore')
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
