import type { Agent, Blueprint } from '../agents/agent.ts'
import type { Approval } from '../agents/approval.ts'
import type { Budget } from '../agents/budget.ts'
import { type Grant, isFor } from '../agents/grant.ts'
import type { Consent, Credential, Identity, Revocation, Service, User } from '../agents/identity.ts'
import type { McpServer } from '../agents/mcp-server.ts'
import type { Signal } from '../agents/signal.ts'
import { DEFAULT_TOKEN_SETTINGS, type SigningKey, type TokenSettings } from '../agents/signing-key.ts'
import type { SsfStream } from '../agents/ssf-stream.ts'
import type { Task } from '../agents/task.ts'
import type { Transmitter } from '../agents/transmitter.ts'
import { issuersOf, type TrustConfig } from '../agents/trust.ts'
import type { Webhook } from '../agents/webhook.ts'
import { type Entity, printEntity } from '../policy/entity.ts'
import { type AuditSettings, DEFAULT_AUDIT_SETTINGS } from './audit-settings.ts'
import type { SiemSink } from './siem-sink.ts'

/** Everything about identities that an org keeps. Each is one row, by kind and id. */
export type Registered =
  | Agent
  | Blueprint
  | Service
  | User
  | Credential
  | Consent
  | Revocation
  | McpServer
  | SigningKey
  | TokenSettings
  | Budget
  | Task
  | Approval
  | Grant
  | Webhook
  | AuditSettings
  | SiemSink
  | Signal
  | Transmitter
  | SsfStream

export type RegisteredKind = Registered['kind']

/** What is registered, in memory. */
export interface Registry {
  /** By id; the agents, services and MCP servers by slug as well. */
  readonly agents: ReadonlyMap<string, Agent>
  readonly services: ReadonlyMap<string, Service>
  readonly users: ReadonlyMap<string, User>
  readonly blueprints: ReadonlyMap<string, Blueprint>
  readonly servers: ReadonlyMap<string, McpServer>
  readonly consents: ReadonlyMap<string, Consent>
  readonly signingKeys: ReadonlyMap<string, SigningKey>
  readonly revocations: ReadonlyMap<string, Revocation>
  readonly webhooks: ReadonlyMap<string, Webhook>
  readonly signals: ReadonlyMap<string, Signal>
  readonly transmitters: ReadonlyMap<string, Transmitter>
  readonly ssfStreams: ReadonlyMap<string, SsfStream>
  readonly settings: TokenSettings
  /** Of the org and of teams, by `org` and by the team's name. */
  readonly budgets: ReadonlyMap<string, Budget>
  readonly tasks: ReadonlyMap<string, Task>
  readonly approvals: ReadonlyMap<string, Approval>
  readonly grants: ReadonlyMap<string, Grant>
  readonly auditSettings: AuditSettings
  readonly sinks: ReadonlyMap<string, SiemSink>
  /** To this chain, for this action on resources of this type. */
  grantsTo(chain: readonly Entity[], action: string, type: string): readonly Grant[]
  approvalsOf(task: string): readonly Approval[]
  grantsOf(approval: string): readonly Grant[]
  agentBySlug(slug: string): Agent | undefined
  serviceBySlug(slug: string): Service | undefined
  serverBySlug(slug: string): McpServer | undefined
  /** The identity that authenticates as an OAuth client. */
  client(id: string): Agent | Service | undefined
  identityOf(subject: Entity): Identity | undefined
  /** The one user with this address, in whatever case; undefined where several have it. */
  userByEmail(email: string): User | undefined
  /** Agents and their active trust configurations that accept tokens of this issuer, as `issuersOf` names it. */
  trusting(issuer: string): readonly { readonly agent: Agent; readonly config: TrustConfig }[]
  credential(id: string): Credential | undefined
  /** Of one identity, retired ones too. */
  credentialsOf(kind: Identity['kind'], id: string): readonly Credential[]
  consentsOf(user: string): readonly Consent[]
  /** When this token was revoked, or null. */
  tokenRevokedAt(jti: string): number | null
  isTaskRevoked(task: string): boolean
  /** Tokens of this subject that were issued until then are dead, or null. */
  subjectRevokedAt(subject: string): number | null
}

