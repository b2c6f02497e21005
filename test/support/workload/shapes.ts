import type { Provider, TrustConfig } from '../../../src/agents/trust.ts'

/** An instant all these tests happen at, in milliseconds. */
export const NOW = Date.UTC(2026, 2, 4, 5, 6, 7)
export const US = 'https://auth.test/orgs/acme-corp/api/v1'

type Claims = Readonly<Record<string, unknown>>

/** The tokens of a platform, as it makes them, and the configuration of an agent that accepts them. */
export interface Shape {
  readonly alg: string
  readonly keyUse: string
  readonly header: Claims
  readonly claims: Claims
  readonly config: Pick<TrustConfig, 'provider' | 'issuer' | 'algorithms' | 'bind'>
  /** As its agent's view of itself shows it. */
  readonly name: string
}

const seconds = NOW / 1_000
const life = { iat: seconds - 10, nbf: seconds - 10, exp: seconds + 600, aud: US }
const TENANT = '11111111-2222-3333-4444-555555555555'

const kubernetes: Shape = {
  alg: 'RS256',
  keyUse: 'sig',
  header: {},
  claims: {
    ...life,
    aud: [US],
    iss: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC',
    jti: 'k8s-1',
    sub: 'system:serviceaccount:prod:research-bot',
    'kubernetes.io': {
      namespace: 'prod',
      serviceaccount: { name: 'research-bot', uid: 'uid-1' },
      pod: { name: 'research-bot-abc', uid: 'pod-1' },
      node: { name: 'node-1', uid: 'node-uid-1' },
      warnafter: seconds + 500,
    },
  },
  config: {
    provider: 'kubernetes',
    issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC',
    algorithms: ['RS256'],
    bind: { namespace: 'prod', service_account: 'research-bot', service_account_uid: 'uid-1' },
  },
  name: 'kubernetes:prod:research-bot',
}

const aws: Shape = {
  alg: 'ES384',
  keyUse: 'sig',
  header: { typ: 'JWT' },
  claims: {
    ...life,
    iss: 'https://abc123.tokens.sts.global.api.aws',
    jti: 'aws-1',
    sub: 'arn:aws:iam::123456789012:role/analyst-server',
    'https://sts.amazonaws.com/': {
      aws_account: '123456789012',
      source_region: 'eu-west-1',
      org_id: 'o-abc',
      principal_tags: { team: 'research' },
    },
  },
  config: {
    provider: 'aws',
    issuer: 'https://abc123.tokens.sts.global.api.aws',
    algorithms: ['RS256', 'ES384'],
    bind: { role_arn: 'arn:aws:iam::123456789012:role/analyst-server', account_id: '123456789012', org_id: 'o-abc' },
  },
  name: 'aws:sts:analyst-server',
}

const gcp: Shape = {
  alg: 'RS256',
  keyUse: 'sig',
  header: { typ: 'JWT' },
  claims: {
    ...life,
    iss: 'https://accounts.google.com',
    sub: '112233445566778899000',
    azp: '112233445566778899000',
    email: 'bot@proj.iam.gserviceaccount.com',
    email_verified: true,
    google: { compute_engine: { project_id: 'proj', project_number: 42, zone: 'europe-west1-b', instance_id: '77' } },
  },
  config: {
    provider: 'gcp',
    issuer: 'https://accounts.google.com',
    algorithms: ['RS256'],
    bind: { unique_id: '112233445566778899000', project_id: 'proj', project_number: 42 },
  },
  name: 'gcp:bot@proj.iam.gserviceaccount.com',
}

const azure: Shape = {
  alg: 'RS256',
  keyUse: 'sig',
  header: { typ: 'JWT', x5t: 'abc' },
  claims: {
    ...life,
    iss: `https://sts.windows.net/${TENANT}/`,
    tid: TENANT,
    oid: 'oid-1',
    sub: 'oid-1',
    appid: 'app-1',
    idtyp: 'app',
    ver: '1.0',
    xms_mirid: '/subscriptions/S/resourcegroups/RG/providers/Microsoft.ManagedIdentity/userAssignedIdentities/bot',
  },
  config: {
    provider: 'azure',
    issuer: `https://login.microsoftonline.com/${TENANT}/v2.0`,
    algorithms: ['RS256'],
    bind: {
      tenant_id: TENANT,
      object_id: 'oid-1',
      client_id: 'app-1',
      managed_identity:
        '/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/bot',
    },
  },
  name: `azure:${TENANT}:oid-1`,
}

const spiffe: Shape = {
  alg: 'ES256',
  keyUse: 'jwt-svid',
  header: { typ: 'JWT' },
  claims: { aud: [US], exp: seconds + 300, sub: 'spiffe://prod.acme.com/ns/prod/sa/research-bot' },
  config: {
    provider: 'spiffe',
    issuer: 'spiffe://prod.acme.com',
    algorithms: ['ES256', 'RS256'],
    bind: { spiffe_id: 'spiffe://prod.acme.com/ns/prod/sa/research-bot' },
  },
  name: 'spiffe://prod.acme.com/ns/prod/sa/research-bot',
}

const github: Shape = {
  alg: 'RS256',
  keyUse: 'sig',
  header: { typ: 'JWT', x5t: 'abc' },
  claims: {
    ...life,
    iss: 'https://token.actions.githubusercontent.com',
    jti: 'gh-1',
    sub: 'repo:acme@500/bots@900:environment:production',
    repository: 'acme/bots',
    repository_id: '900',
    repository_owner: 'acme',
    repository_owner_id: '500',
    environment: 'production',
    ref: 'refs/heads/main',
    job_workflow_ref: 'acme/bots/.github/workflows/run.yml@refs/heads/main',
    runner_environment: 'github-hosted',
    event_name: 'push',
    repo_property_tier: 'gold',
  },
  config: {
    provider: 'github',
    issuer: 'https://token.actions.githubusercontent.com',
    algorithms: ['RS256'],
    bind: { repository_id: '900', repository_owner_id: '500', environment: 'production', repo_property_tier: 'gold' },
  },
  name: 'github:acme/bots',
}

const oidc: Shape = {
  alg: 'ES256',
  keyUse: 'sig',
  header: { typ: 'JWT' },
  claims: { ...life, iss: 'https://ci.example', jti: 'ci-1', sub: 'job-7', project: 'p1', groups: ['a'] },
  config: {
    provider: 'oidc',
    issuer: 'https://ci.example',
    algorithms: ['ES256', 'EdDSA'],
    bind: { sub: 'job-7', project: 'p1' },
  },
  name: 'oidc:job-7',
}

export const SHAPES: Readonly<Record<Provider, Shape>> = { kubernetes, aws, gcp, azure, spiffe, github, oidc }

/** A configuration that accepts a shape's tokens, with keys where the test puts them. */
export const trustFor = (shape: Shape, more: Partial<TrustConfig> = {}): TrustConfig => ({
  id: `tc_${shape.config.provider}`,
  ...shape.config,
  signedRequest: false,
  jwksUri: null,
  jwks: null,
  audience: null,
  soleAudience: true,
  maxAge: 3_600,
  skew: 60,
  singleUse: true,
  rules: [],
  tokenReview: null,
  active: true,
  ...more,
})

/** Claims with one path changed; undefined takes the member away. */
export function changed(claims: Claims, path: readonly string[], value: unknown): Claims {
  const [name = '', ...rest] = path
  const { [name]: old, ...others } = claims
  if (rest.length > 0) return { ...others, [name]: changed((old ?? {}) as Claims, rest, value) }
  return value === undefined ? others : { ...others, [name]: value }
}
