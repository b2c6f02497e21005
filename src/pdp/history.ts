import type { Store } from '../facts/store.ts'
import type { Compiled } from '../language/compile.ts'
import { type Change, diffPolicies } from './diff.ts'
import { PdpError } from './errors.ts'
import { compileIn, type OrgState } from './org.ts'
import { type Published, policyDraft, policyVersion, publishPolicy, refuseFaults } from './policies.ts'
import type { Writer } from './write.ts'

/** A policy one can name: a version by its number, `current`, or a draft by its id. `0` is the empty policy. */
export async function namedText(store: Store, { org, policy }: OrgState, name: string): Promise<string> {
  if (name === 'current') return policy.text
  if (name === '0') return ''
  if (/^\d{1,15}$/.test(name)) return (await policyVersion(store, org.slug, Number(name))).text
  return (await policyDraft(store, org.slug, name)).text
}

/** What changed from one policy to another, both read as they would be now. Fails with `invalid_policy`. */
export async function diffNamed(store: Store, state: OrgState, from: string, to: string): Promise<readonly Change[]> {
  const [before, after] = await Promise.all([namedText(store, state, from), namedText(store, state, to)])
  return diffPolicies(readable(state, before, from), readable(state, after, to))
}

/** A text that cannot be read says nothing that could be compared. */
export function readable(state: OrgState, text: string, name: string): Compiled {
  const compiled = compileIn(state, text, name)
  const ok = !compiled.diagnostics.some(d => d.severity === 'error')
  refuseFaults({ ok, diagnostics: compiled.diagnostics }, `\`${name}\` has errors, so it cannot be compared`)
  return compiled
}

export interface Rollback {
  readonly version: number
  readonly author: string
  readonly note: string
  readonly expectedVersion: number | null
}

/** Publishes an earlier version again, as a new one. Fails as publishing does, and with `version_not_found`. */
export async function rollBack(write: Writer, store: Store, state: OrgState, rollback: Rollback): Promise<Published> {
  const { version, author, expectedVersion } = rollback
  if (version === state.policy.version) {
    throw new PdpError('invalid_request', `version ${version} is the published one; there is nothing to go back to`)
  }
  const { text } = await policyVersion(store, state.org.slug, version)
  const said = `rolled back to version ${version}`
  const note = rollback.note === '' ? said : `${said}: ${rollback.note}`
  return publishPolicy(write, state, { text, author, note, expectedVersion })
}
