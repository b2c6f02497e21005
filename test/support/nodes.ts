import type { Notifier, Store } from '../../src/facts/store.ts'
import type { OrgLimits } from '../../src/pdp/loads.ts'
import { createService, type Service } from '../../src/pdp/service.ts'
import { loadShipped } from '../../src/server.ts'

export const shipped = loadShipped()

/** Hears nothing and tells nobody: every message between nodes is lost. */
export const DEAF: Notifier = { announce() {}, listen() {}, callIn() {}, onCallIn() {}, async close() {} }

/** A node without HTTP, whose decisions are logged nowhere. */
export const nodeOn = (store: Store, limits?: OrgLimits, notifier: Notifier = DEAF): Service =>
  createService({
    store,
    notifier,
    log: { append() {}, lost() {}, full: () => false },
    audit: { append: () => undefined, full: () => false },
    publicUrl: 'http://127.0.0.1',
    masterKey: null,
    clock: Date.now,
    shipped,
    bootstrapHash: '0'.repeat(64),
    staleAfter: null,
    ...(limits !== undefined && { limits }),
  })
