import { z } from 'zod'
import type { Approval, Risk } from '../../agents/approval.ts'
import { engineDetail } from '../../agents/detail.ts'
import { PdpError } from '../../pdp/errors.ts'
import { confirmationTask } from '../../pdp/jit/confirm.ts'
import { ask, type JitTimes } from '../../pdp/jit/requests.ts'
import { wholeApprovalState } from '../../pdp/jit/states.ts'
import { ownRequest } from '../../pdp/jit/token.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import { freeObject, iso, isoOrNull } from '../registry/shapes.ts'
import { type Route, route } from '../route.ts'
import { base, readSelf, tag, useSelf } from './tasks.ts'

const asked = z.object({
  task_id: z.string().min(1).max(128),
  reason: z.string().min(1).max(480),
  impact: z.enum(['low', 'medium', 'high', 'critical']),
  on_behalf_of: z.string().min(1).max(320),
  meta: freeObject.nullable().optional(),
})

const status = z.looseObject({
  approval_token: z.string(),
  status: z.string(),
  task_id: z.string(),
  impact: z.string(),
})

/** How long a person's phone may ring. */
const WAITS_MS = 120_000

/** A yes or no of the user an agent acts for, to a task the agent describes in its own words. */
export function meRoutes(service: Service, times: JitTimes): readonly Route[] {
  return [
    route({
      operation: 'askForApproval',
      method: 'POST',
      path: `${base}/agents/me/approvals`,
      tag,
      summary: 'Ask the user an agent acts for whether it may go on',
      needs: useSelf,
      body: asked,
      answers: { 201: { description: 'it waits for the user', schema: status } },
      async handle({ state, principal, body, ip }) {
        const { task, user } = await confirmationTask(service, state, principal, body.task_id, body.on_behalf_of)
        const approval = await ask(
          service,
          state,
          {
            task,
            details: [engineDetail('confirm', { type: 'task', id: body.task_id })],
            justification: body.reason,
            ttl: WAITS_MS,
            uses: 1,
            emergency: false,
            addressee: user,
            via: 'push',
            meta: { task_id: body.task_id, impact: body.impact, ...(body.meta != null && { meta: body.meta }) },
            ip,
            pending: WAITS_MS,
          },
          times,
        )
        return { status: 201, body: bodyOf(state, approval, service.clock()) }
      },
    }),
    route({
      operation: 'approvalStatus',
      method: 'GET',
      path: `${base}/agents/me/approvals/{id}/status`,
      tag,
      summary: 'What the user answered',
      needs: readSelf,
      answers: { 200: { description: 'the answer', schema: status } },
      handle({ state, principal, params }) {
        const approval = ownRequest(state, principal, params.id ?? '')
        if (approval.via !== 'push') throw new PdpError('approval_not_found', `there is no approval \`${params.id}\``)
        return { status: 200, body: bodyOf(state, approval, service.clock()) }
      },
    }),
  ]
}

const PUBLISHED = { pending: 'pending', approved: 'approved', consumed: 'approved', denied: 'denied' } as const

function bodyOf({ registry }: OrgState, approval: Approval, now: number) {
  const { meta } = approval
  const is = wholeApprovalState(registry, approval, now)
  // A yes is a yes, also once its time is over.
  const said = approval.until !== null && is === 'expired' ? 'approved' : is
  const last = approval.answers.at(-1)
  const by = said === 'approved' || said === 'consumed' ? approval.answers.findLast(a => a.yes)?.by : undefined
  const user = by === undefined ? undefined : registry.users.get(by.id)
  return {
    approval_token: approval.id,
    status: said in PUBLISHED ? PUBLISHED[said as keyof typeof PUBLISHED] : 'expired',
    task_id: String(meta.task_id),
    impact: meta.impact as Risk,
    reason: last?.notes ?? null,
    expires_at: iso(approval.expiresAt),
    responded_at: isoOrNull(last?.at ?? null),
    approved_by: by === undefined ? null : { user_id: by.id, ...(user?.email != null && { email: user.email }) },
  }
}
