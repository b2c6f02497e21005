import { factsIn, type Residual } from '../engine/residual.ts'
import type { DecisionRow } from '../facts/store.ts'
import { factsOf, type World } from '../facts/world.ts'
import { trace } from '../lib/origin.ts'
import type { Decision } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { Answer, Fact, Facts, Question, TupleText } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { conditionTest } from '../relations/conditions.ts'
import type { Model } from '../relations/model.ts'
import { recordedStands, recordedTask } from './meters.ts'

/** What a decision needs to be shown and replayed: it names the rules and the model by version, and holds its facts. */
export interface DecisionRecord {
  readonly request: Request
  readonly decision: Decision
  readonly model: string | null
  readonly zone: string
  readonly facts: readonly Fact[]
}

/** Flat, so that what many decisions have in common (reasons, facts) is one value that they share. */
type Stored = Omit<DecisionRecord, 'decision'> & Omit<Decision, 'id'> & { readonly trace?: string | null }

/** A decision as the log reads it back. What many decisions share is the same object in all their rows. */
export function rowOf(
  decision: Decision,
  request: Request,
  residuals: readonly Residual[],
  model: string | null,
  zone: string,
  decidedAt: number,
  meters: readonly Fact[] = [],
  held: readonly JsonObject[] = factsRead(residuals),
): DecisionRow {
  const facts = meters.length === 0 ? held : [...held, ...meters.map(fact => plainFact(fact))]
  const { id, effect, reasons, obligations, missing, validUntil, policyVersion, revision, charges, over } = decision
  const from = trace()
  const record = {
    request,
    effect,
    reasons,
    obligations,
    missing,
    validUntil,
    policyVersion,
    revision,
    model,
    zone,
    facts,
    ...(from !== undefined && { trace: from }),
    ...(charges !== undefined && { charges }),
    ...(over !== undefined && { over }),
  } satisfies { [Member in keyof Stored]: unknown }
  return {
    id,
    at: decidedAt,
    effect,
    subject: printEntity(request.subject),
    action: request.action,
    resource: request.resource.id === null ? request.resource.type : `${request.resource.type}:${request.resource.id}`,
    record: record as unknown as JsonObject,
    ...(residuals.length === 1 && residuals[0]?.made.facts === null && { once: true as const }),
  }
}

/** The tuples that prove a yes, as of now. */
export type Prove = (question: Question) => readonly TupleText[] | undefined

/** What proves what was read of a world. INVARIANT: it is asked in the turn in which the facts were read. */
export const provedBy =
  (world: World): Prove =>
  question => {
    // A server would have to be asked again.
    const answer = world.away ? undefined : answersOf(world).answer(question)
    return answer?.kind === 'truth' && answer.truth === 'yes' ? answer.proof?.() : undefined
  }

const answersOf = (world: World): Facts => factsOf(world, () => undefined)

/**
 * Residuals whose facts are at hand, some kilobytes each: when one more comes, the first of them lets go of its own. Those
 * that no cache holds any more go at once, for nobody comes to their facts.
 */
const AT_HAND = 4_096
const atHand: WeakRef<Residual>[] = []
let next = 0

/** The facts of one residual, where they need not be read again; null where they must. */
export const factsAtHand = (residuals: readonly Residual[]): readonly JsonObject[] | null =>
  residuals.length === 1 ? (residuals[0]?.made.facts ?? null) : null

/**
 * The facts that a decision rests on, as a record holds them. Residuals are kept without proofs, which are their longest
 * part: `prove` reads them again, as long as nothing they rest on has changed.
 */
export function factsRead(residuals: readonly Residual[], prove?: Prove): readonly JsonObject[] {
  const [only] = residuals
  if (only !== undefined && residuals.length === 1) return plainFacts(only, prove)
  return residuals.flatMap(one => plainFacts(one, prove))
}

/**
 * One list for all decisions from one residual, so that whoever keeps them may keep it once. But most are recorded once,
 * and what is kept of a first time would be kept for nothing.
 */
function plainFacts(residual: Residual, prove?: Prove): readonly JsonObject[] {
  const { made } = residual
  if (made.facts !== null) return made.facts
  const facts = factsIn(residual).map(fact => plainFact(fact, prove))
  made.records += 1
  if (made.records === 1) return facts
  const first = atHand[next]?.deref()
  if (first !== undefined) {
    first.made.facts = null
    first.made.alike = null
  }
  atHand[next] = new WeakRef(residual)
  next = (next + 1) % AT_HAND
  made.facts = facts
  return facts
}

function plainFact({ question, answer }: Fact, prove?: Prove): JsonObject {
  if (answer.kind !== 'truth') return { question, answer } as unknown as JsonObject
  const { proof, missing: _, ...shown } = answer
  const tuples = proof !== undefined ? proof() : answer.truth === 'yes' ? prove?.(question) : undefined
  return { question, answer: tuples === undefined ? shown : { ...shown, proof: tuples } } as unknown as JsonObject
}

/** INVARIANT: rows were written by `rowOf`. */
export function recordOf(row: DecisionRow): DecisionRecord {
  const { request, model, zone, facts, trace: _, ...verdict } = row.record as unknown as Stored
  return {
    request,
    decision: { id: row.id, ...verdict },
    model,
    zone,
    facts: facts.map(f => ({ question: f.question, answer: revive(f.answer) })),
  }
}

function revive(answer: Answer): Answer {
  if (answer.kind !== 'truth' || answer.proof === undefined) return answer
  const tuples = answer.proof as unknown as ReturnType<NonNullable<typeof answer.proof>>
  return { ...answer, proof: () => tuples }
}

/** Answers from a decision's own facts; what it did not read is unavailable. `model` is the one it was made under. */
export function recordedFacts(facts: readonly Fact[], model: Model | null): Facts {
  const known = new Map(facts.map(f => [keyOf(f.question), f.answer]))
  return {
    answer: question => known.get(keyOf(question)) ?? { kind: 'unavailable', why: 'the decision did not read this' },
    condition: model === null ? undefined : conditionTest(model),
    stands: recordedStands(facts),
    task: recordedTask(facts),
  }
}

const keyOf = (question: Question): string => JSON.stringify(sorted(question as unknown as Json))

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([k, v]) => [k, sorted(v)]))
}
