import { basename, dirname, join } from 'node:path'
import type { Org, StoredTuple } from '../facts/store.ts'
import { type Compiled, compileText } from '../language/compile.ts'
import { isZone } from '../lib/zone.ts'
import { type OrgState, stateOf, vocabularyOf } from '../pdp/org.ts'
import type { Given } from '../pdp/policy-tests.ts'
import type { Shipped } from '../pdp/shipped.ts'
import { type Model, parseModel } from '../relations/model.ts'
import { MOD, type ModuleProblem, modulesIn, parseModules } from '../relations/modules.ts'
import { validateTuple } from '../relations/tuple.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { Fault } from './fault.ts'
import { joined, readSource, type Source, type Sources } from './sources.ts'

export interface WorldTexts {
  readonly org: string
  readonly zone: string
  readonly model: Source | null
  readonly policies: readonly Source[]
  readonly given: Given
}

/** The state of an org made of files alone, under the shipped rules. Fails with a `Fault` that shows every problem. */
export function worldOf(texts: WorldTexts, shipped: Shipped): OrgState {
  const org = { slug: texts.org, name: texts.org, zone: zoneFrom(texts.zone) }
  const model = texts.model === null ? null : modelFrom(texts.model)
  const sources = joined(texts.policies)
  const compiled = compileSources(org, model?.model ?? null, sources)
  const errors = compiled.diagnostics.filter(d => d.severity === 'error')
  if (errors.length > 0) throw new Fault(`the policy has errors\n${renderDiagnostics(errors, sources)}`)
  refuseTuples(texts.given.tuples, model?.model ?? null)
  return stateOf(
    {
      org,
      revision: 0,
      model: model === null ? null : { id: 'local', dsl: model.dsl },
      policy: { version: 1, text: sources.text, author: 'local', note: '', publishedAt: 0 },
      ...texts.given,
    },
    shipped,
  )
}

export const compileSources = (org: Org, model: Model | null, sources: Sources): Compiled =>
  compileText(sources.text, vocabularyOf(org, model), { file: 'policy' })

export function zoneFrom(zone: string): string {
  if (!isZone(zone)) throw new Fault(`\`${zone}\` is no time zone: expected an IANA name such as Europe/Berlin`)
  return zone
}

/** Reads a model, in modules where it is an `fga.mod`. Fails with a `Fault` that shows every problem as `file:line:column`. */
export function modelFrom(source: Source): { readonly dsl: string; readonly model: Model } {
  if (basename(source.name) === MOD) return modularFrom(source)
  const parsed = parseModel(source.text)
  if (parsed.ok) return { dsl: source.text, model: parsed.model }
  throw wrongModel(parsed.problems.map(p => ({ ...p, file: source.name })))
}

/** The modules are looked for beside the file that lists them. */
function modularFrom({ name, text }: Source): { readonly dsl: string; readonly model: Model } {
  const at = (file: string): string => (file === MOD ? name : join(dirname(name), file))
  const placed = (problems: readonly ModuleProblem[]) => wrongModel(problems.map(p => ({ ...p, file: at(p.file) })))
  const listed = modulesIn(text)
  if (!listed.ok) throw placed(listed.problems)
  const files = listed.names.map(file => ({ name: file, text: readSource(at(file)).text }))
  const parsed = parseModules(text, files)
  if (!parsed.ok) throw placed(parsed.problems)
  return parsed
}

const wrongModel = (problems: readonly ModuleProblem[]): Fault =>
  new Fault(`the model has errors\n${problems.map(p => `${p.file}:${p.line}:${p.column}: ${p.message}`).join('\n')}`)

function refuseTuples(tuples: readonly StoredTuple[], model: Model | null): void {
  if (tuples.length > 0 && model === null) throw new Fault('tuples need a model: name the file of one')
  if (model === null) return
  const problems = tuples.flatMap(tuple => {
    const problem = validateTuple(model, tuple)
    return problem === null ? [] : [`  ${tuple.object}#${tuple.relation}@${tuple.user}: ${problem.message}`]
  })
  if (problems.length > 0) throw new Fault(`the model does not take these tuples\n${problems.join('\n')}`)
}
