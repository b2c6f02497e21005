import type { z } from 'zod'
import { allOf, andThen, type Later } from '../../lib/later.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import type { Decision } from '../../policy/decision.ts'
import type { Evidence } from '../../policy/evidence.ts'
import { answerText, briefText, pushAnswer } from '../decision.ts'
import { decidedOrDone, type doingIn } from '../doing.ts'
import { withShown } from '../evidence.ts'
import { problemOf } from '../problem.ts'
import { requestFrom } from '../request.ts'
import { plainEvaluation } from './quick.ts'
import { evaluation, type evaluations } from './shapes.ts'

export type Evaluation = z.infer<typeof evaluation>
export type Evaluations = z.infer<typeof evaluations>

/** AuthZEN 1.0, section 6: one decision, as JSON. */
export function evaluate(
  service: Service,
  state: OrgState,
  asked: Evaluation,
  evidence?: Evidence,
  doing: ReturnType<typeof doingIn> = null,
): Later<string> {
  const request = requestFrom(state.org.slug, asked, service.clock())
  const decision = decidedOrDone(service, state, withShown(request, evidence), doing)
  return andThen(decision, saysWhy(asked.options) ? answerText : briefText)
}

type Asked = Readonly<Record<string, unknown>>

/** Whoever does not read why may say so: most of an answer is that. */
const saysWhy = (options: unknown): boolean =>
  typeof options !== 'object' || options === null || (options as Asked).explain !== false

/**
 * AuthZEN 1.0, section 7: several decisions, in the order asked, as JSON, at one instant. A member of an item replaces the
 * default of that name whole. An item that cannot be read is a denial with the error in its context. Without items it is one
 * evaluation.
 */
export function evaluateMany(
  service: Service,
  state: OrgState,
  asked: Evaluations,
  evidence?: Evidence,
): Later<string> {
  const items = asked.evaluations
  if (items === undefined || items.length === 0) {
    return evaluate(service, state, readEvaluation(asked), evidence)
  }
  const semantic = asked.options?.evaluations_semantic ?? 'execute_all'
  const now = service.clock()
  const explains = saysWhy(asked.options)
  const decideOne = (item: Asked): Later<Decision> | Failed => {
    try {
      const request = requestFrom(state.org.slug, itemIn(asked, item), now)
      return service.decide(state, withShown(request, evidence), now)
    } catch (error) {
      if (error instanceof PdpError && error.code === 'invalid_request') return { failed: error.message }
      throw error
    }
  }
  const answers = semantic === 'execute_all' ? allOf(items.map(decideOne)) : until(semantic, items, decideOne)
  return andThen(answers, all => manyText(all, explains))
}

/** An item that cannot be read, and why. */
interface Failed {
  readonly failed: string
}

function manyText(answers: readonly (Decision | Failed)[], explains: boolean): string {
  const pieces: string[] = []
  for (const one of answers) {
    pieces.push(pieces.length === 0 ? '{"evaluations":[' : ',')
    if ('failed' in one) pieces.push(failedText(one))
    else pushAnswer(pieces, one, explains)
  }
  pieces.push(']}')
  return pieces.join('')
}

/** One after the other, up to the first that settles it. */
function until(
  semantic: 'deny_on_first_deny' | 'permit_on_first_permit',
  items: readonly Asked[],
  decideOne: (item: Asked) => Later<Decision> | Failed,
  done: readonly (Decision | Failed)[] = [],
): Later<readonly (Decision | Failed)[]> {
  const all = [...done]
  for (const [i, item] of items.entries()) {
    const answer = decideOne(item)
    if (answer instanceof Promise) {
      return answer.then(one => {
        const now = [...all, one]
        return ends(semantic, one) ? now : until(semantic, items.slice(i + 1), decideOne, now)
      })
    }
    all.push(answer)
    if (ends(semantic, answer)) break
  }
  return all
}

function ends(semantic: string, one: Decision | Failed): boolean {
  const allows = 'effect' in one && one.effect === 'allow'
  return semantic === 'deny_on_first_deny' ? !allows : allows
}

/** A member of an item, or the default of that name. */
const memberOf = (
  item: Asked,
  defaults: Evaluations,
  member: 'subject' | 'action' | 'resource' | 'context',
): unknown => (item[member] !== undefined || Object.hasOwn(item, member) ? item[member] : defaults[member])

function itemIn(defaults: Evaluations, item: Asked): Evaluation {
  const merged = {
    subject: memberOf(item, defaults, 'subject'),
    action: memberOf(item, defaults, 'action'),
    resource: memberOf(item, defaults, 'resource'),
    context: memberOf(item, defaults, 'context'),
  }
  return plainEvaluation(merged) ?? readEvaluation(merged)
}

const failedText = ({ failed: message }: Failed): string =>
  JSON.stringify({ decision: false, context: { error: { status: 400, message } } })

function readEvaluation(value: unknown): Evaluation {
  const read = evaluation.safeParse(value)
  if (!read.success) throw new PdpError('invalid_request', problemOf(read.error))
  return read.data
}
