import type { Entity } from '../../src/policy/entity.ts'
import type { JsonObject } from '../../src/policy/json.ts'
import type { Request } from '../../src/policy/request.ts'
import { type Chance, chanceOf } from './chance.ts'
import { APPROVALS, INSTANTS, KEYS, SERVERS, SERVICES, type Size, TASKS, TOOLS } from './scene.ts'

const ACTIONS = ['view', 'view', 'view', 'view', 'read', 'read', 'edit', 'edit', 'sign', 'annotate', 'print', 'export']
const RARE = ['delete', 'publish', 'audit', 'archive', 'fly']

export const user = (n: number): Entity => ({ type: 'user', id: `u${n}` })
export const agent = (n: number): Entity => ({ type: 'agent', id: `bot${n}` })
export const document = (n: number): Entity => ({ type: 'document', id: `d${n}` })

type Asked = Pick<Request, 'subject' | 'actors' | 'action' | 'resource'> & Partial<Pick<Request, 'task'>>

const action = (c: Chance): string => (c.chance(0.06) ? c.pick(RARE) : c.pick(ACTIONS))

/** Who may ask what: users for the most part, agents for themselves and for users, now and then all that rules know of. */
function asked(c: Chance, size: Size): Asked {
  const who = user(c.zipf(size.users))
  const what = document(c.zipf(size.documents))
  const bot = agent(c.zipf(size.agents))
  const roll = c.below(100)
  if (roll < 72) return { subject: who, actors: [], action: action(c), resource: what }
  if (roll < 86) {
    const chain = c.chance(0.2) ? [bot, agent(c.zipf(size.agents))] : [bot]
    return { subject: who, actors: chain, action: c.pick(['view', 'edit', 'publish', 'send']), resource: what }
  }
  if (roll < 93) {
    const task = c.chance(0.5) ? { task: c.pick(TASKS) } : {}
    return { subject: bot, actors: [], action: c.pick(['view', 'publish', 'send', 'send']), resource: what, ...task }
  }
  if (roll < 95) {
    const tool = { type: 'mcp_tool', id: `${c.pick(SERVERS)}/${c.pick(TOOLS)}` }
    return { subject: bot, actors: [], action: 'use', resource: tool }
  }
  if (roll < 96) {
    const approval = { type: 'approval', id: c.pick(APPROVALS) }
    return {
      subject: c.chance(0.7) ? who : bot,
      actors: [],
      action: c.pick(['approve', 'obtain', 'cover']),
      resource: approval,
    }
  }
  if (roll < 97) {
    const key = { type: 'key', id: KEYS[c.zipf(KEYS.length)] ?? '' }
    return {
      subject: key,
      actors: [],
      action: c.pick(['read', 'write']),
      resource: { type: 'org_policy', id: 'fresh' },
    }
  }
  if (roll < 98) {
    const service = { type: 'service', id: c.pick(SERVICES) }
    return {
      subject: service,
      actors: [],
      action: c.pick(['archive', 'obtain']),
      resource: c.chance(0.5) ? what : { type: 'scope', id: 'documents.read' },
    }
  }
  if (roll < 99) return { subject: who, actors: [], action: 'view', resource: { type: 'document', id: null } }
  return {
    subject: { type: 'user', id: 'nobody' },
    actors: [],
    action: 'view',
    resource: { type: 'document', id: 'none' },
  }
}

function context(c: Chance): JsonObject {
  return {
    ...(c.chance(0.5) && { ip: c.pick(['10.1.2.3', '192.0.2.7', '203.0.113.1']) }),
    ...(c.chance(0.4) && { size: c.below(4) }),
  }
}

/** The n-th request of a run: the same for whoever asks it, and whoever judges the answer. Few questions are most of it. */
export function requestOf(seed: number, n: number, org: string, size: Size): Request {
  const c = chanceOf(Math.imul(seed, 1_000_003) + n)
  const question = c.zipf(size.questions)
  const what = asked(chanceOf(question), size)
  const properties = c.chance(0.05) ? { properties: { status: c.pick(['public', 'draft']), size: c.below(9) } } : {}
  return { ...what, org, resource: { ...what.resource, ...properties }, context: context(c), at: c.pick(INSTANTS) }
}
