import type { Later } from '../../lib/later.ts'
import { spellingsOf } from '../../policy/capability.ts'
import type { Decision } from '../../policy/decision.ts'
import type { Entity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Request } from '../../policy/request.ts'
import { budgetExceeded } from '../budgets/exceeded.ts'
import type { OrgState } from '../org.ts'
import { summaryOf } from '../summary.ts'

/** One decision, logged. */
export type Decide = (state: OrgState, request: Request) => Later<Decision>

/** What a token is to hold, as questions to the engine. */
export interface Obtaining {
  readonly subject: Entity
  readonly actors: readonly Entity[]
  readonly audiences: readonly string[]
  /** Null where none were asked for: then `most`. */
  readonly asked: readonly string[] | null
  readonly most: readonly string[]
  /** Of the token it comes from: nothing beyond these is given. */
  readonly within: readonly string[] | null
  /** Of the resource it is for: nothing beyond these is given. */
  readonly ofServer: ReadonlySet<string> | null
  readonly context: JsonObject
  readonly at: number
  readonly task?: string | null
}

/** A scope that was asked for and not given, and why. */
export interface ScopeRefusal {
  readonly scope: string
  readonly code: 'invalid_scope' | 'access_denied' | 'approval_required' | 'budget_exceeded'
  readonly why: string
  readonly decision: Decision | null
}

export type Obtained =
  | {
      readonly kind: 'obtained'
      readonly scopes: readonly string[]
      readonly refused: readonly ScopeRefusal[]
      /** Ids of the decisions. */
      readonly decisions: readonly string[]
    }
  | {
      readonly kind: 'refused'
      readonly code: ScopeRefusal['code']
      readonly why: string
      readonly detail: JsonObject
    }

/** Asks for each audience and each scope: the scopes that may be had, or why there is nothing to be had. */
export function obtain(state: OrgState, wanted: Obtaining, decide: Decide): Later<Obtained> {
  const found: Found = { decisions: [], scopes: [], refused: [] }
  const { audiences } = wanted
  const scopes = wanted.asked ?? wanted.most
  const ask = (type: 'scope' | 'audience', id: string): Later<Decision> => {
    const { subject, actors, context, at, task = null } = wanted
    return decide(state, {
      org: state.org.slug,
      subject,
      actors,
      action: 'obtain',
      resource: { type, id },
      context,
      at,
      ...(task !== null && { task }),
    })
  }

  /** From the nth audience on. */
  const audiencesFrom = (first: number): Later<Obtained> => {
    for (let n = first; n < audiences.length; n += 1) {
      const audience = audiences[n] as string
      const decision = ask('audience', audience)
      if (decision instanceof Promise) {
        return decision.then(made => withAudience(found, audience, made, wanted.at) ?? audiencesFrom(n + 1))
      }
      const refusal = withAudience(found, audience, decision, wanted.at)
      if (refusal !== null) return refusal
    }
    return scopesFrom(0)
  }

  /** From the nth scope on. */
  const scopesFrom = (first: number): Later<Obtained> => {
    for (let n = first; n < scopes.length; n += 1) {
      const scope = scopes[n] as string
      const beyond = beyondOf(scope, wanted)
      if (beyond !== null) {
        found.refused.push({ scope, code: 'invalid_scope', why: beyond, decision: null })
        continue
      }
      const decision = ask('scope', scope)
      if (decision instanceof Promise) {
        return decision.then(made => {
          withScope(found, state, wanted, scope, made)
          return scopesFrom(n + 1)
        })
      }
      withScope(found, state, wanted, scope, decision)
    }
    return obtainedOf(found, wanted.asked?.length ?? 0, wanted.at)
  }

  return audiencesFrom(0)
}

/** What came of the questions so far. */
interface Found {
  readonly decisions: string[]
  readonly scopes: string[]
  readonly refused: ScopeRefusal[]
}

