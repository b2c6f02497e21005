import type { Residual } from '../engine/specialize.ts'
import type { DecisionRow } from '../facts/store.ts'
import { trace } from '../lib/origin.ts'
import type { Decision } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Json, JsonObject } from '../policy/json.ts'
import type { Answer, Fact, Facts, Question } from '../policy/question.ts'
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

/** A decision as the log takes it. What many decisions share is the same object in all their rows. */
export function rowOf(
  decision: Decision,
  request: Request,
  residuals: readonly Residual[],
  model: string | null,
  zone: string,
  decidedAt: number,
  meters: readonly Fact[] = [],
): DecisionRow {
  const [only] = residuals
  const held = only !== undefined && residuals.length === 1 ? plainFacts(only) : residuals.flatMap(plainFacts)
  const facts = meters.length === 0 ? held : [...held, ...meters.map(plainFact)]
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
  }
}

const plain = new WeakMap<Residual, readonly JsonObject[]>()

/** The facts of a residual, rendered once however many decisions came from it. */
function plainFacts(residual: Residual): readonly JsonObject[] {
  const known = plain.get(residual)
  if (known !== undefined) return known
  const made = residual.facts.map(plainFact)
  plain.set(residual, made)
  return made
}

function plainFact({ question, answer }: Fact): JsonObject {
  if (answer.kind !== 'truth') return { question, answer } as unknown as JsonObject
  const { proof, missing: _, ...shown } = answer
  return { question, answer: proof === undefined ? shown : { ...shown, proof: proof() } } as unknown as JsonObject
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
