import type { Agent } from '../agents/agent.ts'
import { issuersOf, type TrustConfig } from '../agents/trust.ts'
import { checkTrust, type TrustSurroundings } from '../agents/trust-check.ts'
import { timedId } from '../lib/ids.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'
import { agentNamed, amend, type Editor, put, revocationOf } from './registering.ts'
import type { Service } from './service.ts'

/** Trust configurations of one agent at the most. */
const MOST = 20

/** A configuration, and what whoever keeps it should know. */
export interface Kept {
  readonly agent: Agent
  readonly config: TrustConfig
  readonly warnings: readonly string[]
}

/** One of an agent's configurations. Fails with `identity_not_found`. */
export function trustConfigOf(agent: Agent, id: string): TrustConfig {
  const found = agent.workloads.find(config => config.id === id)
  if (found === undefined)
    throw new PdpError('identity_not_found', `\`${agent.slug}\` has no trust configuration \`${id}\``)
  return found
}

/** Lets a workload be an agent. Fails with `invalid_request` for what would let in others. */
export function addTrustConfig(
  pdp: Service,
  state: OrgState,
  name: string,
  said: Omit<TrustConfig, 'id'>,
  around: TrustSurroundings,
  editor: Editor,
): Promise<Kept> {
  const config = { id: timedId('tc', pdp.clock()), ...said }
  return keep(pdp, state, name, around, editor, ({ workloads }) => {
    if (workloads.length >= MOST) {
      throw new PdpError('invalid_request', `an agent has at most ${MOST} trust configurations; remove one first`)
    }
    return config
  })
}

/** Changes a configuration. Tokens the agent got before end: they may rest on what no longer holds. */
export function changeTrustConfig(
  pdp: Service,
  state: OrgState,
  name: string,
  id: string,
  change: (config: TrustConfig) => TrustConfig,
  around: TrustSurroundings,
  editor: Editor,
): Promise<Kept> {
  return keep(pdp, state, name, around, editor, agent => change(trustConfigOf(agent, id)))
}

/** Ends a workload's being the agent, and every token the agent holds. */
export async function removeTrustConfig(
  pdp: Service,
  state: OrgState,
  name: string,
  id: string,
  editor: Editor,
): Promise<void> {
  await amend(
    pdp,
    state,
    () => agentNamed(state, name),
    editor,
    agent => {
      trustConfigOf(agent, id)
      return amended(
        pdp,
        agent,
        agent.workloads.filter(config => config.id !== id),
        editor,
      )
    },
  )
}

/** Puts a configuration in place of the one of its id, or beside the others. */
async function keep(
  pdp: Service,
  state: OrgState,
  name: string,
  around: TrustSurroundings,
  editor: Editor,
  make: (agent: Agent) => TrustConfig,
): Promise<Kept> {
  let made: Omit<Kept, 'agent'> | null = null
  const agent = await amend(
    pdp,
    state,
    () => agentNamed(state, name),
    editor,
    before => {
      const config = make(before)
      const { faults, warnings } = checkTrust(config, around)
      if (faults.length > 0) throw new PdpError('invalid_request', faults.join('; '), { problems: [...faults] })
      refuseTwins(state, before, config)
      made = { config, warnings }
      const others = before.workloads.filter(one => one.id !== config.id)
      return amended(pdp, before, [...others, config], editor)
    },
  )
  if (made === null) throw new Error('an agent was changed without a configuration')
  return { agent, ...(made as Omit<Kept, 'agent'>) }
}

/** A token that two agents accept is for neither: what could only ever be that is refused at once. */
function refuseTwins({ registry }: OrgState, agent: Agent, config: TrustConfig): void {
  for (const issuer of issuersOf(config)) {
    const twin = registry
      .trusting(issuer)
      .find(other => other.agent.id !== agent.id && sameBind(other.config.bind, config.bind))
    if (twin !== undefined) {
      const message = `\`${twin.agent.slug}\` accepts the same workload; its token would be for neither`
      throw new PdpError('invalid_request', message, { agent: twin.agent.slug, config: twin.config.id })
    }
  }
}

function sameBind(a: TrustConfig['bind'], b: TrustConfig['bind']): boolean {
  const sorted = (bind: TrustConfig['bind']) =>
    JSON.stringify(Object.entries(bind).sort(([x], [y]) => (x < y ? -1 : 1)))
  return sorted(a) === sorted(b)
}

function amended(pdp: Service, agent: Agent, workloads: readonly TrustConfig[], { by }: Editor) {
  const now = pdp.clock()
  const entry: Agent = { ...agent, workloads, version: agent.version + 1, updatedAt: now }
  const onlyAdded = agent.workloads.every(config => workloads.includes(config))
  const besides = onlyAdded ? [] : [put(revocationOf(agent, now, 'a trust configuration has changed'), by)]
  return { entry, besides }
}
