import { CompileError, type PolicySet } from '../engine/compile.ts'
import { decide } from '../engine/decide.ts'
import { createAttributes } from '../facts/attributes.ts'
import { createRegistry } from '../facts/registry.ts'
import { factsOf, type World } from '../facts/world.ts'
import type { Compiled } from '../language/compile.ts'
import type { Example, Judge, Proposal, Remarks, Tried, Warning } from '../language/translate.ts'
import type { Clock } from '../lib/clock.ts'
import type { Verdict } from '../policy/decision.ts'
import { type Entity, parseEntity } from '../policy/entity.ts'
import { printRule } from '../policy/print.ts'
import type { Request } from '../policy/request.ts'
import { createGraph } from '../relations/graph.ts'
import type { Model } from '../relations/model.ts'
import { validateTuple } from '../relations/tuple.ts'
import { analysisOf } from './analysis.ts'
import { compileFor, type OrgState, rulesOf, setOf } from './org.ts'
import { memoFor, type Shipped } from './shipped.ts'

/** The policy as it would be: what is published, and the proposal behind it. */
export const withProposal = (published: string, added: string): string =>
  published.trim() === '' ? added : `${published.replace(/\n*$/, '\n\n')}${added}`

const lines = ({ definitions, rules }: Proposal): string =>
  [...new Set([...definitions, ...rules].map(s => s.canonical))].map(line => `${line}\n`).join('')

/**
 * Tries a proposal beside the org's own and the shipped rules. Each example has a world of its own, which holds what the
 * example gives and no fact of the org.
 */
export function judgeFor(state: OrgState, shipped: Shipped, clock: Clock): Judge {
  return (proposal, examples) => {
    const text = withProposal(state.policy.text, lines(proposal))
    const model = state.model?.model ?? null
    const compiled = compileFor(state.org, model, text)
    const errors = compiled.diagnostics.filter(d => d.severity === 'error')
    const set = errors.length > 0 ? null : setFrom(state, shipped, compiled)
    if (set === null || typeof set === 'string') {
      const faults = set === null ? errors.slice(0, 5).map(d => d.message) : [set]
      return { tried: [], faults: faults.map(f => `beside the published policy: ${f}`), remarks: () => NONE }
    }
    const tried = examples.map(example => tryExample(example, set, state, model, clock))
    return {
      tried,
      faults: stray(state, shipped, proposal, compiled),
      remarks: () => remarksOn(state, shipped, proposal, compiled),
    }
  }
}

const NONE: Remarks = { warnings: [], changes: [] }

/** INVARIANT: what is kept means what was shown. Reading the sentences behind the published ones must change nothing. */
function stray(state: OrgState, shipped: Shipped, proposal: Proposal, compiled: Compiled): readonly string[] {
  const added = new Set(compiled.rules.slice(ownRules(state, shipped).length).map(r => printRule(r.rule)))
  return proposal.rules
    .filter(r => !added.has(r.canonical))
    .map(r => `beside the published policy, \`${r.canonical}\` means something else`)
}

function setFrom(state: OrgState, shipped: Shipped, compiled: Compiled): PolicySet | string {
  try {
    return setOf(state.org, rulesOf(shipped, compiled), 0, memoFor(shipped, state.org.zone))
  } catch (error) {
    if (error instanceof CompileError) return error.message
    throw error
  }
}

function tryExample(example: Example, set: PolicySet, state: OrgState, model: Model | null, clock: Clock): Tried {
  const wrong = (why: string): Tried => ({ example, actual: null, ok: false, why: [why] })
  const request = requestOf(example, state.org.slug, clock())
  if (typeof request === 'string') return wrong(request)
  const world = worldOf(example, model)
  if (typeof world === 'string') return wrong(world)
  const verdict = decide(
    set,
    request,
    factsOf(world, () => undefined),
  )
  if ('kind' in verdict) return wrong('a fact could not be had')
  if (example.time === null && verdict.validUntil !== null) {
    return wrong('the answer depends on the time, so the example needs one')
  }
  return { example, actual: verdict.effect, ok: verdict.effect === example.expected, why: whyOf(verdict) }
}

