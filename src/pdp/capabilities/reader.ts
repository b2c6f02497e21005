import { hash } from 'node:crypto'
import type { AccessToken } from '../../agents/token.ts'
import { type DeadReason, deadBecause } from '../../facts/live.ts'
import type { Clock } from '../../lib/clock.ts'
import { Generations } from '../../lib/generations.ts'
import type { Evidence } from '../../policy/evidence.ts'
import type { OrgState } from '../org.ts'
import { readProof } from '../tokens/dpop.ts'
import type { Issuers } from '../tokens/issuer.ts'
import type { Once } from '../tokens/once.ts'
import type { SigningKeys } from '../tokens/signing-keys.ts'
import { type Chain, evidenceOf, readChain } from './chain.ts'

/** A capability as it was shown. */
export interface Shown {
  readonly text: string
  /** To whom it was shown; null: to this service. */
  readonly audience: string | null
  /** A proof of the key it is bound to, made for a request. */
  readonly proof: { readonly jwt: string; readonly method: string; readonly url: string } | null
  /** The key that whoever shows it has proved to hold, with its own token. */
  readonly jkt: string | null
}

export type ReadCapability =
  | { readonly kind: 'live'; readonly chain: Chain }
  | { readonly kind: 'dead'; readonly chain: Chain; readonly why: string }
  | { readonly kind: 'bad'; readonly why: string }

/** Reads capabilities of orgs as they are shown. */
export interface CapabilityReader {
  /** Whoever shows it, to whomever: whether it is one of this org's, and alive. */
  read(state: OrgState, text: string): ReadCapability
  /** What it is worth to whoever shows it: evidence in any case, so that a refusal is decided and logged as well. */
  evidence(state: OrgState, shown: Shown): Promise<Evidence>
}

export interface ReaderPorts {
  readonly keys: SigningKeys
  readonly issuers: Issuers
  readonly once: Once
  readonly clock: Clock
}

/** Capabilities remembered, twice this at the most. */
const KEPT = 5_000

const DEAD: Readonly<Record<DeadReason, string>> = {
  expired: 'it has ended',
  not_yet: 'it is not valid yet',
  revoked: 'it was revoked',
  ancestor_revoked: 'what it came from was revoked',
  identity_not_active: 'whom it names is not active',
  consent_ended: 'the consent it rests on has ended',
  task_ended: 'the task it is for is over, or suspended',
  approval_ended: 'the approval it rests on has ended',
}

export function createCapabilityReader({ keys, issuers, once, clock }: ReaderPorts): CapabilityReader {
  // By digest, with the keys that proved it looked up anew each time: a key that is withdrawn takes them with it.
  const known = new Generations<string, Chain>(KEPT)

  const read: CapabilityReader['read'] = (state, text) => {
    const place = `${state.org.slug} ${hash('sha256', text, 'base64')}`
    const kept = known.get(place)
    const kid = (text.split('.', 1)[0] ?? '').slice(0, 1_000)
    const chain = kept !== undefined && isKeyThere(state, kid) ? kept : readChain(text, id => keys.verifier(state, id))
    if (chain.kind === 'bad') return chain
    if (chain.root.org !== state.org.slug || chain.root.issuer !== issuers.of(state.org.slug)) {
      return { kind: 'bad', why: 'it is of another org' }
    }
    known.set(place, chain)
    const why = deadWhy(state, chain, clock())
    return why === null ? { kind: 'live', chain } : { kind: 'dead', chain, why }
  }

  const isKeyThere = (state: OrgState, header: string): boolean => {
    try {
      const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly kid?: unknown }
      return typeof kid === 'string' && keys.verifier(state, kid) !== null
    } catch {
      return false
    }
  }

  return {
    read,
    async evidence(state, { text, audience, proof, jkt }) {
      const found = read(state, text)
      if (found.kind !== 'live') return refused(found.why)
      const { leaf } = found.chain
      const to = audience ?? issuers.of(state.org.slug)
      if (!leaf.audience.includes(to)) return refused(`it is for another audience than \`${to}\``)
      if (leaf.jkt === null || leaf.jkt === jkt) return evidenceOf(found.chain)
      if (proof === null) return refused('it is bound to a key: a proof of it is needed')
      if (!isOf(proof.url, to)) return refused('the proof is for an address of somebody else')
      const shown = readProof(proof.jwt, { method: proof.method, uris: [proof.url], token: text, now: clock() })
      if (shown.kind === 'bad') return refused(shown.why)
      if (shown.jkt !== leaf.jkt) return refused('the proof is of another key')
      const isFirst = await once.take(state.org.slug, shown.id, shown.until)
      return isFirst ? evidenceOf(found.chain) : refused('the proof was used before')
    },
  }
}

/** A proof that was made for one audience is none for another. */
const isOf = (url: string, audience: string): boolean =>
  URL.canParse(url) &&
  (!/^https?:/.test(audience) || (URL.canParse(audience) && new URL(url).origin === new URL(audience).origin))

const refused = (why: string): Evidence => ({ kind: 'refused', why })

/** Why it is worth nothing any more: as a token from the same root would be, or for one of its own links. */
function deadWhy({ registry }: OrgState, { root, leaf, derived, links }: Chain, now: number): string | null {
  const token: AccessToken = {
    jti: root.jti,
    issuer: root.issuer,
    org: root.org,
    subject: root.subject,
    actors: root.actors,
    clientId: root.clientId,
    audience: root.audience,
    scopes: [],
    issuedAt: root.issuedAt,
    expiresAt: Math.min(...links.map(({ until }) => until)),
    lineage: root.lineage,
    consents: root.consents,
    jkt: root.jkt,
    task: root.task,
    mayAct: null,
  }
  const why = deadBecause(token, registry, now)
  if (why !== null) return DEAD[why]
  const last = derived.at(-1)
  const dead = derived.find(id => registry.tokenRevokedAt(id) !== null)
  if (dead !== undefined) return dead === last ? DEAD.revoked : DEAD.ancestor_revoked
  return now < leaf.from ? DEAD.not_yet : null
}
