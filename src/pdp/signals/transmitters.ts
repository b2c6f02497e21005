import { jwksProblem, jwksUriProblem } from '../../agents/jwks.ts'
import type { Transmitter } from '../../agents/transmitter.ts'
import { sha256, timedId } from '../../lib/ids.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { amend, type Editor, put } from '../registering.ts'
import type { Service } from '../service.ts'

/** Transmitters of one org at the most. */
const MOST = 50

/** What is said of a transmitter. Secrets as they are sent; a null takes one away. */
export interface TransmitterSaid
  extends Partial<
    Pick<
      Transmitter,
      'name' | 'issuer' | 'jwksUri' | 'jwks' | 'algorithms' | 'audiences' | 'events' | 'subjects' | 'isActive'
    >
  > {
  readonly pushAuthorization?: string | null
  readonly poll?: { readonly url: string; readonly authorization: string | null; readonly everySeconds: number } | null
}

const boundTo = (org: string, id: string): string => `${org} transmitter ${id}`

/** What is sent with a poll; null: nothing. Fails with `signing_off` where the master key does not open it. */
export function pollAuthorization(master: MasterKey | null, org: string, { id, poll }: Transmitter): string | null {
  if (poll === null || poll.sealed === null) return null
  const opened = master?.open(poll.sealed, boundTo(org, id)) ?? null
  if (opened === null) throw new PdpError('signing_off', `the master key does not open what \`${id}\` is polled with`)
  return opened.toString()
}

/** Fails with `identity_not_found`. */
export function transmitterNamed({ registry }: OrgState, id: string): Transmitter {
  const found = registry.transmitters.get(id)
  if (found === undefined) throw new PdpError('identity_not_found', `there is no transmitter \`${id}\``)
  return found
}

export async function createTransmitter(
  pdp: Service,
  master: MasterKey | null,
  state: OrgState,
  said: TransmitterSaid & { readonly issuer: string },
  by: string,
): Promise<Transmitter> {
  if (state.registry.transmitters.size >= MOST) {
    throw new PdpError('status_conflict', `an org has at most ${MOST} transmitters; remove one first`)
  }
  const now = pdp.clock()
  const bare: Transmitter = {
    kind: 'transmitter',
    id: timedId('trm', now),
    name: said.issuer,
    issuer: said.issuer,
    jwksUri: null,
    jwks: null,
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    audiences: null,
    events: null,
    subjects: { sub: 'user_id', email: true },
    isActive: true,
    authorization: null,
    poll: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  const made = { ...withSaid(master, state, bare, said), version: 1 }
  await pdp.write(state, [put(made, by, null)])
  return made
}

export function updateTransmitter(
  pdp: Service,
  master: MasterKey | null,
  state: OrgState,
  id: string,
  said: TransmitterSaid,
  editor: Editor,
): Promise<Transmitter> {
  const read = () => transmitterNamed(state, id)
  return amend(pdp, state, read, editor, before => ({
    entry: { ...withSaid(master, state, before, said), updatedAt: pdp.clock() },
  }))
}

/** What it said stays as it was heard; nothing more of it is believed. */
export async function deleteTransmitter(pdp: Service, state: OrgState, id: string, by: string): Promise<void> {
  transmitterNamed(state, id)
  await pdp.write(state, [{ kind: 'unregistered', of: 'transmitter', id, by }], 'ignore')
}

function withSaid(
  master: MasterKey | null,
  state: OrgState,
  before: Transmitter,
  { pushAuthorization, poll, ...said }: TransmitterSaid,
): Transmitter {
  const after: Transmitter = {
    ...before,
    ...said,
    ...(pushAuthorization !== undefined && {
      authorization: pushAuthorization === null ? null : sha256(pushAuthorization),
    }),
    ...(poll !== undefined && { poll: poll === null ? null : sealedPoll(master, state.org.slug, before.id, poll) }),
    version: before.version + 1,
  }
  const problem = problemOf(state, after)
  if (problem !== null) throw new PdpError('invalid_request', problem)
  return after
}

function sealedPoll(
  master: MasterKey | null,
  org: string,
  id: string,
  { url, authorization, everySeconds }: NonNullable<TransmitterSaid['poll']>,
): NonNullable<Transmitter['poll']> {
  if (authorization === null) return { url, sealed: null, everySeconds }
  if (master === null) {
    throw new PdpError('signing_off', 'what a transmitter is polled with is kept under a master key', {
      setting: 'LUMOAUTH_MASTER_KEY',
    })
  }
  return { url, sealed: master.seal(Buffer.from(authorization), boundTo(org, id)), everySeconds }
}

/** INVARIANT: an issuer is one transmitter at the most, whose keys are known or can be fetched. */
function problemOf({ registry }: OrgState, { id, issuer, jwks, jwksUri }: Transmitter): string | null {
  if ((jwks === null) === (jwksUri === null)) return 'expected `jwks` or `jwks_uri`, one of them'
  if ([...registry.transmitters.values()].some(other => other.id !== id && other.issuer === issuer)) {
    return `another transmitter has the issuer \`${issuer}\``
  }
  return jwks === null ? jwksUriProblem(jwksUri ?? '') : jwksProblem(jwks)
}
