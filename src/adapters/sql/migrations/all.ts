import { createHash } from 'node:crypto'
import { state } from './0001-state.ts'
import { draftBase } from './0002-draft-base.ts'
import { translations } from './0003-translations.ts'
import { stores } from './0004-stores.ts'
import { registry } from './0005-registry.ts'
import { changedOrgs } from './0006-changed-orgs.ts'
import { audit } from './0007-audit.ts'
import { engines } from './0008-engines.ts'
import { takeOnce } from './0009-take-once.ts'
import { deliveries } from './0010-deliveries.ts'
import { ledger } from './0011-ledger.ts'
import { ledgerCalls } from './0011-ledger-calls.ts'
import { ledgerLeases } from './0011-ledger-leases.ts'
import { auditChain } from './0012-audit-chain.ts'
import { usedHorizon } from './0013-used-horizon.ts'
import { plannedAnew } from './0014-planned-anew.ts'
import { ledgerIndexes } from './0015-ledger-indexes.ts'
import { ledgerLooks } from './0016-ledger-looks.ts'

/** One step of the schema. A released step is never edited: its checksum is kept in the database. */
export interface Migration {
  readonly id: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

const step = (id: number, name: string, sql: string): Migration => ({
  id,
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
})

/** All steps in order, numbered from 1 without gaps. */
export const MIGRATIONS: readonly Migration[] = [
  step(1, 'state', state),
  step(2, 'draft-base', draftBase),
  step(3, 'translations', translations),
  step(4, 'stores', stores),
  step(5, 'registry', registry),
  step(6, 'changed-orgs', changedOrgs),
  step(7, 'audit', audit),
  step(8, 'engines', engines),
  step(9, 'take-once', takeOnce),
  step(10, 'deliveries', deliveries),
  step(11, 'ledger', ledger + ledgerCalls + ledgerLeases),
  step(12, 'audit-chain', auditChain),
  step(13, 'used-horizon', usedHorizon),
  step(14, 'planned-anew', plannedAnew),
  step(15, 'ledger-indexes', ledgerIndexes),
  step(16, 'ledger-looks', ledgerLooks),
]