function withAudience({ decisions }: Found, audience: string, decision: Decision, at: number): Obtained | null {
  decisions.push(decision.id)
  return decision.effect === 'allow' ? null : refusedBy(decision, `the audience \`${audience}\``, at)
}

function withScope(found: Found, state: OrgState, wanted: Obtaining, scope: string, decision: Decision): void {
  found.decisions.push(decision.id)
  if (decision.effect === 'allow') found.scopes.push(scope)
  else found.refused.push({ scope, ...codeAndWhy(decision, isCovered(state, scope, wanted)), decision })
}

function obtainedOf({ decisions, scopes, refused }: Found, asked: number, at: number): Obtained {
  if (scopes.length === 0 && asked > 0) return refusal(refused, at)
  return { kind: 'obtained', scopes, refused: asked > 0 ? refused : [], decisions }
}

/** What no rule can give: more than the token it comes from holds, or what the resource does not have. */
function beyondOf(scope: string, { within, ofServer }: Obtaining): string | null {
  if (ofServer !== null && !ofServer.has(scope)) return `the resource has no scope \`${scope}\``
  if (within === null) return null
  return spellingsOf(scope).some(name => within.includes(name))
    ? null
    : `the token it comes from does not hold \`${scope}\``
}

/** Whether everybody in the chain who has capabilities has this one: what is refused then is refused by another rule. */
function isCovered({ registry }: OrgState, scope: string, { subject, actors }: Obtaining): boolean {
  const names = spellingsOf(scope)
  return [subject, ...actors].every(one => {
    const identity = registry.identityOf(one)
    if (identity === undefined || identity.kind === 'user') return true
    return names.some(name => identity.capabilities.includes(name))
  })
}

function codeAndWhy(decision: Decision, covered: boolean): Pick<ScopeRefusal, 'code' | 'why'> {
  const why = summaryOf(decision)
  if (decision.effect === 'escalate') return { code: 'approval_required', why }
  if (decision.over !== undefined) return { code: 'budget_exceeded', why }
  return { code: covered ? 'access_denied' : 'invalid_scope', why }
}

/** Where nothing is given: an approval that would help first, then a rule that could change, then what is out of reach. */
function refusal(refused: readonly ScopeRefusal[], at: number): Obtained {
  const first =
    refused.find(({ code }) => code === 'budget_exceeded') ??
    refused.find(({ code }) => code === 'approval_required') ??
    refused.find(({ code }) => code === 'access_denied') ??
    refused[0]
  const named = refused.map(({ scope }) => `\`${scope}\``).join(', ')
  return {
    kind: 'refused',
    code: first?.code ?? 'invalid_scope',
    why: `${named}: ${first?.why ?? 'not to be had'}`,
    detail: { ...overDetail(first?.decision ?? null, at), scopes: refused.map(detailOf) },
  }
}

const refusedBy = (decision: Decision, what: string, at: number): Obtained => ({
  kind: 'refused',
  code: decision.effect === 'escalate' ? 'approval_required' : decision.over ? 'budget_exceeded' : 'access_denied',
  why: `${what}: ${summaryOf(decision)}`,
  detail: { ...overDetail(decision, at), ...decisionDetail(decision) },
})

const overDetail = (decision: Decision | null, at: number): JsonObject =>
  decision?.over === undefined ? {} : budgetExceeded(decision.over, at).detail

export const detailOf = ({ scope, code, why, decision }: ScopeRefusal): JsonObject => ({
  scope,
  error: code,
  reason: why,
  ...(decision !== null && decisionDetail(decision)),
})

const decisionDetail = ({ id, reasons, missing, obligations }: Decision): JsonObject => ({
  decision_id: id,
  rules: [...new Set([...reasons.map(({ rule }) => rule), ...missing.map(({ rule }) => rule)])],
  ...(obligations.length > 0 && { obligations: obligations.map(one => ({ ...one })) }),
})
