import { createHmac, randomBytes } from 'node:crypto'
import type { SealedSecret } from '../../agents/webhook.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import { PdpError } from '../errors.ts'

const PREFIX = 'whsec_'
const BYTES = 32

const boundTo = (org: string, of: string): string => `${org} webhook ${of}`

export interface MadeSecret {
  /** Shown once. */
  readonly text: string
  readonly sealed: SealedSecret
}

/** As it is shown, and as receivers have it. */
export const secretText = (bytes: Buffer): string => `${PREFIX}${bytes.toString('base64')}`

/** A new secret of one webhook. Fails with `signing_off` where there is no master key to seal it. */
export function newSecret(master: MasterKey | null, org: string, of: string, now: number): MadeSecret {
  if (master === null) throw noKey()
  const bytes = randomBytes(BYTES)
  const sealed = master.seal(bytes, boundTo(org, of))
  return { text: secretText(bytes), sealed: { sealed, sealedBy: master.id, createdAt: now, until: null } }
}

const noKey = (): PdpError =>
  new PdpError('signing_off', 'secrets of webhooks are kept under a master key: set LUMOAUTH_MASTER_KEY', {
    setting: 'LUMOAUTH_MASTER_KEY',
  })

/** The secrets that sign now, the newest first; empty where the master key opens none. */
export function secretsAt(
  master: MasterKey | null,
  org: string,
  of: string,
  secrets: readonly SealedSecret[],
  now: number,
): readonly Buffer[] {
  return secrets.flatMap(({ sealed, until }) => {
    const bytes = until === null || until > now ? (master?.open(sealed, boundTo(org, of)) ?? null) : null
    return bytes === null ? [] : [bytes]
  })
}

/**
 * What a receiver checks. Two of body alone, keyed with the secret as it was shown, whose names differ and which both count;
 * and one of id, time and body (Standard Webhooks), keyed with the bytes behind `whsec_`, which an old delivery cannot pass.
 */
export function signed(
  secrets: readonly Buffer[],
  id: string,
  at: number,
  body: string,
): Readonly<Record<string, string>> {
  const [newest] = secrets
  const seconds = String(Math.floor(at / 1_000))
  const mac = (key: string | Buffer, text: string, as: 'hex' | 'base64') =>
    createHmac('sha256', key).update(text).digest(as)
  const plain = newest === undefined ? null : mac(secretText(newest), body, 'hex')
  return {
    'webhook-id': id,
    'webhook-timestamp': seconds,
    'webhook-signature': secrets.map(key => `v1,${mac(key, `${id}.${seconds}.${body}`, 'base64')}`).join(' '),
    ...(plain !== null && { 'x-lumo-signature': plain, 'x-lumoauth-signature': `sha256=${plain}` }),
  }
}
