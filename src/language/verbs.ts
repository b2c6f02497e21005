import { fromStem } from '../policy/verb-forms.ts'

/** Verbs a sentence may go on with after `and`, and what `deleting` and `deleted` are forms of. */
const VERBS: ReadonlySet<string> = new Set(
  `
  accept access acknowledge activate add administer annotate append apply approve archive assign attach audit authorize
  ban block book browse buy call cancel certify change check clone close comment commit compile configure connect copy
  create deactivate debug decline decrypt delegate delete deliver deploy destroy disable disclose discuss dismiss
  download drop duplicate edit email enable encrypt enroll escalate execute export fetch file fill finalize flag forward
  freeze generate get give grant handle hide hire host import inspect install invite invoke issue join kick label launch
  leave lend link list load lock log maintain make manage mark merge migrate modify monitor move mute open operate order
  overwrite pause pay pin place plan play post preview print process promote propose provision publish pull purchase
  purge push put query quote read rebuild receive reconcile record redact refund register reject release remove rename
  renew reopen reorder replace replicate reply report request reschedule reset resend resize resolve respond restart
  restore resume retire retrieve return reveal revert review revise revoke rotate run save scale schedule search see
  select sell send set settle share ship show sign spend split start stop store submit subscribe summarize suspend sync
  tag terminate test track train transfer translate transmit trigger unarchive unassign unblock unlock unpublish update
  upgrade upload use validate verify view void vote watch withdraw write`
    .trim()
    .split(/\s+/),
)

/** Forms that no rule makes. */
const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ['paid', 'pay'],
  ['read', 'read'],
  ['run', 'run'],
  ['sent', 'send'],
  ['resent', 'resend'],
  ['spent', 'spend'],
  ['sold', 'sell'],
  ['bought', 'buy'],
  ['made', 'make'],
  ['given', 'give'],
  ['seen', 'see'],
  ['shown', 'show'],
  ['written', 'write'],
  ['overwritten', 'overwrite'],
  ['withdrawn', 'withdraw'],
  ['hidden', 'hide'],
  ['frozen', 'freeze'],
  ['put', 'put'],
  ['set', 'set'],
  ['reset', 'reset'],
  ['split', 'split'],
  ['rebuilt', 'rebuild'],
  ['lent', 'lend'],
  ['left', 'leave'],
])

export const isVerb = (word: string): boolean => VERBS.has(word)

/** The verb that a form such as `deleting` or `tagged` belongs to: a known one, else the regular one. */
function baseOf(stem: string, known: (word: string) => boolean): string {
  const doubled = /([bdfgklmnprt])\1$/.test(stem) ? [stem.slice(0, -1)] : []
  const tries = [`${stem}e`, stem, ...doubled, ...(stem.endsWith('y') ? [`${stem.slice(0, -1)}ie`] : [])]
  const found = tries.find(word => known(word) || VERBS.has(word))
  if (found !== undefined) return found
  return fromStem(stem)
}

/** `deleting` → `delete`; `known` knows the actions of a vocabulary. Null for what is no gerund. */
export function fromGerund(word: string, known: (word: string) => boolean): string | null {
  return /..ing$/.test(word) ? baseOf(word.slice(0, -3), known) : null
}

/** `deleted` → `delete`, `paid` → `pay`; null for what is no participle. */
export function fromParticiple(word: string, known: (word: string) => boolean): string | null {
  const irregular = IRREGULAR.get(word)
  if (irregular !== undefined) return irregular
  if (/[^aeiou]ied$/.test(word)) return `${word.slice(0, -3)}y`
  return /..ed$/.test(word) ? baseOf(word.slice(0, -2), known) : null
}
