import type { AuditLog } from '../../facts/audit.ts'
import type { Store } from '../../facts/store.ts'
import type { UsedIds } from '../../facts/used-ids.ts'
import type { Clock } from '../../lib/clock.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import { type CapabilityReader, createCapabilityReader } from '../capabilities/reader.ts'
import type { Orgs } from '../orgs.ts'
import type { Writer } from '../write.ts'
import { createTokenIssuer, type TokenIssuer } from './issue.ts'
import { createIssuers, type Issuers } from './issuer.ts'
import type { Decide } from './obtain.ts'
import { createOnce, type Once } from './once.ts'
import { createTokenRevoker, type TokenRevoker } from './revoke.ts'
import { createSigningKeys, type SigningKeys } from './signing-keys.ts'
import { createTokenVerifier, type TokenVerifier } from './verify.ts'

/** Everything about the access tokens this service makes. */
export interface Tokens extends TokenIssuer, TokenVerifier, TokenRevoker {
  readonly publicUrl: string
  readonly issuers: Issuers
  readonly keys: SigningKeys
  readonly once: Once
  readonly capabilities: CapabilityReader
}

export interface TokenPorts {
  readonly store: Pick<Store, 'revision'> & UsedIds
  readonly orgs: Orgs
  readonly write: Writer
  readonly decide: Decide
  readonly audit: AuditLog
  readonly clock: Clock
  readonly publicUrl: string
  readonly masterKey: MasterKey | null
  /** No other node works on the store. */
  readonly alone?: boolean
}

export function createTokens(ports: TokenPorts): Tokens {
  const { store, orgs, write, decide, audit, clock, publicUrl, masterKey, alone = false } = ports
  const issuers = createIssuers(publicUrl)
  const refresh = async (slug: string): Promise<unknown> => orgs.catchUp(slug, await store.revision(slug))
  const keys = createSigningKeys(masterKey, write, refresh, clock)
  const once = createOnce(store, clock, alone)
  return {
    publicUrl,
    issuers,
    keys,
    once,
    capabilities: createCapabilityReader({ keys, issuers, once, clock }),
    ...createTokenVerifier(keys, issuers, clock),
    ...createTokenIssuer({ keys, issuers, decide, audit, clock }),
    ...createTokenRevoker({ write, clock }),
  }
}
