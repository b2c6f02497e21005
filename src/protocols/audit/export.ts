import { z } from 'zod'
import { type AuditQuery, auditKind, type ChainedEvent } from '../../pdp/audit/event.ts'
import { eventLine, line, wholeExport } from '../../pdp/audit/export.ts'
import { exportedEvent, keysOf } from '../../pdp/audit/keeping.ts'
import { ocsf } from '../../pdp/audit/ocsf.ts'
import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import { type Call, type Reply, type Route, route } from '../route.ts'
import { type Filters, filters, queryOf } from './filters.ts'
import type { BASES } from './logs.ts'

const query = z.object({ ...filters, format: z.enum(['jsonl', 'json', 'csv', 'ocsf']).default('jsonl') })
type Query = z.infer<typeof query>

const needs = { scope: 'org', act: { action: 'export', type: 'org_audit' }, anyway: true } as const

const TYPES = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  json: 'application/x-ndjson; charset=utf-8',
  ocsf: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
} as const

/** The record, or a part of it, to take away. The whole as JSON lines proves itself; a part proves each event alone. */
export function exportRoutes(service: Service, { path, suffix }: (typeof BASES)[number]): readonly Route[] {
  const exported = (state: OrgState, given: Query): Reply => {
    const org = state.org.slug
    service.audit.append(org, () => exportedEvent(given, service.clock()))
    let done = false
    return {
      status: 200,
      headers: {
        'content-type': TYPES[given.format],
        'content-disposition': `attachment; filename="audit-${org}.${given.format === 'csv' ? 'csv' : 'jsonl'}"`,
      },
      stream: {
        async *pieces(signal) {
          yield* given.format === 'jsonl' && !isFiltered(given)
            ? wholeExport(service.store, org, keysOf(state), service.clock(), signal)
            : rows(service, state, given, signal)
          done = true
        },
        complete: () => done,
      },
    }
  }
  const row = (method: 'GET' | 'POST', operation: string): Route =>
    route({
      operation: `${operation}${suffix}`,
      method,
      path: `${path}/export`,
      tag: 'audit',
      summary: 'The record as JSON lines that prove themselves, as CSV, or in OCSF',
      needs,
      query,
      answers: { 200: { description: 'the record', types: ['application/x-ndjson', 'text/csv'] } },
      handle: ({ state, query: given }: Call<undefined, Query>) => exported(state, given),
    })
  return [row('GET', 'exportAuditLogs'), row('POST', 'postExportAuditLogs')]
}

const isFiltered = ({ format: _, ...given }: Query): boolean => Object.values(given).some(value => value !== undefined)

const PAGE = 500

/** Oldest first is asked of what is whole; a part comes as lists do, newest first. */
async function* rows(service: Service, state: OrgState, given: Query, signal: AbortSignal): AsyncGenerator<string> {
  const { format, ...rest } = given
  const org = state.org.slug
  const wanted: Omit<AuditQuery, 'limit' | 'before'> = queryOf(rest as Filters)
  if (format === 'csv') yield csvLine(COLUMNS)
  if (format === 'jsonl' || format === 'json') {
    const keys = [...keysOf(state).values()]
    yield line({ lumoauth_audit: 1, org, whole: false, at: new Date(service.clock()).toISOString(), keys })
  }
  const shown = (event: ChainedEvent): string =>
    format === 'csv' ? csvRow(event) : format === 'ocsf' ? `${JSON.stringify(ocsf(org, event))}\n` : eventLine(event)
  for (let before: number | null = null; !signal.aborted; ) {
    const page: readonly ChainedEvent[] = await service.store.audit(org, { ...wanted, limit: PAGE, before })
    if (page.length > 0) yield page.map(shown).join('')
    before = page.at(-1)?.seq ?? null
    if (page.length < PAGE) return
  }
}

const COLUMNS = [
  ...['seq', 'log_id', 'timestamp', 'action', 'category', 'severity', 'outcome', 'actor', 'subject', 'actor_chain'],
  ...['target', 'task_id', 'decision_id', 'trace_id', 'ip_address', 'metadata', 'prev_hash', 'hash'],
]

function csvRow(event: ChainedEvent): string {
  const {
    seq,
    id,
    at,
    kind,
    outcome = 'success',
    actor,
    subject,
    chain,
    target,
    task,
    decision,
    trace,
    ip,
    data,
  } = event
  const { category, severity } = auditKind(kind)
  return csvLine([
    ...[String(seq), id, new Date(at).toISOString(), kind, category, severity, outcome, actor, subject ?? actor],
    ...[(chain ?? []).join(' '), target, task ?? '', decision ?? '', trace ?? '', ip ?? '', JSON.stringify(data)],
    ...[event.link.prevHash, event.link.hash],
  ])
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is told to be text. */
const csvLine = (cells: readonly string[]): string =>
  `${cells
    .map(cell => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))
    .map(quoted)
    .join()}\r\n`

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
