import type { Later } from '../lib/later.ts'
import { span as currentSpan } from '../lib/origin.ts'
import type { Span } from '../lib/span.ts'
import type { Decision } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Request } from '../policy/request.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'

/** How decisions are told of in traces. */
export interface Tracing {
  /** Whether spans name who asked, for what: that may be personal. */
  readonly names: boolean
}

type Making<A, T> = (state: OrgState, request: Request, also: A) => Later<T>

/** What makes decisions, each with a span of its own where the request it belongs to is traced. */
export function tellingSpans<A, T>(
  tracing: Tracing | null,
  make: Making<A, T>,
  decisionOf: (made: T) => Decision,
): Making<A, T> {
  if (tracing === null) return make
  return (state, request, also) => {
    const span = currentSpan()
    if (span === null) return make(state, request, also)
    return traced(span.child('decide'), tracing, state, request, () => make(state, request, also), decisionOf)
  }
}

function traced<T>(
  span: Span,
  tracing: Tracing,
  state: OrgState,
  request: Request,
  decide: () => Later<T>,
  decisionOf: (made: T) => Decision,
): Later<T> {
  const { cacheUse } = state
  const misses = cacheUse.misses
  const end = (made: T, hit: boolean | null): T => {
    span.set('lumoauth.org', state.org.slug)
    describe(span, decisionOf(made))
    if (hit !== null) span.set('lumoauth.cache_hit', hit)
    if (tracing.names) nameAll(span, request)
    span.end()
    return made
  }
  const lost = (error: unknown): never => {
    span.fail(error instanceof PdpError ? error.code : 'server_error')
    span.end()
    throw error
  }
  try {
    const made = decide()
    // Of what others did meanwhile nothing can be told.
    return made instanceof Promise ? made.then(one => end(one, null), lost) : end(made, cacheUse.misses === misses)
  } catch (error) {
    return lost(error)
  }
}

/** More rules than this are not named. */
const MOST_RULES = 16

function describe(span: Span, { id, effect, policyVersion, revision, reasons }: Decision): void {
  span.set('lumoauth.decision_id', id)
  span.set('lumoauth.effect', effect)
  span.set('lumoauth.policy_version', policyVersion)
  span.set('lumoauth.revision', revision)
  span.set('lumoauth.rules', [...new Set(reasons.map(reason => reason.rule))].slice(0, MOST_RULES))
}

function nameAll(span: Span, { subject, actors, action, resource }: Request): void {
  span.set('lumoauth.subject', printEntity(subject))
  if (actors.length > 0) span.set('lumoauth.actors', actors.map(printEntity))
  span.set('lumoauth.action', action)
  span.set('lumoauth.resource', resource.id === null ? resource.type : `${resource.type}:${resource.id}`)
}
