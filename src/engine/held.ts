import type { Stands } from '../policy/charge.ts'
import type { Missing, Verdict } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import { chargesOf, refusalOf } from '../policy/evidence.ts'
import type { Request } from '../policy/request.ts'
import { fitsIn } from './limit.ts'

/** What a refusal for a capability is told under. */
const CAPABILITY_RULE = 'capability'

/**
 * A verdict beside the capability that was shown with the request: allowed only where both allow. What it takes of the
 * capability's own meters is among the charges; where one does not surely fit, nothing is allowed.
 */
export function withEvidence(verdict: Verdict, request: Request, stands?: Stands): Verdict {
  const { evidence } = request
  if (evidence === undefined) return verdict
  const why = refusalOf(evidence, request)
  if (why !== null || evidence.kind === 'refused') return denied(verdict, request, why ?? 'it is not to be taken', 'no')
  if (verdict.effect !== 'allow') return verdict
  const charges = chargesOf(evidence, request)
  for (const charge of charges) {
    const truth = fitsIn(charge, stands?.(charge))
    if (truth === 'yes') continue
    const text =
      truth === 'no' ? `it is good for ${charge.says}, and no more of it is left` : 'what is left of it is not known'
    return denied(verdict, request, text, truth)
  }
  const ends = evidence.links.map(({ until }) => until)
  const validUntil = Math.min(verdict.validUntil ?? Number.POSITIVE_INFINITY, ...ends)
  const all = [...(verdict.charges ?? []), ...charges]
  return { ...verdict, validUntil, ...(all.length > 0 && { charges: all }) }
}

function denied(verdict: Verdict, request: Request, why: string, truth: 'no' | 'unknown'): Verdict {
  const { evidence, subject, actors } = request
  const id = evidence?.kind === 'held' ? ` \`${evidence.id}\`` : ''
  const missing: Missing = {
    rule: CAPABILITY_RULE,
    clause: 'a capability that is good for it',
    text: `the capability${id} does not allow it: ${why}`,
    truth,
    for: printEntity(actors.at(-1) ?? subject),
  }
  const before = verdict.effect === 'deny' ? verdict : { reasons: [], missing: [] }
  return {
    effect: 'deny',
    reasons: before.reasons,
    obligations: [],
    missing: [...before.missing, missing],
    validUntil: null,
  }
}
