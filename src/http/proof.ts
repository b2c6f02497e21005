import type { IncomingMessage } from 'node:http'
import { andThen } from '../lib/later.ts'
import { PdpError } from '../pdp/errors.ts'
import type { TokenPrincipal } from '../pdp/keys.ts'
import type { Service } from '../pdp/service.ts'
import { readProof } from '../pdp/tokens/dpop.ts'
import type { Credentials } from './credentials.ts'

type Shown = Extract<Credentials, { kind: 'token' }>

/**
 * The caller behind a token, once what the token is bound to was proved (RFC 9449 section 7): a bound token comes with a
 * proof of its key, and one that is not is no DPoP token. Fails with `unauthenticated`, `invalid_dpop_proof`.
 */
export function proved(
  service: Service,
  request: IncomingMessage,
  { text, scheme }: Shown,
  principal: TokenPrincipal,
): TokenPrincipal | Promise<TokenPrincipal> {
  const { jkt } = principal.token
  if (jkt === null && scheme === 'bearer') return principal
  if (jkt === null) throw new PdpError('unauthenticated', 'the access token is bound to no key; send it as `Bearer`')
  if (scheme === 'bearer') {
    throw new PdpError('unauthenticated', 'the access token is bound to a key; send it as `DPoP` with a proof')
  }
  const header = request.headers.dpop
  if (typeof header !== 'string') throw new PdpError('invalid_dpop_proof', 'expected one `DPoP` header with a proof')
  const proof = readProof(header, {
    method: request.method ?? '',
    uris: addressesOf(service.tokens.publicUrl, request.url ?? ''),
    token: text,
    now: service.clock(),
  })
  if (proof.kind === 'bad') throw new PdpError('invalid_dpop_proof', proof.why)
  if (proof.jkt !== jkt) throw new PdpError('invalid_dpop_proof', 'the DPoP proof is of another key than the token')
  return andThen(service.tokens.once.take(principal.org, proof.id, proof.until, proof.issuedAt), isFirst => {
    if (!isFirst) throw new PdpError('invalid_dpop_proof', 'the DPoP proof was used before')
    return principal
  })
}

/** Where a request may have been sent, in both spellings of an org's paths. */
export function addressesOf(publicUrl: string, url: string): readonly string[] {
  const path = url.split('?', 1)[0] ?? ''
  const also = path.startsWith('/orgs/') ? [`${publicUrl}/t/${path.slice('/orgs/'.length)}`] : []
  return [publicUrl + path, ...also]
}
