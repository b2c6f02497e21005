import type { Later } from '../../lib/later.ts'
import { type Ask, type Found, requestsOf } from '../../policy/ask.ts'
import type { Decision, Effect, Missing } from '../../policy/decision.ts'
import { type Evidence, refusalOf } from '../../policy/evidence.ts'
import type { Request } from '../../policy/request.ts'
import { budgetExceeded } from '../budgets/exceeded.ts'
import { PdpError } from '../errors.ts'
import type { Interpreter } from '../interpreter.ts'
import { chainOf, type Principal } from '../keys.ts'
import type { OrgState } from '../org.ts'
import { searchAsked } from '../question-search.ts'
import { joinedEffect } from '../questions.ts'
import type { Page } from '../search.ts'
import type { Act, Service } from '../service.ts'
import { type AskOrder, type Part, type Reading, readOrder } from './reading.ts'
import { isOwn, standingOf } from './standing.ts'

/** One request that was understood, and what became of it. */
export interface Answered {
  /** As it was understood; what was decided is this, but for whom the asker may not act for. */
  readonly request: Request
  readonly decision: Decision
  readonly effect: Effect
  readonly missing: readonly Missing[]
}

export interface AskAnswer {
  readonly reading: Reading
  readonly effect: Effect
  /** Allowed by the rules, and not sure enough to be what was meant. */
  readonly confirm: boolean
  readonly answered: readonly Answered[]
  /** Of a search. */
  readonly found: { readonly found: readonly Found[]; readonly nextToken: string } | null
  readonly scopes: readonly string[]
}

export interface Asked extends Omit<AskOrder, 'chain'> {
  readonly principal: Principal
  /** Whether what is allowed is done: it then takes from budgets. Null: only asked. */
  readonly spend: { readonly id: string } | null
  /** The capability that was shown; undefined: none. */
  readonly evidence?: Evidence | undefined
  readonly page: Page
}

export interface AskPorts {
  readonly service: Service
  readonly interpreter: Interpreter
  /** Decides and, where that is an allow, takes what acting on it takes. `id`: the same again takes nothing more. */
  readonly act: (state: OrgState, request: Request, id: string) => Later<Decision>
}

const CHECK: Act = { action: 'check', type: 'org_access' }

/**
 * Reads a question, and has the engine answer what was understood. Fails with `question_refused`, `invalid_request`,
 * `permission_denied` for one about others, `overloaded`.
 */
export async function answerAsk(ports: AskPorts, state: OrgState, asked: Asked): Promise<AskAnswer> {
  const { service, interpreter } = ports
  if (service.audit.full()) {
    throw new PdpError('overloaded', 'questions come faster than they can be audited; try again shortly')
  }
  const chain = chainOf(asked.principal)
  const reading = await readOrder(service, interpreter, state, { ...asked, chain })
  await mustBeOwn(service, state, asked, reading)
  const [first] = reading.parts
  if (first?.kind === 'search') return search(ports, state, asked, reading, first.ask)
  if (asked.spend !== null) mustBeOne(reading)
  const answered: Answered[] = []
  const scopes = new Set<string>()
  const effects: Effect[] = []
  for (const part of reading.parts) {
    if (part.kind === 'search') continue
    const effectsOf: Effect[] = []
    for (const request of part.requests) {
      const standing = standingOf(service, state, asked.principal, chain, request)
      for (const scope of standing.scopes) scopes.add(scope)
      const own = asOf(asked, standing.request)
      const acts = asked.spend !== null && standing.missing.length === 0 && reading.confidence >= interpreter.sure
      const decision = acts ? await ports.act(state, own, asked.spend?.id ?? '') : await service.decide(state, own)
      if (decision.over !== undefined && standing.missing.length === 0 && isOwn(chain, request)) {
        throw budgetExceeded(decision.over, service.clock(), { decision_id: decision.id })
      }
      const effect = standing.missing.length > 0 ? 'deny' : decision.effect
      answered.push({ request, decision, effect, missing: [...standing.missing, ...decision.missing] })
      effectsOf.push(effect)
    }
    effects.push(joinedEffect(effectsOf, part.join))
  }
  const effect = joinedEffect(effects, 'all')
  const confirm = effect === 'allow' && reading.confidence < interpreter.sure
  return { reading, effect, confirm, answered, found: null, scopes: [...scopes] }
}

/** For the task the token is for, and no more than the capability that was shown. */
function asOf({ principal, evidence }: Asked, request: Request): Request {
  const task = principal.kind === 'token' ? principal.token.task : null
  return { ...request, ...(task !== null && { task }), ...(evidence !== undefined && { evidence }) }
}

async function search(
  { service, interpreter: { sure } }: AskPorts,
  state: OrgState,
  asked: Asked,
  reading: Reading,
  ask: Extract<Ask, { readonly kind: 'search' }>,
): Promise<AskAnswer> {
  const { principal, page, spend, evidence } = asked
  if (spend !== null) throw new PdpError('invalid_request', '`spend` goes with one action on one thing')
  const now = service.clock()
  const chain = chainOf(principal)
  const all = await service.answered(state, world => searchAsked(world, ask, now, page), { whole: true })
  const scopes = new Set<string>()
  const found = all.found.filter(one => {
    const requests = requestsOf(ask, { org: state.org.slug, now }, one)
    return requests.every(request => {
      const standing = standingOf(service, state, principal, chain, request)
      for (const scope of standing.scopes) scopes.add(scope)
      const covered = evidence === undefined || refusalOf(evidence, request) === null
      return covered && standing.missing.length === 0
    })
  })
  const effect = found.length > 0 ? 'allow' : 'deny'
  const confirm = effect === 'allow' && reading.confidence < sure
  return { reading, effect, confirm, answered: [], found: { ...all, found }, scopes: [...scopes] }
}

/** Others than oneself are asked about by those who may check. */
async function mustBeOwn(service: Service, state: OrgState, { principal, ip }: Asked, { parts }: Reading) {
  const chain = chainOf(principal)
  if (parts.every(part => isPartOwn(chain, part))) return
  try {
    await service.enter(principal, state.org.slug, CHECK, ip)
  } catch (error) {
    if (!(error instanceof PdpError) || (error.code !== 'permission_denied' && error.code !== 'insufficient_scope')) {
      throw error
    }
    throw new PdpError('permission_denied', 'to ask about others than yourself you need `check` on `org_access`', {
      ...CHECK,
    })
  }
}

function isPartOwn(chain: ReturnType<typeof chainOf>, part: Part): boolean {
  if (part.kind === 'requests') return part.requests.every(request => isOwn(chain, request))
  const { sought, subjects, actors } = part.ask
  return sought.kind !== 'subject' && subjects.every(subject => isOwn(chain, { subject, actors }))
}

function mustBeOne({ parts, supposed }: Reading): void {
  const [only, second] = parts.flatMap(part => (part.kind === 'requests' ? part.requests : []))
  if (only === undefined || second !== undefined) {
    throw new PdpError('invalid_request', '`spend` goes with one action on one thing; ask for each by itself')
  }
  if (supposed) {
    throw new PdpError('invalid_request', '`spend` is for what is done now and from here, not at another time or place')
  }
}
