import type { ChainedEvent, Checkpoint } from '../../facts/audit.ts'
import { joined } from '../../facts/audit-parts.ts'
import { sha256 } from '../../lib/ids.ts'
import { canonical } from '../../policy/canonical.ts'
import type { JsonObject } from '../../policy/json.ts'
import { type ChainCheck, createChainCheck, type Report } from './chain-check.ts'
import type { EventLine, ExportHead, ExportLine } from './export.ts'
import type { Keys } from './signed.ts'

/** An export that cannot be read as one. */
export class NoExport extends Error {}

/**
 * Checks an export by itself. `keys`, where they are given, count before those the export brings along: who forged the one
 * could forge the other.
 */
export async function verifyExport(
  lines: AsyncIterable<string>,
  elsewhere: readonly string[],
  keys: Keys,
): Promise<Report> {
  let head: ExportHead | null = null
  let check: ChainCheck | null = null
  const checkpoints: Checkpoint[] = []
  let known = keys
  let number = 0
  let events = 0
  let end: { readonly seq: number; readonly hash: string; readonly events: number } | null = null
  const begun = (): ChainCheck => {
    if (head === null) throw new NoExport('line 1: expected the head of an export')
    check ??= createChainCheck(head.org, checkpoints, elsewhere, known)
    return check
  }
  for await (const text of lines) {
    number += 1
    if (text.trim() === '') continue
    const line = read(text, number)
    if (head === null && !('lumoauth_audit' in line))
      throw new NoExport(`line ${number}: expected the head of an export`)
    if (end !== null) begun().find('chain', null, `line ${number} stands behind the end`)
    else if ('lumoauth_audit' in line) {
      if (head !== null) throw new NoExport(`line ${number}: an export has one head`)
      head = line
      known = new Map([...line.keys.map(jwk => [String(jwk.kid), jwk] as const), ...keys])
    } else if ('checkpoint' in line) {
      if (check === null) checkpoints.push(line.checkpoint)
      else begun().find('checkpoint', line.checkpoint.seq, 'it is not in its place')
    } else if ('end' in line) end = line.end
    else if ('decisions' in line) {
      const { first, last, count, text: rows } = line.decisions
      begun().batch({ first, last, count, seq: undefined, digest: sha256(rows), packed: null, whole: true })
    } else {
      events += 1
      begun().event(eventFrom(line))
    }
  }
  const checked = begun()
  if (end === null) checked.find('chain', null, 'the export has no end: it was cut off')
  else if (end.events !== events) checked.find('chain', null, `the export says that it holds ${end.events} events`)
  return checked.finish(end, true)
}

function read(text: string, number: number): ExportLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new NoExport(`line ${number}: expected JSON`)
  }
  if (typeof value !== 'object' || value === null || !isLine(value as JsonObject)) {
    throw new NoExport(`line ${number}: this is no line of an export of the audit`)
  }
  return value as ExportLine
}

function isLine(value: JsonObject): boolean {
  if (value.lumoauth_audit === 1) return typeof value.org === 'string' && Array.isArray(value.keys)
  const { checkpoint, decisions, end } = value as { readonly [name: string]: JsonObject | undefined }
  if (checkpoint !== undefined) return typeof checkpoint.seq === 'number' && typeof checkpoint.jws === 'string'
  if (decisions !== undefined) return typeof decisions.text === 'string'
  if (end !== undefined) return typeof end.seq === 'number' && typeof end.hash === 'string'
  return (
    typeof value.seq === 'number' &&
    typeof value.hash === 'string' &&
    typeof value.prev_hash === 'string' &&
    typeof value.event === 'object' &&
    value.event !== null &&
    Array.isArray(value.sealed) &&
    Array.isArray(value.parts)
  )
}

function eventFrom({ seq, event, prev_hash, hash, sealed, parts }: EventLine): ChainedEvent {
  const data = typeof event.data === 'object' && event.data !== null ? event : { ...event, data: {} }
  return {
    ...joined(
      data,
      parts.filter(part => typeof part === 'object'),
    ),
    seq,
    link: { prevHash: prev_hash, hash, open: canonical(event), sealed, parts },
  }
}
