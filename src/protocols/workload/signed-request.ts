import { signedFor } from '../../agents/trust.ts'
import { type Fetch, FetchError } from '../../lib/fetch.ts'
import { sha256 } from '../../lib/ids.ts'
import { fault, type WorkloadFault } from './fault.ts'
import { bindFault } from './jwt.ts'
import { awsName, principalIn } from './providers/aws.ts'
import type { Candidate, Found, Shown, WorkloadPorts } from './shown.ts'
import { type CallerIdentity, callerIdentityIn } from './sts-answer.ts'
import { SERVER_ID, type StsCall } from './sts-call.ts'
import { PRESIGNED, parsePresigned } from './sts-presigned.ts'
import { parseVaultShape } from './sts-vault.ts'

/** A signature counts this long, whatever the request itself says. */
const VALID_MS = 15 * 60_000

/** Whether this is a signed `GetCallerIdentity` request, in either of its two shapes, rather than a JWT. */
export const isSignedRequest = (token: string): boolean => token.startsWith(PRESIGNED) || token.startsWith('{')

/**
 * A request that AWS alone can tell who signed: it is sent on to STS, at the endpoint of a configuration. The header with
 * our issuer is among what was signed, so a request made for somebody else is worth nothing here.
 */
export async function verifySignedRequest(shown: Shown, ports: WorkloadPorts): Promise<Found | WorkloadFault> {
  const { token, provider, issuer, trusting } = shown
  if (provider !== null && provider !== 'aws') return fault('unknown_issuer', 'a signed request is of `aws`')
  const call = token.startsWith(PRESIGNED) ? parsePresigned(token) : parseVaultShape(token)
  if (call.kind === 'fault') return call
  if (call.serverId !== null && call.serverId !== issuer) {
    return fault('audience', `expected the signed header \`${SERVER_ID}\` to be \`${issuer}\``)
  }
  const candidates = trusting(signedFor(call.endpoint)).filter(c => c.config.provider === 'aws')
  if (candidates.length === 0) return fault('unknown_issuer', 'no active configuration has this STS endpoint')
  const now = ports.clock()
  const skew = Math.max(...candidates.map(c => c.config.skew)) * 1_000
  if (call.signedAt > now + skew) return fault('not_yet', 'the request is signed in the future')
  if (call.signedAt + VALID_MS <= now) return fault('expired', 'the request was signed more than 15 minutes ago')
  const identity = await ask(call, issuer, ports.fetch)
  return identity.kind === 'fault' ? identity : matched(call, identity, candidates)
}

async function ask(call: StsCall, issuer: string, fetch: Fetch): Promise<CallerIdentity | WorkloadFault> {
  try {
    const { status, text } = await fetch({
      method: call.method,
      url: call.endpoint + call.path,
      headers: { ...call.headers, accept: 'text/xml', [SERVER_ID]: issuer },
      ...(call.body !== null && { body: call.body }),
    })
    if (status !== 200) return fault('sts', `STS answered ${status}`)
    return callerIdentityIn(text) ?? fault('sts', 'STS answered no caller identity')
  } catch (error) {
    if (error instanceof FetchError) return fault('sts', error.message)
    throw error
  }
}

function matched(
  call: StsCall,
  { account, arn, userId }: CallerIdentity,
  candidates: readonly Candidate[],
): Found | WorkloadFault {
  const subject = canonicalArn(arn)
  const principal = principalIn(arn)
  if (subject === null || principal?.account !== account)
    return fault('provider', 'expected a role or a user of the account')
  const [roleId = '', session = ''] = userId.split(':')
  const claims = {
    iss: call.endpoint,
    sub: subject,
    role_id: roleId,
    ...(session !== '' && { session }),
    'https://sts.amazonaws.com/': { aws_account: account },
  }
  let first: WorkloadFault | null = null
  const matches = candidates.filter(({ config }) => {
    const { role_arn: bound } = config.bind
    const role = typeof bound === 'string' ? canonicalArn(bound) : null
    const wrong = bindFault(claims, { ...config, bind: { ...config.bind, role_arn: role } })
    first ??= wrong
    return wrong === null
  })
  if (matches.length === 0) return first ?? fault('bind', 'no configuration is for this role')
  return {
    kind: 'found',
    matches,
    issuer: call.endpoint,
    subject,
    name: awsName(subject),
    claims,
    id: `signature ${sha256(call.signature)}`,
    expiresAt: call.signedAt + VALID_MS,
  }
}

/**
 * A role by its name, whichever session of it is meant: sessions do not tell the path of their role, so it is left out of
 * both. Null for what is neither role nor user.
 */
export function canonicalArn(arn: string): string | null {
  const principal = principalIn(arn)
  if (principal === null) return null
  const { partition, account, path } = principal
  const [kind, ...names] = path.split('/')
  const name = kind === 'assumed-role' ? (names.length === 2 ? names[0] : undefined) : names.at(-1)
  if (name === undefined || name === '') return null
  return `arn:${partition}:iam::${account}:${kind === 'user' ? 'user' : 'role'}/${name}`
}
