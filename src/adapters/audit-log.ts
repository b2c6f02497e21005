import type { AuditBatch, AuditEvent, AuditLog } from '../facts/audit.ts'
import type { Store } from '../facts/store.ts'
import { type BatchLog, type BatchLogOptions, createBatchLog, type Filling } from './batch-log.ts'

export type AuditLogWriter = AuditLog & BatchLog<AuditEvent>

/** Writes audit events in batches; appending is idempotent by id. */
export const createAuditLog = (store: Pick<Store, 'appendAudit'>, options: BatchLogOptions = {}): AuditLogWriter =>
  createBatchLog<AuditEvent, AuditBatch>(
    {
      open: openBatch,
      single: batch =>
        (JSON.parse(batch.text) as readonly AuditEvent[]).map(event => ({ count: 1, text: JSON.stringify([event]) })),
      write: store.appendAudit,
    },
    options,
  )

/** Events are rendered as they come: texts cost the collector less than objects. */
function openBatch(): Filling<AuditEvent, AuditBatch> {
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
      const line = JSON.stringify(event)
      length += line.length
      lines.push(line)
    },
    closed: () => ({ count: lines.length, text: `[${lines.join()}]` }),
  }
}
