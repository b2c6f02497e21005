import type { Json, JsonObject } from '../policy/json.ts'
import type { ClaimRule, TrustConfig } from './trust.ts'

/** The value at a path of names, undefined where there is none. Members that an object only inherits are none. */
export function claimAt(claims: JsonObject, path: readonly string[]): Json | undefined {
  let at: Json | undefined = claims
  for (const name of path) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined
    at = Object.hasOwn(at, name) ? (at as JsonObject)[name] : undefined
  }
  return at
}

type Plain = string | number | boolean

export const isPlain = (value: unknown): value is Plain =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'

/** Whether a rule holds. A claim that is missing, or is a list or an object, satisfies nothing but what asks for that. */
export function ruleHolds({ claim, operator, value }: ClaimRule, claims: JsonObject): boolean {
  const found = claimAt(claims, claim)
  const listed = Array.isArray(value) ? value : null
  switch (operator) {
    case 'exists':
      return found !== undefined && found !== null
    case 'not_exists':
      return found === undefined || found === null
    case 'equals':
      return isPlain(found) && found === value
    case 'not_equals':
      return isPlain(found) && isPlain(value) && found !== value
    case 'in':
      return isPlain(found) && listed?.includes(found) === true
    case 'not_in':
      return isPlain(found) && listed !== null && !listed.includes(found)
    case 'starts_with':
      return typeof found === 'string' && typeof value === 'string' && value !== '' && found.startsWith(value)
  }
}

/** A name in `bind`: which claims may hold it (the first that is there counts), and whether case matters. */
interface Binding {
  readonly paths: readonly (readonly string[])[]
  readonly anyCase?: true
}

const at = (...path: readonly string[]): Binding => ({ paths: [path] })
const anyOf = (...names: readonly string[]): Binding => ({ paths: names.map(name => [name]) })
const anyCase = (name: string): Binding => ({ paths: [[name]], anyCase: true })

const K8S = 'kubernetes.io'
const STS = 'https://sts.amazonaws.com/'
const GCE = ['google', 'compute_engine'] as const

/** What each provider's `bind` may name. Those that are required identify the workload; the others only narrow. */
export const BINDINGS: Readonly<
  Record<
    TrustConfig['provider'],
    { readonly required: readonly string[]; readonly names: Readonly<Record<string, Binding>> }
  >
> = {
  kubernetes: {
    required: ['namespace', 'service_account'],
    names: {
      namespace: at(K8S, 'namespace'),
      service_account: at(K8S, 'serviceaccount', 'name'),
      service_account_uid: at(K8S, 'serviceaccount', 'uid'),
      pod: at(K8S, 'pod', 'name'),
      pod_uid: at(K8S, 'pod', 'uid'),
      node: at(K8S, 'node', 'name'),
      node_uid: at(K8S, 'node', 'uid'),
    },
  },
  aws: {
    required: ['role_arn'],
    names: {
      role_arn: at('sub'),
      role_id: at('role_id'),
      account_id: at(STS, 'aws_account'),
      org_id: at(STS, 'org_id'),
      ou_path: at(STS, 'ou_path'),
      source_region: at(STS, 'source_region'),
      lambda_source_function_arn: at(STS, 'lambda_source_function_arn'),
    },
  },
  gcp: {
    required: ['unique_id'],
    names: {
      unique_id: at('sub'),
      email: at('email'),
      project_id: at(...GCE, 'project_id'),
      project_number: at(...GCE, 'project_number'),
      zone: at(...GCE, 'zone'),
      instance_id: at(...GCE, 'instance_id'),
      instance_name: at(...GCE, 'instance_name'),
    },
  },
  azure: {
    required: ['tenant_id', 'object_id'],
    names: {
      tenant_id: at('tid'),
      object_id: at('oid'),
      client_id: anyOf('azp', 'appid'),
      managed_identity: anyCase('xms_mirid'),
      resource: anyCase('xms_az_rid'),
    },
  },
  spiffe: { required: ['spiffe_id'], names: { spiffe_id: at('sub') } },
  github: {
    required: ['repository_id', 'repository_owner_id'],
    names: {
      ...Object.fromEntries(
        [
          'repository_id',
          'repository_owner_id',
          'repository',
          'repository_owner',
          'sub',
          'ref',
          'ref_type',
          'environment',
          'job_workflow_ref',
          'workflow_ref',
          'runner_environment',
          'event_name',
          'repository_visibility',
        ].map(name => [name, at(name)]),
      ),
    },
  },
  oidc: { required: ['sub'], names: {} },
}

/** Where a name of `bind` is found in the claims; null for a name the provider does not have. */
export function bindingOf(provider: TrustConfig['provider'], name: string): Binding | null {
  const { names } = BINDINGS[provider]
  if (Object.hasOwn(names, name)) return names[name] ?? null
  const isOwn = provider === 'oidc' || (provider === 'github' && /^repo_property_\w+$/.test(name))
  return isOwn ? at(name) : null
}

/**
 * The first bound name whose claim is not what the configuration says; null where all agree. What is missing in the token,
 * unknown to the provider or required and not bound agrees with nothing.
 */
export function unboundName(
  { provider, bind }: Pick<TrustConfig, 'provider' | 'bind'>,
  claims: JsonObject,
): string | null {
  const missing = BINDINGS[provider].required.find(name => !Object.hasOwn(bind, name))
  if (missing !== undefined) return missing
  for (const [name, expected] of Object.entries(bind)) {
    const binding = bindingOf(provider, name)
    const found = binding?.paths.map(path => claimAt(claims, path)).find(value => value !== undefined)
    if (binding === null || !isPlain(expected) || expected === '' || !isPlain(found)) return name
    if (found !== expected && !(binding.anyCase === true && lower(found) === lower(expected))) return name
  }
  return null
}

const lower = (value: Plain): string | number | boolean => (typeof value === 'string' ? value.toLowerCase() : value)
