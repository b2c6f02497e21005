import type { Decision } from '../policy/decision.ts'

/** One sentence for a person: why this answer. */
export function summaryOf(decision: Decision): string {
  const sentences = [...new Set(decision.reasons.map(r => r.sentence))]
  switch (decision.effect) {
    case 'allow':
      return sentences.length === 0 ? 'allowed' : `allowed by: ${sentences.join('; ')}`
    case 'escalate': {
      const who = decision.obligations.map(o => (o.relation === null ? o.on : `the ${o.relation} of ${o.on}`))
      return `needs approval from ${[...new Set(who)].join(' and ')}: ${sentences.join('; ')}`
    }
    case 'deny': {
      const missing = decision.missing.map(m => m.text).join('; ')
      if (sentences.length > 0) return `denied by: ${sentences.join('; ')}${missing === '' ? '' : ` (${missing})`}`
      return missing === '' ? 'denied: no rule permits it' : `denied: ${missing}`
    }
  }
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
    valid_until: decision.validUntil === null ? null : new Date(decision.validUntil).toISOString(),
    policy_version: decision.policyVersion,
    revision: decision.revision,
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

/** `{decision, context}` as JSON text: what `contextOf` says, without rendering again what was rendered before. */
export function answerText(decision: Decision): string {
  const { id, effect, validUntil, policyVersion, revision } = decision
  const until = validUntil === null ? 'null' : `"${new Date(validUntil).toISOString()}"`
  return (
    `{"decision":${effect === 'allow'},"context":{"id":"${id}","effect":"${effect}",` +
    `"reason_admin":{"en":${JSON.stringify(summaryOf(decision))}},"reasons":${listText(decision.reasons)},` +
    `"missing":${listText(decision.missing)},"obligations":${listText(decision.obligations)},` +
    `"valid_until":${until},"policy_version":${policyVersion},"revision":${revision}}}`
  )
}
