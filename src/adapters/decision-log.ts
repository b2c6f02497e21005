import type { Loggable } from '../facts/logged.ts'
import type { DecisionBatch, DecisionLog, Store } from '../facts/store.ts'
import { type BatchLog, type BatchLogOptions, createBatchLog } from './batch-log.ts'
import { batchOf, openBatch, textOf } from './sql/decision-batch.ts'
import { rowsIn } from './sql/decision-rows.ts'

export type DecisionLogWriter = DecisionLog & BatchLog<Loggable>

/** Writes decisions in batches; appending is idempotent by id. */
export const createDecisionLog = (
  store: Pick<Store, 'appendDecisions'>,
  options: BatchLogOptions = {},
): DecisionLogWriter =>
  createBatchLog<Loggable, DecisionBatch>(
    {
      open: openBatch,
      single: batch => rowsIn(textOf(batch)).map(row => batchOf([row])),
      write: store.appendDecisions,
    },
    options,
  )
