import { hash, type KeyObject } from 'node:crypto'
import {
  allowanceOf,
  CAPABILITY_TYPE,
  type Capability,
  type Caveats,
  capabilityOf,
  derivedOf,
  LINK_MARK,
  MOST,
  widened,
} from '../../agents/capability.ts'
import type { Allowance, Evidence } from '../../policy/evidence.ts'
import { thumbprintOf } from '../tokens/dpop.ts'
import { isSignedBy, type Jws, parseJws, verifyingKey } from '../tokens/jws.ts'

/** The key of an org by its `kid`; null for one that is not published. */
export type OrgKey = (kid: string) => { readonly alg: string; readonly key: KeyObject } | null

/** A capability whose every link was proved; whether it is alive and for whoever shows it is another question. */
export interface Chain {
  readonly kind: 'chain'
  readonly root: Capability
  /** What its last link says. */
  readonly leaf: Caveats
  /** The id of the last link: by it this one and all derived from it are revoked. */
  readonly id: string
  /** Ids of the links that were derived without the org, in their order. */
  readonly derived: readonly string[]
  readonly links: readonly Allowance[]
}

export type ReadChain = Chain | { readonly kind: 'bad'; readonly why: string }

const bad = (why: string): ReadChain => ({ kind: 'bad', why })

/** What names a link to the next one: of what was signed, so that no other spelling of a signature makes it another link. */
export const markOf = ({ signed }: Pick<Jws, 'signed'>): string => hash('sha256', signed, 'base64url')

/**
 * Reads the links of a capability, separated by `~`: the first one signed by the org, each other one by the key the link
 * before is bound to, and wider than it in nothing.
 */
export function readChain(text: string, keyOf: OrgKey): ReadChain {
  if (text.length > MOST.length) return bad(`it is longer than ${MOST.length} characters`)
  const [first = '', ...rest] = text.split(LINK_MARK)
  if (rest.length + 1 > MOST.links) return bad(`it has more than ${MOST.links} links`)
  const jws = linkIn(first)
  if (jws === null) return bad('it is no capability')
  const { kid, alg } = jws.header
  const found = typeof kid === 'string' ? keyOf(kid) : null
  if (found === null || found.alg !== alg || !isSignedBy(jws, found.key)) return bad('the org did not sign it')
  const root = capabilityOf(jws.payload)
  if (root === null) return bad('it is no capability')
  let before: { readonly jws: Jws; readonly caveats: Caveats } = { jws, caveats: root }
  const derived: string[] = []
  const links: Allowance[] = [...root.within, allowanceOf(root.jti, root)]
  for (const part of rest) {
    const next = linkIn(part)
    const caveats = next === null ? null : derivedOf(next.payload)
    if (next === null || caveats === null) return bad('a link of it is no capability')
    if (caveats.parent !== markOf(before.jws)) return bad('a link of it belongs to another one')
    const { jkt } = before.caveats
    const { jwk } = next.header
    const isKey = typeof jwk === 'object' && jwk !== null && !Array.isArray(jwk)
    const key = isKey ? verifyingKey(jwk as Record<string, string>) : null
    if (jkt === null || key === null || thumbprintOf(jwk as Record<string, string>) !== jkt || !isSignedBy(next, key)) {
      return bad('a link of it is not signed by the key that the one before is bound to')
    }
    const wider = widened(caveats, before.caveats)
    if (wider !== null) return bad(`a link of it is wider than the one before: ${wider}`)
    const id = `${root.jti}.${markOf(next)}`
    derived.push(id)
    links.push(allowanceOf(id, caveats))
    before = { jws: next, caveats }
  }
  return { kind: 'chain', root, leaf: before.caveats, id: derived.at(-1) ?? root.jti, derived, links }
}

function linkIn(text: string): Jws | null {
  const jws = parseJws(text)
  return jws === null || jws.header.typ !== CAPABILITY_TYPE || jws.header.crit !== undefined ? null : jws
}

/** The evidence that a proved capability is. */
export const evidenceOf = ({ root, id, links }: Chain): Evidence => ({
  kind: 'held',
  id,
  subject: root.subject,
  actors: root.actors,
  task: root.task,
  links,
})
