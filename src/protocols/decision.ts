import { summaryOf } from '../pdp/summary.ts'
import type { Decision, Effect, Reason } from '../policy/decision.ts'

let lastInstant = Number.NaN
let lastText = ''

/** An instant as RFC 3339 text. Decisions made one after another mostly hold until the same one. */
function instantText(at: number): string {
  if (at !== lastInstant) {
    lastText = new Date(at).toISOString()
    lastInstant = at
  }
  return lastText
}

/** A decision as AuthZEN's response context carries it. */
export function contextOf(decision: Decision) {
  return {
    id: decision.id,
    effect: decision.effect,
    reason_admin: { en: summaryOf(decision) },
    reasons: decision.reasons,
    missing: decision.missing,
    obligations: decision.obligations,
    valid_until: decision.validUntil === null ? null : instantText(decision.validUntil),
    policy_version: decision.policyVersion,
    revision: decision.revision,
    ...(decision.ask !== undefined && { authorization_details: decision.ask }),
  }
}

const texts = new WeakMap<object, string>()

/** Reasons and what is missing are mostly the same few objects, decision after decision. */
function textOf(value: object): string {
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = JSON.stringify(value)
  texts.set(value, text)
  return text
}

const listText = (values: readonly object[]): string => (values.length === 0 ? '[]' : `[${values.map(textOf).join()}]`)

/** What was told by a list of reasons, or of what is missing, with what else it was told of. */
interface Told {
  readonly effect: Effect
  readonly reasons: readonly Reason[]
  readonly text: string
}

const toldBy = new WeakMap<readonly object[], Told>()

/** Why, as members of the context. Decisions from the same facts mostly have the very lists of the one before. */
function whyText(decision: Decision): string {
  const { effect, reasons, missing, obligations } = decision
  const by = obligations.length > 0 ? null : missing.length > 0 ? missing : reasons
  const known = by === null ? undefined : toldBy.get(by)
  if (known !== undefined && known.effect === effect && known.reasons === reasons) return known.text
  const text =
    `"reason_admin":{"en":${JSON.stringify(summaryOf(decision))}},"reasons":${listText(reasons)},` +
    `"missing":${listText(missing)},"obligations":${listText(obligations)}`
  if (by !== null) toldBy.set(by, { effect, reasons, text })
  return text
}

/** `{decision, context}` as JSON text: what `contextOf` says, without rendering again what was rendered before. */
export function answerText(decision: Decision): string {
  const { id, effect, validUntil, policyVersion, revision } = decision
  const askText = decision.ask === undefined ? '' : `,"authorization_details":${JSON.stringify(decision.ask)}`
  const until = validUntil === null ? 'null' : `"${instantText(validUntil)}"`
  return (
    `{"decision":${effect === 'allow'},"context":{"id":"${id}","effect":"${effect}",${whyText(decision)},` +
    `"valid_until":${until},"policy_version":${policyVersion},"revision":${revision}${askText}}}`
  )
}
