import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { MOST } from '../agents/capability.ts'
import type { Shown } from '../pdp/capabilities/reader.ts'
import { PdpError } from '../pdp/errors.ts'
import type { Principal } from '../pdp/keys.ts'
import type { OrgState } from '../pdp/org.ts'
import type { Service } from '../pdp/service.ts'
import type { Evidence } from '../policy/evidence.ts'
import type { Request } from '../policy/request.ts'

const text = z.string().min(1).max(MOST.length)

/** A capability in a body: its text, or with to whom it was shown and the proof of the key it is bound to. */
export const capabilityMember = z.union([
  text,
  z.object({
    token: text,
    audience: z.string().min(1).max(2048).optional(),
    proof: z
      .object({ jwt: z.string().min(1).max(8192), method: z.string().min(1).max(16), url: z.string().min(1).max(2048) })
      .optional(),
  }),
])

type Member = z.infer<typeof capabilityMember>

interface Sender {
  readonly principal: Principal
  readonly headers: IncomingHttpHeaders
}

/** The capability that a call shows, in its body or in the header `Capability`; null where it shows none. */
export function shownIn({ principal, headers }: Sender, member?: Member | null): Shown | null {
  const { capability } = headers
  if (member == null && capability === undefined) return null
  const jkt = principal.kind === 'token' ? principal.token.jkt : null
  if (member == null) {
    if (typeof capability === 'string' && capability !== '')
      return { text: capability, audience: null, proof: null, jkt }
    throw new PdpError('invalid_request', 'expected one `Capability` header with a capability')
  }
  if (typeof member === 'string') return { text: member, audience: null, proof: null, jkt }
  const { token, audience = null, proof = null } = member
  // Whoever shows it on behalf of somebody else has not proved that they hold its key.
  return { text: token, audience, proof, jkt: audience === null ? jkt : null }
}

/** A request with the capability that was shown for it, for the task that is for. */
export function withShown(request: Request, evidence: Evidence | undefined): Request {
  if (evidence === undefined) return request
  const task = evidence.kind === 'held' && evidence.task !== null ? { task: evidence.task } : {}
  return { ...request, ...task, evidence }
}

/** What it is worth; undefined where none is shown, and at once then. */
export function evidenceIn(
  service: Service,
  state: OrgState,
  sender: Sender,
  member?: Member | null,
): undefined | Promise<Evidence> {
  const shown = shownIn(sender, member)
  return shown === null ? undefined : service.tokens.capabilities.evidence(state, shown)
}
