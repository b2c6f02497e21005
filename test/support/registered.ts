import type { Agent } from '../../src/agents/agent.ts'
import type { Credential, Service, User } from '../../src/agents/identity.ts'
import type { McpServer } from '../../src/agents/mcp-server.ts'
import type { Task } from '../../src/agents/task.ts'

const at = Date.UTC(2026, 2, 4)

/** An agent with nothing special about it, but for what is said. */
export const agentNamed = (slug: string, more: Partial<Agent> = {}): Agent => ({
  kind: 'agent',
  id: `agt_${slug}`,
  slug,
  name: slug,
  description: '',
  type: 'bot',
  status: 'active',
  owner: null,
  identityType: 'client_credentials',
  capabilities: [],
  allowedTools: null,
  allowedModels: null,
  allowedAudiences: null,
  budgetPolicy: {},
  delegation: { actsForUsers: false, users: null, maxDepth: null, requireConsent: true },
  tokenLifetime: 300,
  allowedIps: null,
  workloads: [],
  blueprint: null,
  metadata: {},
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...more,
})

export const serviceNamed = (slug: string, more: Partial<Service> = {}): Service => ({
  kind: 'service',
  id: `cli_${slug}`,
  slug,
  name: slug,
  description: '',
  status: 'active',
  capabilities: [],
  allowedAudiences: null,
  tokenLifetime: 300,
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...more,
})

export const userNamed = (id: string, more: Partial<User> = {}): User => ({
  kind: 'user',
  id,
  email: null,
  emailVerified: false,
  name: null,
  givenName: null,
  familyName: null,
  groups: [],
  attributes: {},
  status: 'active',
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...more,
})

export const secretOf = (of: Agent | Service, id: string, hash: string): Credential => ({
  kind: 'credential',
  id,
  of: { kind: of.kind, id: of.id },
  proof: { kind: 'secret', hash },
  createdAt: at,
  expiresAt: null,
  retiredAt: null,
})

export const serverNamed = (slug: string, more: Partial<McpServer> = {}): McpServer => ({
  kind: 'mcp_server',
  id: `mcp_${Buffer.from(slug).toString('hex').padEnd(24, '0').slice(0, 24)}`,
  slug,
  name: slug,
  description: '',
  resourceUri: `https://${slug}.example.com/mcp`,
  aliases: [],
  endpointUrl: null,
  transport: 'http_streamable',
  authMode: 'oauth',
  status: 'active',
  tools: [],
  scopes: [],
  allowedAgents: null,
  requireDpop: false,
  tokenLifetime: 300,
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...more,
})

/** A task at work, of the agent `bot` for itself, but for what is said. */
export const taskNamed = (id: string, more: Partial<Task> = {}): Task => ({
  kind: 'task',
  id,
  session: 'caep_1',
  agent: 'bot',
  name: null,
  type: null,
  parent: null,
  subject: { type: 'agent', id: 'bot' },
  actors: [],
  consents: [],
  justification: null,
  budget: null,
  state: 'active',
  notes: null,
  createdAt: at,
  expiresAt: at + 3_600_000,
  endedAt: null,
  version: 1,
  ...more,
})