export interface WritableRegistry extends Registry {
  put(entry: Registered): void
  remove(kind: RegisteredKind, id: string): void
}

export function createRegistry(entries: Iterable<Registered> = []): WritableRegistry {
  const agents = new Map<string, Agent>()
  const services = new Map<string, Service>()
  const users = new Map<string, User>()
  const blueprints = new Map<string, Blueprint>()
  const servers = new Map<string, McpServer>()
  const credentials = new Map<string, Credential>()
  const consents = new Map<string, Consent>()
  const signingKeys = new Map<string, SigningKey>()
  const settingsById = new Map<string, TokenSettings>()
  const revocations = new Map<string, Revocation>()
  const budgets = new Map<string, Budget>()
  const tasks = new Map<string, Task>()
  const approvals = new Map<string, Approval>()
  const grants = new Map<string, Grant>()
  const auditSettings = new Map<string, AuditSettings>()
  const sinks = new Map<string, SiemSink>()
  const granted = new Map<string, Map<string, Grant>>()
  const byTask = new Map<string, Map<string, Approval>>()
  const byApproval = new Map<string, Map<string, Grant>>()
  const webhooks = new Map<string, Webhook>()
  const signals = new Map<string, Signal>()
  const transmitters = new Map<string, Transmitter>()
  const ssfStreams = new Map<string, SsfStream>()
  const tables = {
    agent: agents,
    service: services,
    user: users,
    blueprint: blueprints,
    mcp_server: servers,
    credential: credentials,
    consent: consents,
    signing_key: signingKeys,
    token_settings: settingsById,
    budget: budgets,
    revocation: revocations,
    task: tasks,
    approval: approvals,
    grant: grants,
    webhook: webhooks,
    audit_settings: auditSettings,
    siem_sink: sinks,
    signal: signals,
    transmitter: transmitters,
    ssf_stream: ssfStreams,
  } as const satisfies Record<RegisteredKind, unknown>
  const slugs = new Map<string, string>()
  const held = new Map<string, Map<string, Credential>>()
  const byUser = new Map<string, Map<string, Consent>>()
  const byEmail = new Map<string, Map<string, User>>()
  const deadTokens = new Map<string, Revocation>()
  const deadTasks = new Map<string, Revocation>()
  const deadSubjects = new Map<string, Map<string, Revocation>>()

  const trust = new Map<string, Map<string, Agent>>()
  const trustedBy = ({ workloads }: Agent): Set<string> => new Set(workloads.flatMap(issuersOf))

  const forget = (kind: RegisteredKind, id: string): void => {
    const old = tables[kind].get(id)
    if (old === undefined) return
    if (old.kind === 'credential') held.get(holder(old))?.delete(id)
    if (old.kind === 'consent') byUser.get(old.user)?.delete(id)
    if (old.kind === 'approval') byTask.get(old.task)?.delete(id)
    if (old.kind === 'grant') {
      granted.get(grantKey(old))?.delete(id)
      byApproval.get(old.approval)?.delete(id)
    }
    if (old.kind === 'revocation') {
      if (old.of.kind === 'token') deadTokens.delete(old.of.jti)
      else if (old.of.kind === 'task') deadTasks.delete(old.of.task)
      else deadSubjects.get(old.of.subject)?.delete(id)
    }
    if (old.kind === 'user' && old.email !== null) byEmail.get(old.email.toLowerCase())?.delete(id)
    if (old.kind === 'agent') for (const issuer of trustedBy(old)) trust.get(issuer)?.delete(id)
    if ('slug' in old) slugs.delete(`${kind} ${old.slug}`)
    tables[kind].delete(id)
  }

  const registry: WritableRegistry = {
    agents,
    services,
    users,
    blueprints,
    servers,
    consents,
    signingKeys,
    revocations,
    budgets,
    tasks,
    approvals,
    grants,
    sinks,
    get auditSettings() {
      return auditSettings.get('audit_settings') ?? DEFAULT_AUDIT_SETTINGS
    },
    grantsTo(chain, action, type) {
      const found = granted.get(grantKey({ subject: chain[0] as Entity, action, resource: { type } }))
      return found === undefined ? NO_GRANTS : [...found.values()].filter(grant => isFor(grant, chain))
    },
    approvalsOf: task => [...(byTask.get(task)?.values() ?? [])],
    grantsOf: approval => [...(byApproval.get(approval)?.values() ?? [])],
    webhooks,
    signals,
    transmitters,
    ssfStreams,
    get settings() {
      return settingsById.get('token_settings') ?? DEFAULT_TOKEN_SETTINGS
    },
    agentBySlug: slug => agents.get(slugs.get(`agent ${slug}`) ?? ''),
    serviceBySlug: slug => services.get(slugs.get(`service ${slug}`) ?? ''),
    serverBySlug: slug => servers.get(slugs.get(`mcp_server ${slug}`) ?? ''),
    client: id => agents.get(id) ?? services.get(id),
    identityOf({ type, id }) {
      if (type === 'agent') return registry.agentBySlug(id)
      return type === 'service' ? registry.serviceBySlug(id) : type === 'user' ? users.get(id) : undefined
    },
    userByEmail(email) {
      const [only, second] = byEmail.get(email.toLowerCase())?.values() ?? []
      return second === undefined ? only : undefined
    },
    trusting: issuer =>
      [...(trust.get(issuer)?.values() ?? [])].flatMap(agent =>
        agent.workloads
          .filter(config => config.active && issuersOf(config).includes(issuer))
          .map(config => ({ agent, config })),
      ),
    credential: id => credentials.get(id),
    credentialsOf: (kind, id) => [...(held.get(`${kind} ${id}`)?.values() ?? [])],
    consentsOf: user => [...(byUser.get(user)?.values() ?? [])],
    tokenRevokedAt: jti => deadTokens.get(jti)?.at ?? null,
    isTaskRevoked: task => deadTasks.has(task),
    subjectRevokedAt(subject) {
      const found = deadSubjects.get(subject)
      return found === undefined || found.size === 0 ? null : Math.max(...[...found.values()].map(r => r.at))
    },
    put(entry) {
      forget(entry.kind, entry.id)
      ;(tables[entry.kind] as Map<string, Registered>).set(entry.id, entry)
      if ('slug' in entry) slugs.set(`${entry.kind} ${entry.slug}`, entry.id)
      if (entry.kind === 'agent') for (const issuer of trustedBy(entry)) within(trust, issuer).set(entry.id, entry)
      if (entry.kind === 'user' && entry.email !== null) within(byEmail, entry.email.toLowerCase()).set(entry.id, entry)
      if (entry.kind === 'credential') within(held, holder(entry)).set(entry.id, entry)
      if (entry.kind === 'consent') within(byUser, entry.user).set(entry.id, entry)
      if (entry.kind === 'approval') within(byTask, entry.task).set(entry.id, entry)
      if (entry.kind === 'grant') {
        within(granted, grantKey(entry)).set(entry.id, entry)
        within(byApproval, entry.approval).set(entry.id, entry)
      }
      if (entry.kind === 'revocation') {
        if (entry.of.kind === 'token') deadTokens.set(entry.of.jti, entry)
        else if (entry.of.kind === 'task') deadTasks.set(entry.of.task, entry)
        else within(deadSubjects, entry.of.subject).set(entry.id, entry)
      }
    },
    remove: forget,
  }
  for (const entry of entries) registry.put(entry)
  return registry
}

const NO_GRANTS: readonly Grant[] = []

/** INVARIANT: neither a type nor an action holds a line's end. */
const grantKey = (of: {
  readonly subject: Entity
  readonly action: string
  readonly resource: { readonly type: string }
}): string => `${of.action}\n${of.resource.type}\n${printEntity(of.subject)}`

const holder = ({ of }: Credential): string => `${of.kind} ${of.id}`

function within<T>(maps: Map<string, Map<string, T>>, key: string): Map<string, T> {
  const known = maps.get(key)
  if (known !== undefined) return known
  const made = new Map<string, T>()
  maps.set(key, made)
  return made
}
