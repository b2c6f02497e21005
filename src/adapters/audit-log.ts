import type { AuditBatch, AuditEvent, AuditLog, SealedEvent } from '../facts/audit.ts'
import type { Store } from '../facts/store.ts'
import { type Origin, origin } from '../lib/origin.ts'
import { type BatchLog, type BatchLogOptions, createBatchLog, type Filling } from './batch-log.ts'
import { sealedEvent } from './sealed-event.ts'

export type AuditLogWriter = AuditLog & Omit<BatchLog<AuditEvent>, 'append' | 'lost'>

/** Writes audit events in batches; appending is idempotent by id. */
export function createAuditLog(store: Pick<Store, 'appendAudit'>, options: BatchLogOptions = {}): AuditLogWriter {
  const log = createBatchLog<AuditEvent, AuditBatch>(
    {
      open: openBatch,
      single: batch => batch.events.map(event => batchOf([event])),
      write: (org, batches) => store.appendAudit(org, batchOf(batches.flatMap(({ events }) => events))),
    },
    options,
  )
  return {
    full: log.full,
    flush: log.flush,
    close: log.close,
    append(org, event) {
      let made: AuditEvent
      try {
        made = placed(event(), origin())
      } catch (error) {
        return log.lost(org, error)
      }
      log.append(org, made)
    },
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

const batchOf = (events: readonly SealedEvent[]): AuditBatch => ({ count: events.length, events })

/** Events are sealed as they come. */
function openBatch(): Filling<AuditEvent, AuditBatch> {
  const events: SealedEvent[] = []
  let length = 0
  return {
    get count() {
      return events.length
    },
    get length() {
      return length
    },
    add(event) {
      const sealed = sealedEvent(event)
      length += sealed.open.length + sealed.parts.length
      events.push(sealed)
    },
    closed: () => batchOf(events),
  }
}
