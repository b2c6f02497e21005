import type { Approval } from '../../agents/approval.ts'
import { operationsOf } from '../../agents/detail.ts'
import type { Grant } from '../../agents/grant.ts'
import { isWithin } from '../../agents/narrower.ts'
import type { Change } from '../../facts/store.ts'
import { timedId } from '../../lib/ids.ts'
import { printEntity } from '../../policy/entity.ts'
import { put } from '../registering.ts'

/** What an approved request lets pass: one grant for each operation of its terms. */
export function grantsFor(approval: Approval, now: number, by: string): readonly Change[] {
  const { id, task, subject, actors, terms, until } = approval
  const yeses = approval.answers.filter(a => a.yes).map(a => printEntity(a.by))
  const who = yeses.length > 0 ? yeses.join(' and ') : approval.emergency === null ? 'the rules' : 'an emergency'
  return terms.details.flatMap(operationsOf).map(operation => {
    const { action, resource, given } = operation
    const rules = approval.operations.filter(o => isWithin(operation, o.operation)).flatMap(o => o.rules)
    const on = `${resource.type}:${resource.id}${resource.many ? '*' : ''}`
    const grant: Grant = {
      kind: 'grant',
      id: timedId('grt', now),
      approval: id,
      task,
      subject,
      actors,
      action,
      resource,
      given,
      rules: [...new Set(rules)],
      uses: terms.uses,
      grantedAt: now,
      until: until ?? now,
      revokedAt: null,
      says: `${who} approved \`${action}\` on ${on} (${id})`,
      version: 1,
    }
    return put(grant, by, null)
  })
}
