import type { Agent } from '../agents/agent.ts'
import { PdpError } from './errors.ts'
import type { OrgState } from './org.ts'

/** Both SDKs ask anew a minute before the end, so that less would mean asking for every call. */
export const LEAST_LIFETIME = 120

const refused = (message: string): PdpError => new PdpError('invalid_request', message)

/** Token lifetime within what the org allows. */
export function checkLifetime({ registry }: OrgState, seconds: number): void {
  const { maxLifetime } = registry.settings
  if (seconds < LEAST_LIFETIME || seconds > maxLifetime) {
    throw refused(`\`tokenLifetime\` must be ${LEAST_LIFETIME} to ${maxLifetime} seconds in this org`)
  }
}

/**
 * What an agent is registered with must fit the org's settings and the blueprint it was made from. Of a change only what
 * changes must: settings that became narrower never stand in the way of giving an agent less.
 */
export function checkAgent(state: OrgState, agent: Agent, before: Agent | null): void {
  if (agent.tokenLifetime !== before?.tokenLifetime) checkLifetime(state, agent.tokenLifetime)
  const { maxDepth } = agent.delegation
  const most = state.registry.settings.maxDepth
  if (maxDepth !== null && maxDepth > most && maxDepth !== before?.delegation.maxDepth) {
    throw refused(`\`delegation.max_depth\` may be ${most} at the most in this org`)
  }
  const blueprint = agent.blueprint === null ? undefined : state.registry.blueprints.get(agent.blueprint)
  if (blueprint === undefined) return
  const added = agent.capabilities.filter(name => before?.capabilities.includes(name) !== true)
  const beyond = added.filter(name => !blueprint.template.capabilities.includes(name))
  if (beyond.length > 0) {
    const message = `the blueprint \`${blueprint.slug}\` does not have \`${beyond.join('`, `')}\``
    throw refused(`${message}; an instance may only have fewer`)
  }
}

/** Whether what an agent may be given has become less, so that tokens it holds may say too much. */
export function isNarrower(before: Agent, after: Agent): boolean {
  return (
    lacks(before.capabilities, after.capabilities) ||
    lacksListed(before.allowedAudiences, after.allowedAudiences) ||
    lacksListed(before.delegation.users, after.delegation.users) ||
    (before.delegation.actsForUsers && !after.delegation.actsForUsers)
  )
}

const lacks = (before: readonly string[], after: readonly string[]): boolean =>
  before.some(item => !after.includes(item))

/** Null lists everything. */
const lacksListed = (before: readonly string[] | null, after: readonly string[] | null): boolean =>
  after !== null && (before === null || lacks(before, after))
