import { compileBase, createRuleMemo, type RuleBase, type RuleMemo, type SourceRule } from '../engine/compile.ts'
import { compileText } from '../language/compile.ts'
import { emptyVocabulary, type ModelOutline } from '../policy/vocabulary.ts'
import { outlineOf, parseModel } from '../relations/model.ts'

/** A file of the package: `name` is where a diagnostic or a reason says a rule comes from. */
export interface PackagedText {
  readonly name: string
  readonly text: string
}

/** The rules every org starts with, and the types only they may speak of. */
export interface Shipped {
  readonly rules: readonly SourceRule[]
  readonly texts: readonly PackagedText[]
  readonly reservedTypes: ReadonlySet<string>
}

/** Types of the shipped model that an org's own model may define again, to add its own relations. */
const SHARED = new Set([
  'org',
  'user',
  'agent',
  'service',
  'scope',
  'audience',
  'mcp_server',
  'mcp_tool',
  'approval',
  'risk',
  'second_approval',
  'task',
])

/** Compiles what ships. A fault in it is a fault of the package: it stops the start. */
export function compileShipped(model: PackagedText, policies: readonly PackagedText[]): Shipped {
  const parsed = parseModel(model.text)
  if (!parsed.ok) throw new Error(`${model.name}: ${parsed.problems.map(p => p.message).join('; ')}`)
  const outline: ModelOutline = outlineOf(parsed.model)
  const rules = policies.flatMap(({ name, text }) => {
    const compiled = compileText(text, emptyVocabulary(outline, 'UTC'), { file: name })
    const fault = compiled.diagnostics.find(d => d.severity === 'error')
    if (fault !== undefined) throw new Error(`${name}:${fault.span.line}: ${fault.message}`)
    return compiled.rules.map(({ id, text: sentence, rule }) => ({ id: `shipped_${id}`, text: sentence, rule }))
  })
  const reserved = outline.types.map(t => t.name).filter(t => !SHARED.has(t))
  return { rules, texts: policies, reservedTypes: new Set(reserved) }
}

const bases = new WeakMap<Shipped, Map<string, WeakRef<RuleBase>>>()

/** What compiling an org's rules keeps; what ships is compiled once for all orgs of a zone, as long as one of them uses it. */
export const memoFor = (shipped: Shipped, zone: string): RuleMemo => createRuleMemo(baseOf(shipped, zone))

function baseOf(shipped: Shipped, zone: string): RuleBase {
  const byZone = bases.get(shipped) ?? new Map<string, WeakRef<RuleBase>>()
  bases.set(shipped, byZone)
  const known = byZone.get(zone)?.deref()
  if (known !== undefined) return known
  for (const [name, ref] of byZone) if (ref.deref() === undefined) byZone.delete(name)
  const made = compileBase(shipped.rules, zone)
  byZone.set(zone, new WeakRef(made))
  return made
}
