import type { AuditBatch, AuditEvent, AuditLog } from '../facts/audit.ts'
import type { Store } from '../facts/store.ts'
import { type Origin, origin } from '../lib/origin.ts'
import { auditLine } from './audit-line.ts'
import { type BatchLog, type BatchLogOptions, createBatchLog, type Filling } from './batch-log.ts'

export type AuditLogWriter = AuditLog & BatchLog<AuditEvent>

/** Writes audit events in batches; appending is idempotent by id. */
export function createAuditLog(store: Pick<Store, 'appendAudit'>, options: BatchLogOptions = {}): AuditLogWriter {
  const log = createBatchLog<AuditEvent, LinesBatch>(
    {
      open: openBatch,
      single: batch => batch.lines.map(line => batchOf([line])),
      write: store.appendAudit,
    },
    options,
  )
  return {
    ...log,
    append: (org, event) => log.append(org, () => placed(event(), origin())),
    get pending() {
      return log.pending
    },
  }
}

/** With the request it was done in, where the event does not say so itself. */
function placed(event: AuditEvent, from: Origin | undefined): AuditEvent {
  if (from === undefined) return event
  return { ...event, trace: event.trace ?? from.trace, ip: event.ip ?? from.ip }
}

interface LinesBatch extends AuditBatch {
  readonly lines: readonly string[]
}

const batchOf = (lines: readonly string[]): LinesBatch => ({ count: lines.length, lines, text: `[${lines.join()}]` })

/** Events are rendered as they come: texts cost the collector less than objects. */
function openBatch(): Filling<AuditEvent, LinesBatch> {
  const lines: string[] = []
  let length = 0
  return {
    get count() {
      return lines.length
    },
    get length() {
      return length
    },
    add(event) {
      const line = auditLine(event)
      length += line.length
      lines.push(line)
    },
    closed: () => batchOf(lines),
  }
}
