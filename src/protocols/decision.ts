import { summaryOf } from '../pdp/summary.ts'
import type { Decision, Effect, Reason } from '../policy/decision.ts'

let lastInstant = Number.NaN
let lastText = ''

/** An instant as RFC 3339 text. Decisions made one after another mostly hold until the same one. */
function instantText(at: number): string {
  if (at !== lastInstant) {
    lastText = new Date(at).toISOString()
    lastInstant = at
  }
  return lastText
}

/** A decision as AuthZEN's response context carries it. */
export function contextOf(decision: Decision) {
  return {
    id: decision.id,
    effect: decision.effect,
    reason_admin: { en: summaryOf(decision) },
    reasons: decision.reasons,
    missing: decision.missing,
    obligations: decision.obligations,
    valid_until: decision.validUntil === null ? null : instantText(decision.validUntil),
    policy_version: decision.policyVersion,
    revision: decision.revision,
    ...(decision.ask !== undefined && { authorization_details: decision.ask }),
  }
}

const texts = new WeakMap<object, string>()

/** Reasons and what is missing are mostly the same few objects, decision after decision. */
function textOf(value: object): string {
  const known = texts.get(value)
  if (known !== undefined) return known
  const text = JSON.stringify(value)
  texts.set(value, text)
  return text
}

const listText = (values: readonly object[]): string => (values.length === 0 ? '[]' : `[${values.map(textOf).join()}]`)

/** What follows the id where a decision is told, as it was told by a list of reasons or of what is missing. */
interface Told {
  readonly effect: Effect
  readonly reasons: readonly Reason[]
  readonly policyVersion: number
  readonly revision: number
  readonly text: string
}

const toldBy = new WeakMap<readonly object[], Told>()

/** Decisions from the same facts mostly have the very lists of the one before. */
function tailText(decision: Decision): string {
  const { effect, reasons, missing, obligations, validUntil, policyVersion, revision } = decision
  const isPlain = obligations.length === 0 && validUntil === null && decision.ask === undefined
  const by = !isPlain ? null : missing.length > 0 ? missing : reasons
  const known = by === null ? undefined : toldBy.get(by)
  const isKnown =
    known !== undefined &&
    known.effect === effect &&
    known.reasons === reasons &&
    known.policyVersion === policyVersion &&
    known.revision === revision
  if (isKnown) return known.text
  // One text instead of a tree of its pieces, which would be put together each time it is sent.
  const text = [
    `","effect":"${effect}","reason_admin":{"en":${JSON.stringify(summaryOf(decision))}},"reasons":${listText(reasons)}`,
    `,"missing":${listText(missing)},"obligations":${listText(obligations)}`,
    `,"valid_until":${untilText(validUntil)},"policy_version":${policyVersion},"revision":${revision}${askText(decision)}}}`,
  ].join('')
  if (by !== null) toldBy.set(by, { effect, reasons, policyVersion, revision, text })
  return text
}

const untilText = (validUntil: number | null): string => (validUntil === null ? 'null' : `"${instantText(validUntil)}"`)

const askText = ({ ask }: Decision): string =>
  ask === undefined ? '' : `,"authorization_details":${JSON.stringify(ask)}`

const ALLOWED = '{"decision":true,"context":{"id":"'
const NOT_ALLOWED = '{"decision":false,"context":{"id":"'

const startText = ({ effect }: Decision): string => (effect === 'allow' ? ALLOWED : NOT_ALLOWED)

/** `{decision, context}` as JSON text: what `contextOf` says, without rendering again what was rendered before. */
export const answerText = (decision: Decision): string => startText(decision) + decision.id + tailText(decision)

/** The same, or without why, in pieces at the end of others that are put together at once. */
export function pushAnswer(pieces: string[], decision: Decision, explains: boolean): void {
  pieces.push(startText(decision), decision.id, explains ? tailText(decision) : briefTail(decision))
}

/** The same without why: what must be done, and how long and by which state it holds, is always said. */
export const briefText = (decision: Decision): string => startText(decision) + decision.id + briefTail(decision)

/** Of decisions of which nothing more is said, the last of each effect. */
const briefTails: Partial<Record<Effect, { readonly revision: number; readonly text: string }>> = {}

function briefTail(decision: Decision): string {
  const { effect, obligations, validUntil, revision, ask } = decision
  const isPlain = obligations.length === 0 && validUntil === null && ask === undefined
  const known = isPlain ? briefTails[effect] : undefined
  if (known?.revision === revision) return known.text
  const must = obligations.length === 0 ? '' : `,"obligations":${listText(obligations)}`
  const until = validUntil === null ? '' : `,"valid_until":${untilText(validUntil)}`
  const text = `","effect":"${effect}"${must}${until},"revision":${revision}${askText(decision)}}}`
  if (isPlain) briefTails[effect] = { revision, text }
  return text
}
