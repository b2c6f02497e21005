import type { Approval } from '../../src/agents/approval.ts'
import { RISKS } from '../../src/agents/approval.ts'
import type { Grant } from '../../src/agents/grant.ts'
import type { Entity } from '../../src/policy/entity.ts'
import type { Chance } from './chance.ts'
import { APPROVALS, BEGUN, OVER, TASKS } from './scene.ts'

/** A request for approval, in any state, for a publication by an agent. */
export function approvalNamed(c: Chance, id: string, bot: Entity, who: Entity): Approval {
  const terms = { details: [{ type: 'lumoauth_action', actions: ['send'] }], ttl: 60_000, uses: 1 }
  const demand = { rule: 'r', sentence: 's', relation: 'owner', on: `agent:${bot.id}`, for: `agent:${bot.id}` }
  return {
    kind: 'approval',
    id,
    task: c.pick(TASKS),
    agent: bot.id,
    subject: bot,
    actors: [],
    asked: terms,
    justification: null,
    risk: c.pick(RISKS),
    permitted: c.chance(0.5),
    demands: c.chance(0.6) ? [{ ...demand, holder: { kind: 'entity', entity: bot } }] : [],
    operations: [],
    denials: c.below(4),
    addressee: c.chance(0.3) ? who.id : null,
    needs: 1,
    state: c.pick(['pending', 'approved', 'approved', 'denied', 'cancelled'] as const),
    answers: [],
    terms,
    byPolicy: null,
    askedAt: BEGUN,
    expiresAt: OVER,
    escalatesAt: null,
    escalated: c.chance(0.5),
    endedAt: null,
    until: OVER,
    repeats: 0,
    via: 'jit',
    emergency: null,
    meta: {},
    version: 1,
  }
}

/** A yes to a publication, by the agent for itself or for a user; of one document or of all. */
export function grantNamed(c: Chance, id: string, bot: Entity, who: Entity, paper: Entity): Grant {
  const acting = c.chance(0.5)
  return {
    kind: 'grant',
    id,
    approval: c.pick(APPROVALS),
    task: c.chance(0.5) ? null : c.pick(TASKS),
    subject: acting ? who : bot,
    actors: acting ? [bot] : [],
    action: c.chance(0.7) ? 'send' : 'publish',
    resource: c.chance(0.3) ? { type: 'document', id: '', many: true } : { ...paper, many: false },
    given: c.chance(0.2) ? { status: 'draft' } : {},
    rules: [],
    uses: 1 + c.below(3),
    grantedAt: BEGUN,
    until: OVER,
    revokedAt: c.chance(0.3) ? BEGUN : null,
    says: 'user:carol approved it',
    version: 1,
  }
}
