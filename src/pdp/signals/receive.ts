import { timingSafeEqual } from 'node:crypto'
import type { Signal } from '../../agents/signal.ts'
import type { Transmitter } from '../../agents/transmitter.ts'
import { sha256, timedId } from '../../lib/ids.ts'
import { printEntity } from '../../policy/entity.ts'
import { PdpError } from '../errors.ts'
import type { JwksCache } from '../jwks.ts'
import type { OrgState } from '../org.ts'
import type { Service } from '../service.ts'
import { effectOf, effects } from './effects.ts'
import { signalOf } from './risk.ts'
import { LONGEST, type ReadSet, type RefusedSet, readSet, refused, type SetEvent } from './set.ts'
import { isSigned } from './signed.ts'
import { meantBy } from './subject.ts'

export interface ReceivePorts {
  readonly service: Service
  readonly jwks: JwksCache
}

export type Received = { readonly kind: 'taken'; readonly jti: string } | RefusedSet

/** How long after it was made an event that was begun with and not finished may be finished. */
const UNFINISHED = 3_600_000
const HEARD = 50
const TRIES = 8

/**
 * Takes a security event token: believes it for its signature, once, and does what its events say. What is not understood or
 * about nobody here is taken as well, and only noted. `authorization` is the header it came with; null: it was fetched.
 */
export async function receive(
  ports: ReceivePorts,
  state: OrgState,
  text: string,
  from:
    | { readonly kind: 'pushed'; readonly authorization: string | undefined }
    | { readonly kind: 'polled'; readonly id: string },
): Promise<Received> {
  const { service, jwks } = ports
  const { org, registry } = state
  const issuer = service.tokens.issuers.of(org.slug)
  const read = readSet(text, { transmitters: registry.transmitters.values(), issuer, now: service.clock() })
  if (read.kind === 'refused') return read
  const { transmitter, jws, jti, issuedAt } = read
  if (from.kind === 'polled' && from.id !== transmitter.id) {
    return refused('invalid_issuer', 'it is of another transmitter than it was fetched from')
  }
  if (from.kind === 'pushed' && !isAuthorized(transmitter, from.authorization)) {
    return refused('authentication_failed', 'the `Authorization` it came with is not the one agreed on')
  }
  const signature = await isSigned(jwks, transmitter, jws)
  if (signature === 'no_keys') throw new PdpError('unavailable', 'the keys of the transmitter cannot be had; try again')
  if (signature === 'not_signed') return refused('invalid_key', 'no key of the transmitter has signed it')
  const id = `set ${transmitter.issuer} ${jti}`
  const isFirst = await service.tokens.once.take(org.slug, id, issuedAt + LONGEST)
  for (const [n, event] of read.events.entries()) await apply(ports, state, read, event, `${sha256(id)} ${n}`, isFirst)
  return { kind: 'taken', jti }
}

/** Compared by digests of one length. */
function isAuthorized({ authorization }: Transmitter, sent: string | undefined): boolean {
  if (authorization === null) return true
  return timingSafeEqual(Buffer.from(sha256(sent ?? ''), 'hex'), Buffer.from(authorization, 'hex'))
}

/** Does what one event says, by the state as it is; once, also where a node died before it was done. */
async function apply(
  { service }: ReceivePorts,
  state: OrgState,
  { transmitter, issuedAt, jti }: ReadSet,
  event: SetEvent,
  print: string,
  isFirst: boolean,
): Promise<void> {
  const { org } = state
  const source = `transmitter:${transmitter.id}`
  const note = (kind: string, data: Readonly<Record<string, string>>): void => {
    const at = service.clock()
    service.audit.append(org.slug, () => ({
      id: timedId('log', at),
      at,
      kind,
      actor: source,
      target: source,
      data: { event: event.type, jti, ...data },
    }))
  }
  const effect = effectOf(transmitter, event.type)
  const meant = effect === null ? null : meantBy(state, transmitter, event.subject, service.tokens.issuers.of(org.slug))
  if (effect === null || meant === null) {
    if (isFirst) note('security.ignored', { reason: effect === null ? 'no effect here' : 'unknown subject' })
    return
  }
  for (let tries = 1; ; tries += 1) {
    const now = service.clock()
    const found = meant.kind === 'entity' ? signalOf(state, meant.entity, now) : null
    if (meant.kind === 'token' && state.registry.tokenRevokedAt(meant.jti) !== null) return
    if (!isFirst && (found?.heard.includes(print) === true || issuedAt < now - UNFINISHED)) return
    const signal: Signal | null = found === null ? null : { ...found, heard: [...found.heard, print].slice(-HEARD) }
    const changes = effects(state, effect, event, meant, signal, { source, at: timeOf(event, issuedAt, now), now })
    if (changes.length === 0) {
      if (isFirst) note('security.ignored', { reason: 'nothing new, or nothing that is understood' })
      return
    }
    try {
      await service.write(state, changes, 'ignore')
      const subject = meant.kind === 'entity' ? printEntity(meant.entity) : `token:${meant.jti}`
      return note('security.received', { subject, effect })
    } catch (error) {
      if (!(error instanceof PdpError && error.code === 'stale_version') || tries === TRIES) throw error
      await service.orgs.catchUp(org.slug, await service.store.revision(org.slug))
    }
  }
}

/** When it happened, by their clock, and never in the future of ours. */
function timeOf({ claims }: SetEvent, issuedAt: number, now: number): number {
  const { event_timestamp: at } = claims
  const told = typeof at === 'number' && at > 0 ? (at > 1e11 ? at : at * 1000) : issuedAt
  return Math.min(told, now)
}
