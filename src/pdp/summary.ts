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
