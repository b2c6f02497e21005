import type { Service } from '../../pdp/service.ts'
import type { Route } from '../route.ts'
import { agentCapabilityRoutes } from './agent-capabilities.ts'
import { agentCredentialRoutes } from './agent-credentials.ts'
import { agentHistoryRoute } from './agent-history.ts'
import { agentStatusRoutes } from './agent-status.ts'
import { agentRoutes } from './agents.ts'
import { blueprintRoutes } from './blueprints.ts'
import { clientRoutes } from './clients.ts'
import { consentRoutes } from './consents.ts'
import { mcpRoutes } from './mcp.ts'
import { mcpMetadataRoutes } from './mcp-metadata.ts'
import { mcpServerRoutes } from './mcp-servers.ts'
import { registerRoute } from './register.ts'
import { tokenSettingsRoutes } from './token-settings.ts'
import { userKeyRoutes } from './user-keys.ts'
import { userRoutes } from './users.ts'

/** Identities of an org, and what they prove themselves with. */
export const registryRoutes = (service: Service, publicUrl: string): readonly Route[] => [
  ...agentRoutes(service),
  ...agentStatusRoutes(service),
  ...agentCredentialRoutes(service),
  ...agentCapabilityRoutes(service),
  agentHistoryRoute(service),
  registerRoute(service),
  ...blueprintRoutes(service),
  ...clientRoutes(service),
  ...userRoutes(service),
  ...userKeyRoutes(service),
  ...consentRoutes(service),
  ...tokenSettingsRoutes(service),
  ...mcpServerRoutes(service),
  ...mcpRoutes(service, publicUrl),
  ...mcpMetadataRoutes(service, publicUrl),
]
