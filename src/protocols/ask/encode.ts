import type { Answered, AskAnswer } from '../../pdp/ask/answer.ts'
import { summaryOf } from '../../pdp/summary.ts'
import type { JsonObject } from '../../policy/json.ts'
import { contextOf } from '../decision.ts'
import { jitObligations } from './obligations.ts'

/** What was sent, as far as the answer says it again. */
export interface Echo {
  readonly action: string | null
  readonly question: string | null
  readonly context: JsonObject
}

/** An answer as every client of Ask reads it. `event` is the id of the audit event. */
export function bodyOf(answer: AskAnswer, { action, question, context }: Echo, event: string) {
  const { reading, effect, confirm, answered, found, scopes } = answer
  const actions = [...new Set(answered.map(nameOf))]
  const deciding = answered.find(one => one.effect === effect) ?? answered[0]
  const reason = reasonOf(answer, deciding)
  const understood = reading.understood
  return {
    allowed: effect === 'allow' && !confirm,
    effect,
    action: action ?? actions[0] ?? '',
    actions,
    ...(question !== null && { question }),
    context,
    reason,
    explanation: reason,
    confidence: reading.confidence,
    confirmation_required: confirm,
    understood,
    understood_by: reading.by,
    assumptions: reading.assumptions,
    required_scopes: scopes,
    missing: effect === 'allow' ? [] : answered.flatMap(one => (one.effect === 'allow' ? [] : one.missing)),
    audit_id: deciding?.decision.id ?? event,
    decision_id: deciding?.decision.id ?? null,
    obligations: [
      ...(effect === 'escalate' ? answered.flatMap(jitObligations) : []),
      ...(confirm ? [{ type: 'confirm', questions: understood }] : []),
    ],
    requests: answered.map(({ request: { at, ...rest }, decision, effect: own }) => ({
      request: { ...rest, at: new Date(at).toISOString() },
      decision: own === 'allow',
      context: contextOf(decision),
    })),
    ...(found !== null && {
      results: found.found.map(({ subject, action: one, resource }) => ({
        ...(one !== undefined && { action: one }),
        ...(subject ?? resource),
      })),
      page: { next_token: found.nextToken, count: found.found.length },
    }),
  }
}

const nameOf = ({ request }: Answered): string => `${request.resource.type}.${request.action}`

/** One line of English: why this answer. */
function reasonOf({ reading, confirm, found, effect }: AskAnswer, deciding: Answered | undefined): string {
  if (confirm) {
    const meant = reading.understood.map(one => `\`${one}\``).join(' and ')
    return `please confirm: this was read as ${meant}; ask that to have it answered`
  }
  if (found !== null) {
    const { length } = found.found
    return length === 0
      ? 'nothing was found'
      : `found ${length}${found.nextToken === '' ? '' : ' and there may be more'}`
  }
  if (deciding === undefined) return 'nothing was asked'
  const own = deciding.missing.filter(({ rule }) => rule === 'token' || rule === 'delegation')
  if (effect === 'deny' && own.length > 0) return `denied: ${own.map(one => one.text).join('; ')}`
  return summaryOf(deciding.decision)
}
