import { type Agent, type DelegationRules, type StatusEvent, statusAfter } from '../agents/agent.ts'
import { freeSlug, slugFrom } from '../agents/slug.ts'
import type { Change } from '../facts/store.ts'
import { timedId } from '../lib/ids.ts'
import { ownerChanges } from './agent-owner.ts'
import { checkAgent, isNarrower } from './agent-rules.ts'
import { blueprintNamed } from './blueprints.ts'
import { PdpError } from './errors.ts'
import { type Given, issue, type Shown } from './identity-credentials.ts'
import type { OrgState } from './org.ts'
import {
  agentNamed,
  amend,
  credentialsEnded,
  type Editor,
  NARROWED,
  put,
  revocationOf,
  withFreeSlug,
} from './registering.ts'
import type { Service } from './service.ts'

/** Members of an agent that whoever manages it may say. */
export type AgentSaid = Partial<
  Pick<
    Agent,
    | 'name'
    | 'description'
    | 'type'
    | 'owner'
    | 'capabilities'
    | 'allowedTools'
    | 'allowedModels'
    | 'allowedAudiences'
    | 'budgetPolicy'
    | 'tokenLifetime'
    | 'allowedIps'
    | 'metadata'
  >
> & { readonly delegation?: Partial<DelegationRules> }

export interface NewAgent extends AgentSaid {
  readonly name: string
  readonly slug?: string | undefined
  readonly identityType?: Agent['identityType'] | undefined
  readonly status?: 'active' | 'inactive' | undefined
  /** Id or slug of one. */
  readonly blueprint?: string | undefined
  readonly keys?: Given | undefined
}

const NO_DELEGATION: DelegationRules = { actsForUsers: false, users: null, maxDepth: null, requireConsent: true }

/** Registers an agent and gives it what it proves itself with. Fails with `invalid_request`, `slug_taken`. */
export const createAgent = (pdp: Service, state: OrgState, said: NewAgent, by: string) =>
  withFreeSlug(pdp, state, said.slug !== undefined, () => tryToCreate(pdp, state, said, by))

async function tryToCreate(
  pdp: Service,
  state: OrgState,
  said: NewAgent,
  by: string,
): Promise<{ readonly agent: Agent; readonly shown: Shown }> {
  const { slug, identityType, status, blueprint, keys, delegation, ...more } = said
  const { registry } = state
  const now = pdp.clock()
  const template = blueprint === undefined ? undefined : blueprintNamed(state, blueprint)
  const agent: Agent = {
    kind: 'agent',
    id: timedId('agt', now),
    slug: slug ?? freeSlug(slugFrom(said.name, 'agent'), s => registry.agentBySlug(s) !== undefined),
    description: '',
    type: 'ai_assistant',
    status: status ?? 'active',
    owner: null,
    identityType: identityType ?? (keys === undefined ? 'client_credentials' : 'private_key_jwt'),
    capabilities: [],
    allowedTools: null,
    allowedModels: null,
    allowedAudiences: null,
    budgetPolicy: {},
    tokenLifetime: registry.settings.defaultLifetime,
    allowedIps: null,
    workloads: [],
    metadata: {},
    ...template?.template,
    ...more,
    delegation: { ...NO_DELEGATION, ...template?.template.delegation, ...delegation },
    blueprint: template?.id ?? null,
    createdAt: now,
    updatedAt: now,
    version: 1,
  }
  checkAgent(state, agent, null)
  const issued = issue(state.org.slug, agent, keys, now)
  const changes = [
    put(agent, by, null),
    ...issued.credentials.map(credential => put(credential, by)),
    ...ownerChanges(state, agent.slug, null, agent.owner),
  ]
  await pdp.write(state, changes, 'ignore')
  return { agent, shown: issued.shown }
}

/** Changes what is said and leaves the rest. What makes it able to do less ends the tokens it holds. */
export function updateAgent(pdp: Service, state: OrgState, name: string, said: AgentSaid, editor: Editor) {
  return amendAgent(pdp, state, name, editor, agent => {
    const { delegation, ...more } = said
    const changed = { ...agent, ...more, delegation: { ...agent.delegation, ...delegation } }
    const waiting = agent.requestedCapabilities?.filter(c => !changed.capabilities.includes(c))
    return { ...changed, ...(waiting !== undefined && { requestedCapabilities: waiting }) }
  })
}

/** Applies a change to an agent, with all that must follow from it in the same write. */
export function amendAgent(
  pdp: Service,
  state: OrgState,
  name: string,
  editor: Editor,
  change: (agent: Agent) => Agent,
): Promise<Agent> {
  const read = () => agentNamed(state, name)
  return amend(pdp, state, read, editor, before => {
    const now = pdp.clock()
    const after: Agent = { ...change(before), version: before.version + 1, updatedAt: now }
    checkAgent(state, after, before)
    const besides: Change[] = [...ownerChanges(state, before.slug, before.owner, after.owner)]
    if (isNarrower(before, after)) besides.push(put(revocationOf(after, now, NARROWED), editor.by))
    return { entry: after, besides }
  })
}

/** Moves an agent to another status. Leaving `active` ends its tokens for good. Fails with `status_conflict`. */
export function moveAgent(
  pdp: Service,
  state: OrgState,
  name: string,
  event: StatusEvent,
  reason: string | null,
  editor: Editor,
): Promise<Agent> {
  const read = () => agentNamed(state, name)
  return amend(pdp, state, read, editor, agent => {
    const status = statusAfter(agent.status, event)
    if (status === null) {
      const message = `\`${agent.slug}\` is ${agent.status}, from where \`${event}\` leads nowhere`
      throw new PdpError('status_conflict', message, { status: agent.status, event })
    }
    if (status === agent.status && reason === null) return null
    const now = pdp.clock()
    const entry: Agent = { ...agent, status, statusReason: reason, version: agent.version + 1, updatedAt: now }
    const ends =
      status !== 'active' ? [put(revocationOf(agent, now, `${event}: ${reason ?? 'no reason given'}`), editor.by)] : []
    return { entry, besides: ends }
  })
}

/** Revokes an agent and forgets all but its name, which nobody gets again. */
export async function deleteAgent(pdp: Service, state: OrgState, name: string, editor: Editor): Promise<void> {
  const read = () => agentNamed(state, name)
  await amend(pdp, state, read, editor, agent => {
    const now = pdp.clock()
    const entry: Agent = {
      ...agent,
      status: 'revoked',
      owner: null,
      description: '',
      capabilities: [],
      allowedIps: null,
      workloads: [],
      budgetPolicy: {},
      metadata: {},
      delegation: NO_DELEGATION,
      deletedAt: now,
      updatedAt: now,
      version: agent.version + 1,
    }
    const retired = credentialsEnded(state, agent, now, editor.by)
    const besides = [
      put(revocationOf(agent, now, 'deleted'), editor.by),
      ...retired,
      ...ownerChanges(state, agent.slug, agent.owner, null),
    ]
    return { entry, besides }
  })
}
