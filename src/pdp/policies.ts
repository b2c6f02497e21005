import { setImmediate as nextTurn } from 'node:timers/promises'
import { CompileError, checkRules } from '../engine/compile.ts'
import type { PolicyDraft, PolicyVersion, Store } from '../facts/store.ts'
import type { Compiled } from '../language/compile.ts'
import { formatText } from '../language/format.ts'
import type { Statement } from '../policy/ast.ts'
import { astJson } from '../policy/ast-json.ts'
import type { Diagnostic, Span } from '../policy/diagnostic.ts'
import type { Json } from '../policy/json.ts'
import { printStatement } from '../policy/print.ts'
import { type Analysis, analysisOf } from './analysis.ts'
import { PdpError } from './errors.ts'
import { compileIn, type OrgState, vocabularyOf } from './org.ts'
import type { Writer } from './write.ts'

/** What an author sees of a text: every fault at once, and what each sentence was understood as. */
export interface Checkup {
  readonly ok: boolean
  readonly diagnostics: readonly Diagnostic[]
  readonly sentences: readonly Understood[]
}

/** One sentence and what it means; `id` is null for a definition. */
export interface Understood {
  readonly id: string | null
  readonly text: string
  readonly canonical: string
  readonly span: Span
  readonly ast: Json
}

export function checkPolicy(state: OrgState, text: string, file = 'policy'): Checkup {
  const { ok, diagnostics, compiled } = checked(state, text, file)
  return { ok, diagnostics, sentences: sentencesOf(compiled) }
}

/** What there is to say against a text, without a word on each of its sentences. */
export type Faults = Pick<Checkup, 'ok' | 'diagnostics'>

function checked(state: OrgState, text: string, file: string): Faults & { readonly compiled: Compiled } {
  const compiled = compileIn(state, text, file)
  const { diagnostics } = compiled
  const ok = !diagnostics.some(d => d.severity === 'error')
  const fault = ok ? faultOf(state, compiled) : null
  if (fault === null) return { ok, diagnostics, compiled }
  return { ok: false, diagnostics: [...diagnostics, fault], compiled }
}

/** A checkup with what the text would change and what is wrong with it; `analysis` is null while it has errors. */
export interface Examined extends Checkup {
  readonly analysis: Analysis | null
}

export function examinePolicy(state: OrgState, text: string): Examined {
  const { ok, diagnostics, compiled } = checked(state, text, 'policy')
  return { ok, diagnostics, sentences: sentencesOf(compiled), analysis: ok ? analysisOf(compiled, state) : null }
}

export interface Formatting {
  readonly text: string
  readonly changed: boolean
  readonly diagnostics: readonly Diagnostic[]
}

/** A text in its canonical form; see `formatText`. */
export function formatPolicy(state: OrgState, text: string): Formatting {
  const vocabulary = vocabularyOf(state.org, state.model?.model ?? null)
  const formatted = formatText(text, vocabulary, { file: 'policy' })
  return { ...formatted, changed: formatted.text !== text }
}

/** What only the engine's own compiler sees, as a diagnostic like any other: nothing is published that it refuses. */
function faultOf(state: OrgState, compiled: Compiled): Diagnostic | null {
  try {
    checkRules(compiled.rules, state.org.zone, state.memo.rules)
    return null
  } catch (error) {
    if (!(error instanceof CompileError)) throw error
    const rule = compiled.rules.find(r => r.id === error.rule)
    return {
      code: 'wrong_value',
      severity: 'error',
      file: rule?.file ?? 'policy',
      span: rule?.span ?? { start: 0, end: 0, line: 1, column: 1 },
      message: error.message,
      expected: [],
      suggestion: null,
    }
  }
}

/** What the language makes of a text, whatever the engine would say. */
export function checkupOf(compiled: Compiled): Checkup {
  const { diagnostics } = compiled
  const ok = !diagnostics.some(d => d.severity === 'error')
  return { ok, diagnostics, sentences: sentencesOf(compiled) }
}

const sentencesOf = ({ definitions, rules }: Compiled): readonly Understood[] =>
  [
    ...definitions.map(({ text, definition, span }) => understood(null, text, definition, span)),
    ...rules.map(({ id, text, rule, span }) => understood(id, text, rule, span)),
  ].sort((a, b) => a.span.start - b.span.start)

const understood = (id: string | null, text: string, statement: Statement, span: Span): Understood => ({
  id,
  text,
  canonical: printStatement(statement),
  span,
  ast: astJson(statement),
})

export interface Publication {
  readonly text: string
  readonly author: string
  readonly note: string
  /** The version the author started from; the publish fails with `policy_conflict` if there is a newer one. */
  readonly expectedVersion: number | null
}

export interface Published {
  readonly version: number
  readonly revision: number
  readonly checkup: Faults
  /** Against the version before. Findings are for the author to read; they stop nothing. */
  readonly analysis: Analysis
}

/** Makes a text the org's policy, as a new immutable version. Fails with `invalid_policy` or `policy_conflict`. */
export async function publishPolicy(write: Writer, state: OrgState, publication: Publication): Promise<Published> {
  const { text, author, note, expectedVersion } = publication
  const current = state.policy.version
  if (expectedVersion !== null && expectedVersion !== current) throw conflict(expectedVersion, current)
  const { compiled, ...checkup } = checked(state, text, 'policy')
  refuseFaults(checkup, 'the policy has errors; nothing was published')
  const version = current + 1
  const before = state.rules
  const revision = await write(state, [{ kind: 'policy', version, text, author, note }])
  // Whoever waits for a decision is served under the new version before its author is told what it changes.
  await nextTurn()
  return { version, revision, checkup, analysis: analysisOf(compiled, state, before) }
}

/** Fails with `invalid_policy`, whose detail has the diagnostics, where a text has errors. */
export function refuseFaults({ ok, diagnostics }: Faults, message: string): void {
  if (!ok) throw new PdpError('invalid_policy', message, { diagnostics: JSON.parse(JSON.stringify(diagnostics)) })
}

const conflict = (expected: number, current: number): PdpError =>
  new PdpError('policy_conflict', `version ${expected} was expected, but version ${current} is published`, { current })

export async function policyVersion(store: Store, org: string, version: number): Promise<PolicyVersion> {
  const found = await store.version(org, version)
  if (found === null) throw new PdpError('version_not_found', `there is no version ${version}`)
  return found
}

export async function policyDraft(store: Store, org: string, id: string): Promise<PolicyDraft> {
  const found = await store.draft(org, id)
  if (found === null) throw new PdpError('draft_not_found', `there is no draft \`${id}\``)
  return found
}
