import { compilePolicies } from '../../src/engine/compile.ts'
import { decide } from '../../src/engine/decide.ts'
import { createAttributes } from '../../src/facts/attributes.ts'
import { createRegistry } from '../../src/facts/registry.ts'
import { factsOf } from '../../src/facts/world.ts'
import { compileText } from '../../src/language/compile.ts'
import { renderDiagnostics } from '../../src/language/diagnostics.ts'
import { type Entity, parseEntity } from '../../src/policy/entity.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import type { TupleText } from '../../src/policy/question.ts'
import type { Vocabulary } from '../../src/policy/vocabulary.ts'
import { createGraph } from '../../src/relations/graph.ts'
import { validateTuple } from '../../src/relations/tuple.ts'
import { GRAPH_MODEL, testVocabulary } from './vocabulary.ts'

/** A request and what the rules of one sentence answer to it. */
export interface Decision {
  /** Tuples as `team:eng#member@user:alice`; attributes by entity. Nothing else holds. */
  readonly given?: {
    readonly tuples?: readonly string[]
    readonly attributes?: Readonly<Record<string, JsonObject>>
  }
  readonly subject: string
  readonly actors?: readonly string[]
  readonly action: string
  /** `type:id`, or a type alone. */
  readonly resource: string
  readonly context?: JsonObject
  /** RFC 3339; else Monday 4 May 2026, 9:30 in Berlin. */
  readonly at?: string
  /** What the caller says of the resource. */
  readonly properties?: JsonObject
  /** Rules that hold as well, where those of the sentence are not enough to allow anything. */
  readonly beside?: string
  readonly expect: 'allow' | 'deny' | 'escalate'
}

const MONDAY = '2026-05-04T09:30:00+02:00'
const vocabulary = testVocabulary()

/** The vocabulary of the tests and what the definitions of a case add. */
export function vocabularyWith(definitions: string | undefined): Vocabulary {
  if (definitions === undefined) return vocabulary
  const compiled = compileText(definitions, vocabulary)
  if (compiled.diagnostics.length > 0) throw new Error(renderDiagnostics(compiled.diagnostics, definitions))
  return compiled.vocabulary
}

function entity(text: string): Entity {
  const parsed = parseEntity(text)
  if (parsed === null) throw new Error(`not an entity: ${text}`)
  return parsed
}

/** `team:eng#member@user:alice`; the user may be a set of users itself. */
function tupleOf(text: string): TupleText {
  const match = /^([^#]+)#([^@]+)@(.+)$/.exec(text)
  if (match === null) throw new Error(`not a tuple: ${text}`)
  return { object: match[1] ?? '', relation: match[2] ?? '', user: match[3] ?? '' }
}

/**
 * Decides by the rules of a text alone, for the org `acme`. Where they only forbid, anyone may do anything else: what
 * a rule forbids shows in what it takes away.
 */
export function decisionOf(text: string, words: Vocabulary, asked: Decision, model = GRAPH_MODEL): string {
  const { rules, diagnostics } = compileText(text, words)
  const errors = diagnostics.filter(d => d.severity === 'error')
  if (errors.length > 0) throw new Error(renderDiagnostics(errors, text))
  const base = rules.every(r => r.rule.effect === 'forbid')
    ? compileText('Anyone can do anything.', vocabulary).rules
    : []
  const beside = asked.beside === undefined ? [] : compileText(asked.beside, words).rules
  const set = compilePolicies([...base, ...beside, ...rules], { org: 'acme', zone: vocabulary.zone, version: 1 })
  const graph = createGraph(model)
  for (const tuple of asked.given?.tuples ?? []) {
    const problem = validateTuple(model, { ...tupleOf(tuple), condition: null })
    if (problem !== null) throw new Error(`${tuple}: ${problem.message}`)
    graph.write({ ...tupleOf(tuple), condition: null })
  }
  const attributes = createAttributes()
  for (const [of, values] of Object.entries(asked.given?.attributes ?? {}))
    for (const [name, value] of Object.entries(values)) attributes.put(entity(of), name, value)
  const named = parseEntity(asked.resource) ?? { type: asked.resource, id: null }
  const verdict = decide(
    set,
    {
      org: 'acme',
      subject: entity(asked.subject),
      actors: (asked.actors ?? []).map(entity),
      action: asked.action,
      resource: asked.properties === undefined ? named : { ...named, properties: asked.properties },
      context: asked.context ?? {},
      at: Date.parse(asked.at ?? MONDAY),
    },
    factsOf({ graph, attributes, registry: createRegistry(), key: () => undefined }, () => {}),
  )
  return 'effect' in verdict ? verdict.effect : verdict.kind
}
