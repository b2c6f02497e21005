import { type Detail, operationsOf, readDetails } from '../../agents/detail.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import { summaryOf } from '../../pdp/summary.ts'
import type { Entity } from '../../policy/entity.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import { OauthError } from './error.ts'
import type { Params } from './params.ts'

/** The `authorization_details` of a request (RFC 9396); null where there are none. Fails with `invalid_authorization_details`. */
export function detailsAsked(params: Params): readonly Detail[] | null {
  const text = params.get('authorization_details')
  if (text === null) return null
  const read = readDetails(jsonIn(text))
  if (!read.ok) throw new OauthError('invalid_authorization_details', read.message)
  return read.details
}

function jsonIn(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new OauthError('invalid_authorization_details', 'expected `authorization_details` to be JSON')
  }
}

interface For {
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly task: string | null
}

/**
 * What of the details rules let this chain do now: each action is a decision. Fails with `approval_required`, with what to ask
 * for, or `access_denied` where nothing is left.
 */
export async function detailsGranted(
  { service, state, ip }: { readonly service: Service; readonly state: OrgState; readonly ip: string },
  { subject, actors, task }: For,
  asked: readonly Detail[],
): Promise<readonly Detail[]> {
  const granted: Detail[] = []
  const waiting: Detail[] = []
  let why = ''
  for (const detail of asked) {
    const actions: string[] = []
    const held: string[] = []
    for (const action of detail.actions) {
      for (const { action: does, resource, given } of operationsOf({ ...detail, actions: [action] })) {
        const id = resource.many ? null : resource.id
        const on = { type: resource.type, id, properties: given }
        const at = service.clock()
        const context = { ip }
        const request = { org: state.org.slug, subject, actors, action: does, resource: on, context, at, task }
        const decision = await service.decide(state, request)
        if (decision.effect === 'allow') actions.push(action)
        else if (decision.effect === 'escalate') held.push(action)
        if (decision.effect !== 'allow') why = summaryOf(decision)
      }
    }
    if (actions.length > 0) granted.push({ ...detail, actions })
    if (held.length > 0) waiting.push({ ...detail, actions: held })
  }
  if (granted.length > 0) return granted
  if (waiting.length > 0)
    throw new OauthError('approval_required', why, { authorization_details: waiting } as JsonObject)
  throw new OauthError('access_denied', why)
}
