import type { ChainedEvent, Checkpoint } from '../../facts/audit.ts'
import { CHECKPOINT, REMOVED } from '../../facts/audit-kinds.ts'
import { sha256 } from '../../lib/ids.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Find } from './finding.ts'
import { type Keys, placeOf, signedBy } from './signed.ts'

/**
 * Compares checkpoints with the chain: those that are kept with it, which its events tell of, and those that somebody kept
 * elsewhere, which prove the most.
 */
export function createCheckpointCheck(
  org: string,
  own: readonly Checkpoint[],
  elsewhere: readonly string[],
  keys: Keys,
  find: Find,
) {
  const told = new Map<number, { readonly seq: number; readonly digest: string; readonly jwk: JsonObject | null }>()
  const removed = new Set<number>()
  const kept = elsewhere.map(text => ({ text, seq: placeOf(text) }))
  const wanted = new Set([...own, ...kept].map(({ seq }) => seq))
  const hashes = new Map<number, string>()

  const signed = (text: string, seq: number) => signedBy(text, keys, told.get(seq)?.jwk ?? null)

  const ownFit = (from: number, to: number): void => {
    for (const { seq, hash, at, jws } of own) {
      if (seq > to) continue
      const event = told.get(seq)
      if (event === undefined) find('checkpoint', seq, 'no event tells of it')
      else if (event.digest !== sha256(jws)) find('checkpoint', seq, 'it is not the one its event tells of')
      const said = signed(jws, seq)
      if (typeof said === 'string') find('checkpoint', seq, said)
      else if (said.org !== org || said.seq !== seq || said.hash !== hash || said.at !== at) {
        find('checkpoint', seq, 'what is signed says something else')
      }
      if (seq >= from && hashes.get(seq) !== hash) find('checkpoint', seq, 'the event there has another hash')
    }
    const there = new Set(own.map(({ seq }) => seq))
    if (there.size < own.length) find('checkpoint', null, 'one is there twice')
    for (const seq of told.keys()) if (seq >= from - 1 && !there.has(seq)) find('checkpoint', seq, 'it is missing')
  }

  const keptFit = (from: number, to: number): void => {
    for (const { text, seq } of kept) {
      const said = signed(text, seq)
      if (typeof said === 'string') find('checkpoint', seq, said)
      else if (said.org !== org) find('checkpoint', seq, `it is one of the org \`${said.org}\``)
      else if (seq > to) find('chain', to + 1, `the chain ends before the checkpoint at ${seq}`)
      else if (seq >= from && hashes.get(seq) !== said.hash) {
        find('checkpoint', seq, 'the event there has another hash than was signed')
      }
    }
  }

  return {
    event({ seq, kind, data, link }: ChainedEvent): void {
      if (wanted.has(seq)) hashes.set(seq, link.hash)
      if (kind === REMOVED) removed.add(Number(data.through))
      if (kind !== CHECKPOINT) return
      told.set(Number(data.seq), { seq, digest: String(data.digest), jwk: (data.jwk ?? null) as JsonObject | null })
    },

    /** `from` and `to`: the first and the last place there is; nothing of events that are left out on purpose. */
    finish(from: number, to: number): void {
      for (const { seq } of own) {
        if (seq > to) find('chain', to + 1, `the chain ends before the checkpoint at ${seq}`)
      }
      if (to > 0) ownFit(from, to)
      keptFit(from, to)
      if (from > 1 && !removed.has(from - 1)) find('chain', from, 'no event says that what was before it was removed')
    },
  }
}
