import { z } from 'zod'
import { andThen, type Later } from '../lib/later.ts'
import { PdpError } from '../pdp/errors.ts'
import { nameOf, type Principal } from '../pdp/keys.ts'
import type { OrgState } from '../pdp/org.ts'
import type { Service } from '../pdp/service.ts'
import type { Decision } from '../policy/decision.ts'
import type { Request } from '../policy/request.ts'

/** Members of a check whose answer is acted upon at once. */
export const doingMembers = {
  /** What is allowed is done now: it takes from budgets, and a use of what was shown. */
  spend: z.boolean().optional(),
  /** The same thing done again under this id, by the same caller, takes nothing more. */
  idempotency_key: z.string().min(1).max(256).optional(),
}

export interface Doing {
  readonly spend?: boolean | undefined
  readonly idempotency_key?: string | undefined
}

/** Whether a check is acted upon, and the id that makes it once; null: it is only asked. */
export function doingIn(
  principal: Principal,
  { spend, idempotency_key: key }: Doing,
): { readonly id: string | null } | null {
  if (spend !== true) return null
  return { id: key === undefined ? null : `check ${nameOf(principal)} ${key}` }
}

/** One logged decision; of what is done, with all it takes taken. */
export function decidedOrDone(
  service: Service,
  state: OrgState,
  request: Request,
  doing: { readonly id: string | null } | null,
): Later<Decision> {
  if (doing === null) return service.decide(state, request)
  if (Object.hasOwn(request.context, 'time')) {
    throw new PdpError('invalid_request', '`spend` is for what is done now: leave out `context.time`')
  }
  return andThen(service.act(state, request, { id: doing.id, until: null }), ({ decision }) => decision)
}

/** What is done under an id, once. */
export const doneBy =
  (service: Service) =>
  (state: OrgState, request: Request, id: string): Later<Decision> =>
    decidedOrDone(service, state, request, { id })
