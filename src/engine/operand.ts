import type { Json, JsonObject } from '../policy/json.ts'
import type { Call, Operand } from './clause.ts'

/** A member of its own, whatever it is called; never what an object inherits. */
export const ownValue = (object: JsonObject | undefined, name: string): Json | undefined =>
  object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined

/** The value of an operand, undefined where neither the store nor the call has one. */
export function operandValue(operand: Operand, call: Call): Json | undefined {
  switch (operand.kind) {
    case 'stored': {
      const answer = call.answers?.[operand.place]
      return answer?.kind === 'value' ? answer.value : undefined
    }
    case 'given': {
      const { of, name } = operand.ref
      if (of === 'context') return ownValue(call.context, name)
      if (of === 'resource') return ownValue(call.resourceProperties, name)
      return ownValue(operand.who === 'subject' ? call.subjectProperties : call.principalProperties, name)
    }
    case 'literal':
    case 'attribute':
      return undefined
  }
}
