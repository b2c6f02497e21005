import type { AuditStore, ChainedEvent, PersonalPart } from '../../facts/audit.ts'
import type { Json, JsonObject } from '../../policy/json.ts'
import type { Keys } from './signed.ts'
import { allCheckpoints } from './verify.ts'

/** What an export begins with. `whole`: all events of the chain from `from` on are there, and its decisions. */
export interface ExportHead {
  readonly lumoauth_audit: 1
  readonly org: string
  readonly whole: boolean
  readonly at: string
  readonly keys: readonly JsonObject[]
}

export type ExportLine =
  | ExportHead
  | { readonly checkpoint: { readonly seq: number; readonly hash: string; readonly at: number; readonly jws: string } }
  | EventLine
  | {
      readonly decisions: {
        readonly first: string
        readonly last: string
        readonly count: number
        readonly text: string
      }
    }
  | { readonly end: { readonly seq: number; readonly hash: string; readonly events: number } }

export interface EventLine {
  readonly seq: number
  readonly prev_hash: string
  readonly hash: string
  readonly event: JsonObject
  readonly sealed: readonly string[]
  readonly parts: readonly (PersonalPart | null)[]
}

/** An event as a line, with all it takes to check it; the text that was hashed is copied as it is. */
export const eventLine = ({ seq, link }: ChainedEvent): string =>
  `{"event":${link.open},"hash":"${link.hash}","parts":${JSON.stringify(link.parts)},"prev_hash":"${link.prevHash}","sealed":${JSON.stringify(link.sealed)},"seq":${seq}}\n`

const PAGE = 500
const BATCHES = 10

/**
 * The whole record of an org as lines of JSON that prove themselves: keys, checkpoints, events, the decisions they tell of,
 * the end. What is added meanwhile is left for the next one.
 */
export async function* wholeExport(
  store: AuditStore,
  org: string,
  keys: Keys,
  now: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const checkpoints = await allCheckpoints(store, org)
  const { seq: last, hash } = await store.auditHead(org)
  const head: ExportHead = {
    lumoauth_audit: 1,
    org,
    whole: true,
    at: new Date(now).toISOString(),
    keys: [...keys.values()],
  }
  yield line(head)
  for (const { seq, hash: of, at, jws } of checkpoints) yield line({ checkpoint: { seq, hash: of, at, jws } })
  let events = 0
  for (let seq = 0; seq < last && !signal.aborted; ) {
    const page = (await store.auditSince(org, seq, PAGE)).filter(one => one.seq <= last)
    if (page.length === 0) break
    yield page.map(eventLine).join('')
    events += page.length
    seq = page.at(-1)?.seq ?? last
  }
  for (let after: Parameters<AuditStore['decisionBatches']>[1] = null; !signal.aborted; ) {
    const page = await store.decisionBatches(org, after, BATCHES)
    for (const { first, last: to, count, text, seq } of page) {
      if (seq !== null && seq <= last) yield line({ decisions: { first, last: to, count, text } })
    }
    after = page.at(-1) ?? null
    if (page.length < BATCHES) break
  }
  yield line({ end: { seq: last, hash, events } })
}

export const line = (value: ExportLine): string => `${JSON.stringify(value as unknown as Json)}\n`