const whyOf = ({ effect, reasons, missing }: Verdict): readonly string[] =>
  effect === 'deny' && reasons.length === 0
    ? missing.slice(0, 3).map(m => m.text)
    : reasons.slice(0, 3).map(r => r.sentence)

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

function requestOf(example: Example, org: string, now: number): Request | string {
  const subject = parseEntity(example.subject)
  if (subject === null) return `the subject \`${example.subject}\` is no entity such as \`user:alice\``
  const actors: Entity[] = []
  for (const text of example.actors) {
    const actor = parseEntity(text)
    if (actor === null) return `the actor \`${text}\` is no entity such as \`agent:bot\``
    actors.push(actor)
  }
  const named = parseEntity(example.resource)
  if (named === null && (example.resource === '' || example.resource.includes(':'))) {
    return `the resource \`${example.resource}\` is neither an entity such as \`document:1\` nor a type`
  }
  const at = example.time === null ? now : INSTANT.test(example.time) ? Date.parse(example.time) : Number.NaN
  if (Number.isNaN(at)) return `the time \`${example.time}\` is no instant such as \`2026-03-04T10:00:00Z\``
  return {
    org,
    subject,
    actors,
    action: example.action,
    resource: named ?? { type: example.resource, id: null },
    context: Object.fromEntries(example.context.map(({ name, value }) => [name, value])),
    at,
  }
}

const TUPLE = /^([^#]+)#([^@#]+)@(.+)$/

function worldOf({ given }: Example, model: Model | null): World | string {
  const graph = model === null ? null : createGraph(model)
  for (const text of given.tuples) {
    const [, object, relation, user] = TUPLE.exec(text) ?? []
    if (object === undefined || relation === undefined || user === undefined) {
      return `\`${text}\` is no tuple such as \`document:1#owner@user:alice\``
    }
    if (graph === null || model === null) return 'the org has no relations yet, so no tuple can be given'
    const tuple = { object, relation, user, condition: null }
    const problem = validateTuple(model, tuple)
    if (problem !== null) return `\`${text}\`: ${problem.message}`
    graph.write(tuple)
  }
  const attributes = createAttributes()
  for (const { entity: text, name, value } of given.attributes) {
    const entity = parseEntity(text)
    if (entity === null) return `\`${text}\` is no entity such as \`payment:1\``
    attributes.put(entity, name, value)
  }
  return { graph, attributes, registry: createRegistry(), key: () => undefined }
}

const ownRules = (state: OrgState, shipped: Shipped) => state.rules.slice(shipped.rules.length)

/** What an author should know: flaws of the new rules, published ones that read otherwise, and what would change. */
function remarksOn(state: OrgState, shipped: Shipped, proposal: Proposal, compiled: Compiled): Remarks {
  const { findings } = analysisOf(compiled, state)
  const warnings = [...changed(state, shipped, compiled)]
  const changes: { readonly kind: 'wider' | 'narrower'; readonly text: string }[] = []
  for (const { kind, rules, text } of findings) {
    if (kind === 'wider' || kind === 'narrower') changes.push({ kind, text })
    else {
      // A wide rule leaves nothing to many others: that is one finding too many for each of them.
      const about = kind === 'shadowed' ? rules.slice(0, 1) : rules
      const own = proposal.rules.find(p => about.some(r => r.id === p.id))
      if (own === undefined) continue
      warnings.push({ kind: kind === 'never-matches' ? 'never_matches' : 'overlaps', from: own.from, message: text })
    }
  }
  return { warnings, changes }
}

/** Published rules that read otherwise beside the new definitions. */
function changed(state: OrgState, shipped: Shipped, compiled: Compiled): readonly Warning[] {
  return ownRules(state, shipped).flatMap(({ text, rule }, i) => {
    const now = compiled.rules[i]
    if (now === undefined || printRule(now.rule) === printRule(rule)) return []
    const message = `the published rule \`${text}\` would read \`${printRule(now.rule)}\``
    return [{ kind: 'changes_existing', from: null, message } as const]
  })
}
