/** Where our answer is not the peer's: ours, and why it stays. */
export interface Difference {
  readonly ours: readonly [status: number, error: string | null]
  readonly reason: string
}

const as = (ours: Difference['ours'], reason: string, names: readonly string[]): readonly [string, Difference][] =>
  names.map(name => [name, { ours, reason }])

const CLIENT = [401, 'invalid_client'] as const
const REQUEST = [400, 'invalid_request'] as const
const SCOPE = [400, 'invalid_scope'] as const

export const DIFFERENCES: ReadonlyMap<string, Difference> = new Map([
  ...as(CLIENT, 'whoever tried to authenticate by the header is told with 401 and a challenge (RFC 6749 5.2)', [
    'basic: empty secret',
    'basic: empty id',
    'basic: no colon',
    'basic: nothing behind it',
    'basic: nothing but a space',
    'basic: not base64',
    'basic: two values',
    'basic: broken percent-encoding',
    'basic: a secret with a NUL',
  ]),
  ...as(CLIENT, 'a method that is not taken, or none, is `invalid_client` (RFC 6749 5.2)', [
    'basic: another scheme',
    'basic: a bearer token',
    'post: no client at all',
    'request: credentials in the query',
  ]),
  ...as(REQUEST, 'a client id is of visible characters (RFC 6749 A.1): the request is malformed, whoever sent it', [
    'post: an id with a NUL',
  ]),
  ...as(REQUEST, 'no parameter comes twice, known or not (RFC 6749 3.2)', ['request: an unknown parameter twice']),
  ...as(REQUEST, 'a form is UTF-8 in whole escapes (RFC 6749 B): what else it might say is not guessed', [
    'request: broken percent-encoding',
    'request: bytes that are no UTF-8',
  ]),
  ...as(
    SCOPE,
    'where nothing that was asked for may be had, the client is told, not given an empty token (RFC 6749 3.3)',
    ['request: unknown scope', 'request: scope in capitals', 'request: offline_access'],
  ),
  ...as(SCOPE, 'a scope parameter has a bounded length', ['request: a very long scope']),
  ...as([405, 'method_not_allowed'], 'the path is there and takes POST alone, which `Allow` says (RFC 9110 15.5.6)', [
    'request: GET',
    'request: PUT',
    'request: DELETE',
  ]),
  ...as(CLIENT, 'an assertion is for this server alone: what it shares an audience with could use it here', [
    'assertion: others in the list',
  ]),
  ...as(
    CLIENT,
    'an assertion lives five minutes at the most (RFC 7523 3 lets a server say so), so that its `jti` is kept as long',
    ['assertion: an end in a year', 'assertion: issued in an hour'],
  ),
  ...as(CLIENT, 'a header that must be understood and is not refuses the token (RFC 7515 4.1.11)', [
    'assertion: b64 false',
  ]),
  ...as(CLIENT, 'an assertion that is not valid is `invalid_client`, in whatever way (RFC 7521 4.2.1)', [
    'assertion: not a JWT',
    'assertion: two parts',
    'assertion: four parts',
    'assertion: five parts',
    'assertion: claims that are no JSON',
    'assertion: claims that are a list',
  ]),
  ...as(CLIENT, 'base64url has no padding and letters of its own (RFC 7515 2)', [
    'assertion: padded base64',
    'assertion: plain base64',
  ]),
  ...as(CLIENT, 'a token has a bounded length', ['assertion: of 100 kB']),
  ...as(CLIENT, '`client_id` must name the client of the assertion, or it is not valid (RFC 7521 4.2)', [
    'assertion: another client_id',
    'assertion: an unknown client_id',
  ]),
  ...as(
    [400, 'invalid_dpop_proof'],
    'a proof that is sent and is none is refused: a bearer token is not what was asked for',
    ['dpop: empty'],
  ),
])
