import { LIBSODIUM } from '../../src/pdp/tokens/ed25519.ts'

/** What is unequal in the table of tokens. */
export const TOKEN_NOTES = (pinned: boolean): readonly string[] => [
  'The case: a client gets a signed access token (RFC 9068, EdDSA) for a resource with two scopes, one request after another',
  'on each kept-alive connection, by secret or by an assertion signed with Ed25519. Assertions are signed before the clock',
  'starts, and each is used once.',
  '',
  'What is unequal:',
  '',
  '- **ours** asks the engine three questions for each token (the resource and each scope; the org has 100 rules beside those',
  '  that ship), logs each decision with its facts, writes an audit event, counts the client and the address against their',
  '  limits, and keeps a hash of the secret. The `jti` of an assertion is noted in memory and written to the embedded database',
  '  within a quarter of a second, under a horizon written before: it counts once, also after a kill and a restart.',
  LIBSODIUM === null
    ? '  Node.js itself signs and verifies, as for the other: `sodium-native` is not installed.'
    : '  Libsodium signs and verifies, since `sodium-native` is installed; the other has no place for it.',
  ...(pinned
    ? [
        '  The database is a thread of the same process, which shares the core of the client; in the row **database on the same',
        '  core** everything the process does is held to one core.',
      ]
    : []),
  '- **oidc-provider** decides nothing, logs nothing, keeps secrets as they are and what was used in the memory of its process,',
  '  where a restart forgets it. It is a Koa application and is served as it is, without anything before it.',
  '- "log written" counts the time until the last decision is in the database. Processor time is that of the server process for',
  '  one token, all its threads together: ours includes the database.',
  '- Where other programs want the same cores, a server of several threads gets more of them than one of a single thread:',
  '  oidc-provider signs in threads of its own, and the database of ours gives way to all others. Then processor time says',
  '  more than throughput.',
]

export const USE_NOTES: readonly string[] = [
  '**Introspect**: 256 different tokens, by the client they were given to, which proves itself with its secret each time.',
  '**Check**: an AuthZEN evaluation by an agent that shows a token of the org; the token is looked at each time, and the rules',
  'are asked whether the agent may check. oidc-provider does not introspect tokens of this form, and makes no decisions.',
]

export const ORG_NOTES: readonly string[] = [
  'Each org has an agent and a secret. There is room in memory for as many orgs as are asked: all others are rows, dropped as',
  'soon as others come. Memory is that of live objects, beside the embedded database; what is left of an org is so little that',
  'it also shows what else the process came to hold meanwhile. An org that was not asked for long is loaded first; one that was',
  'never asked for a token is given its signing key as well, which is written before it signs.',
]
