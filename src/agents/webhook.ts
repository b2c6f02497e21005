/** Where an org wants to be told of what happens in it. */
export interface Webhook {
  readonly kind: 'webhook'
  /** A number of the org's, never given twice. */
  readonly id: string
  readonly url: string
  readonly description: string
  /** Types of events: `jit.requested`, `jit.*`, or `*` for all. */
  readonly events: readonly string[]
  readonly isActive: boolean
  /** Why it is off, where nobody said so. */
  readonly disabledBecause: string | null
  readonly configuration: WebhookConfiguration
  /** The newest first; an older one signs beside it until its end, so that a receiver may take its time. */
  readonly secrets: readonly SealedSecret[]
  readonly createdAt: number
  readonly updatedAt: number
  readonly version: number
}

export interface WebhookConfiguration {
  /** Deliveries on the wire at a time; 1 keeps the order they begin in. */
  readonly maxInFlight: number
  /** Sent with each delivery, as a gateway before the receiver may ask for. */
  readonly headers: Readonly<Record<string, string>>
}

export interface SealedSecret {
  /** Under the master key of the instance, which `sealedBy` names. */
  readonly sealed: string
  readonly sealedBy: string
  readonly createdAt: number
  /** When it signs no more; null for the newest. */
  readonly until: number | null
}

/** Groups of events there are, and what they tell of. */
export const EVENT_GROUPS = {
  agent: 'agents: created, updated, deleted, revoked, what their status and capabilities became',
  app: 'services: created, updated, deleted',
  approval: 'approvals asked of people, and their answers',
  audit: 'the audit itself: checkpoints, exports, what was removed',
  attributes: 'attributes of entities that were written',
  blueprint: 'blueprints of agents',
  budget: 'budgets: changed, near their end, used up, refunded',
  capability: 'capabilities: issued, narrowed, revoked, used up',
  config: 'settings of the org',
  consent: 'delegations of users: granted and revoked',
  credential: 'credentials: created, rotated, retired',
  decisions: 'decisions that were made, by batches',
  gdpr: 'personal data that was erased',
  grant: 'grants: made, used, ended',
  identity_assertion: 'words of identity providers: accepted, refused',
  jit: 'permissions asked for at run time: requested, approved, denied, expired, escalated',
  key: 'API keys of the org',
  mcp: 'connections to MCP servers',
  mcp_server: 'MCP servers: registered, updated, deleted',
  model: 'relation models',
  org: 'the org itself',
  policy: 'policies: published',
  relations: 'relations that were written',
  security: 'signals of risk: what was received, what a level became, what was reviewed',
  siem_sink: 'where the audit is streamed to',
  signal: 'signals that were forgotten',
  signing_key: 'keys the org signs with',
  ssf: 'event streams: what was sent, what could not be',
  store: "stores of relations beside the org's own",
  stream: 'event streams of others',
  task: 'tasks of agents: begun, ended, suspended',
  token: 'tokens: issued, revoked',
  transmitter: 'whose security events the org believes',
  user: 'users: created, updated, deleted, suspended',
  webhook: 'webhooks: created, changed, switched off because they fail',
} as const satisfies Record<string, string>

const PATTERN = /^(?:\*|([a-z][a-z_]*)\.(?:\*|[a-z][a-z_]*(?:\.[a-z][a-z_]*)*))$/

/** Whether a text says which events are wanted. */
export function isEventPattern(text: string): boolean {
  const match = PATTERN.exec(text)
  if (match === null) return false
  return match[1] === undefined || Object.hasOwn(EVENT_GROUPS, match[1])
}

const APPROVAL = 'approval.'

/** What is asked for at run time goes by two names: as what it is, and as what it is published as. */
const published = (kind: string): string => (kind.startsWith(APPROVAL) ? `jit.${kind.slice(APPROVAL.length)}` : kind)

/** The type an event goes by, for whoever asked for it by these patterns; null where nobody did. */
export function typeFor(patterns: readonly string[], kind: string): string | null {
  if (wants(patterns, kind)) return kind
  const other = published(kind)
  return other !== kind && wants(patterns, other) ? other : null
}

/** Whether some of the patterns take events of a type. */
export function wants(patterns: readonly string[], type: string): boolean {
  const group = `${type.slice(0, type.indexOf('.'))}.*`
  return patterns.some(pattern => pattern === '*' || pattern === type || pattern === group)
}
