import type { Agent } from '../../../agents/agent.ts'
import { delegate, type Narrowed, narrow } from '../../../agents/delegation.ts'
import { type Service as Client, subjectOf, type User } from '../../../agents/identity.ts'
import { targetOf } from '../../../agents/target.ts'
import { type AccessToken, scopesIn } from '../../../agents/token.ts'
import { timedId } from '../../../lib/ids.ts'
import { targetsOf } from '../../../pdp/tokens/audience.ts'
import { printEntity } from '../../../policy/entity.ts'
import { OauthError } from '../error.ts'
import { answerWith, askedOf, clientOf, type TokenRequest } from '../grant.ts'
import { ID_JAG, type IdJag, readIdJag, type SignedByIdp } from '../id-jag.ts'
import { scopesAsked } from '../params.ts'
import { type AssertionGrant, JWT_BEARER } from './jwt-bearer.ts'
import { refusalOf, settingOf } from './own-tokens.ts'

/**
 * A user's identity, asserted by a provider the org trusts to a client of ours, for one MCP server. An agent acts for the
 * user, within the org's rules of delegation; a service gets the user's token with no more than its capabilities.
 */
export const idJagAssertion =
  (signedBy: SignedByIdp): AssertionGrant =>
  async (request, text) => {
    if (typeOf(text) !== ID_JAG) return null
    const { client } = clientOf(request)
    const { service, state } = request
    try {
      if (client.status !== 'active') throw new OauthError('access_denied', `\`${client.slug}\` is ${client.status}`)
      const jag = await proved(request, client, text, signedBy)
      const user = userOf(request, jag)
      const found = narrowedFor(request, client, user, jag)
      // What comes of it ends with it, and it counts once.
      const narrowed = { ...found, notAfter: Math.min(found.notAfter, jag.expiresAt), lineage: [] }
      if (!(await service.tokens.once.take(state.org.slug, `id-jag ${jag.idp.issuer} ${jag.jti}`, jag.expiresAt))) {
        throw bad('the assertion was used before')
      }
      told(request, client, 'identity_assertion.accepted', {
        issuer: jag.idp.issuer,
        subject: printEntity(subjectOf(user)),
      })
      return await answerWith(request, {
        ...askedOf(request),
        client,
        subject: found.subject,
        actors: found.actors,
        grant: JWT_BEARER,
        scopes: scopesAsked(request.params) ?? (jag.scope === null ? null : narrowed.scopes),
        narrowed,
      })
    } catch (error) {
      if (error instanceof OauthError) {
        told(request, client, 'identity_assertion.refused', { error: error.code, reason: error.message })
      }
      throw error
    }
  }

const bad = (why: string): OauthError => new OauthError('invalid_grant', why)

async function proved(
  request: TokenRequest,
  client: Agent | Client,
  text: string,
  signedBy: SignedByIdp,
): Promise<IdJag> {
  const { service, state, jkt } = request
  const read = readIdJag(text, {
    issuer: service.tokens.issuers.of(state.org.slug),
    client: client.id,
    jkt,
    trusted: state.registry.settings.trustedIdps,
    now: service.clock(),
  })
  if ('why' in read) throw bad(read.why)
  switch (await signedBy(read.idp, read.jws)) {
    case 'signed':
      break
    case 'not_signed':
      throw bad('the assertion is not signed by a key of its provider')
    case 'no_keys':
      throw bad('the keys of the identity provider cannot be had now; try again shortly')
  }
  // Keys may have to be fetched, and meanwhile the provider may no longer be trusted.
  if (!state.registry.settings.trustedIdps.includes(read.idp)) {
    throw bad('the assertion is of an identity provider this org does not trust')
  }
  return read
}

/** The user of the org that is meant: by id, or else by an address that one user alone has. */
function userOf({ state: { registry } }: TokenRequest, { subject, email }: IdJag): User {
  const wanted = email?.toLowerCase()
  const others = () => [...registry.users.values()].filter(one => one.email?.toLowerCase() === wanted)
  const byId = registry.users.get(subject)
  const found = byId !== undefined ? [byId] : wanted === undefined ? [] : others()
  const [user] = found
  if (user === undefined || found.length > 1) throw bad('the assertion is of no user this org knows')
  if (user.status !== 'active') throw new OauthError('access_denied', `the user \`${user.id}\` is ${user.status}`)
  return user
}

/** What the token may hold at the most, and who acts. */
function narrowedFor(request: TokenRequest, client: Agent | Client, user: User, jag: IdJag): Narrowed {
  const { state } = request
  const setting = settingOf(request)
  const wanted = { scopes: scopesAsked(request.params), audience: [audienceOf(request, client, jag)] }
  const subject = subjectOf(user)
  const offered = jag.scope === null ? client.capabilities : scopesIn(jag.scope)
  const scopes = offered.filter(scope => setting.holds(client.capabilities, scope))
  const parent = asToken(request, client, subject, scopes, jag.expiresAt)
  if (client.kind === 'service') {
    const found = narrow(parent, wanted, setting)
    if (!found.ok) throw refusalOf(found)
    return found
  }
  const requireConsent = jag.idp.requireConsent === true
  const agent = { ...client, delegation: { ...client.delegation, requireConsent } }
  const consents = requireConsent ? state.registry.consentsOf(user.id) : []
  const found = delegate(parent, parent, agent, [], consents, wanted, setting)
  if (!found.ok) throw refusalOf(found)
  return found
}

/** What the provider gave, said as the token it stands for. */
function asToken(
  { service, state }: TokenRequest,
  client: Agent | Client,
  subject: AccessToken['subject'],
  scopes: readonly string[],
  expiresAt: number,
): AccessToken {
  const issuer = service.tokens.issuers.of(state.org.slug)
  return {
    jti: '',
    issuer,
    org: state.org.slug,
    subject,
    actors: [],
    clientId: client.id,
    audience: [issuer],
    scopes,
    issuedAt: service.clock(),
    expiresAt,
    lineage: [],
    consents: [],
    jkt: null,
    task: null,
    mayAct: null,
  }
}

/** The MCP server of the assertion; whatever else the request names is another one. */
function audienceOf(request: TokenRequest, client: Agent | Client, { resource }: IdJag): string {
  const { service, state } = request
  const server = targetOf(state.registry, resource)
  if (server === undefined) throw new OauthError('invalid_target', 'the assertion is for no MCP server of this org')
  const named = [server.resourceUri, ...askedOf(request).resources]
  const found = targetsOf(state, client, service.tokens.issuers.of(state.org.slug), named)
  if (found.kind === 'refused') throw new OauthError('invalid_target', found.why)
  return server.resourceUri
}

function told(
  { service, state, ip }: TokenRequest,
  client: Agent | Client,
  kind: 'identity_assertion.accepted' | 'identity_assertion.refused',
  data: Readonly<Record<string, string>>,
): void {
  const at = service.clock()
  const who = printEntity(subjectOf(client))
  service.audit.append(state.org.slug, () => ({
    id: timedId('log', at),
    at,
    kind,
    actor: who,
    target: who,
    data: { ...data, ip },
  }))
}

function typeOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as { typ?: unknown }).typ : null
  } catch {
    return null
  }
}
