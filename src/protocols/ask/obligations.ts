import { detailsOf } from '../../agents/detail.ts'
import type { Answered } from '../../pdp/ask/answer.ts'
import type { JsonObject } from '../../policy/json.ts'

/** What to ask an approver for, ready to be sent as a request for just-in-time approval. */
export function jitObligations({ request, decision, effect }: Answered): readonly (JsonObject & { type: 'jit' })[] {
  if (effect !== 'escalate') return []
  const [details = null] = detailsOf(request)
  const rules = new Map<string, { relation: string | null; on: string; for: string }[]>()
  for (const { rule, relation, on, for: whom } of decision.obligations) {
    rules.set(rule, [...(rules.get(rule) ?? []), { relation, on, for: whom }])
  }
  return [...rules].map(([rule, approvers]) => ({
    type: 'jit',
    authorization_details: details,
    rule,
    sentence: decision.reasons.find(one => one.rule === rule)?.sentence ?? null,
    approvers,
  }))
}
