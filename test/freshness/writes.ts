import { STATUSES } from '../../src/agents/agent.ts'
import { RISKS } from '../../src/agents/approval.ts'
import { quiet } from '../../src/agents/signal.ts'
import type { Registered, RegisteredKind } from '../../src/facts/registry.ts'
import type { Change, StoredTuple } from '../../src/facts/store.ts'
import { agentNamed, serverNamed, serviceNamed, taskNamed, userNamed } from '../support/registered.ts'
import { approvalNamed, grantNamed } from './approvals.ts'
import type { Chance } from './chance.ts'
import { agent, document, user } from './requests.ts'
import {
  APPROVALS,
  BEGUN,
  CONSENTS,
  GRANTS,
  KEYS,
  MODELS,
  OVER,
  SERVERS,
  SERVICES,
  type Size,
  TASKS,
  TOOLS,
  ZONES,
} from './scene.ts'

const BY = 'user:writer'
const name = ({ type, id }: { readonly type: string; readonly id: string }): string => `${type}:${id}`
const put = (entry: Registered): Change => ({ kind: 'registered', entry, by: BY })
const gone = (of: RegisteredKind, id: string): Change => ({ kind: 'unregistered', of, id, by: BY })

/** A tuple that some model takes, of those that are asked about. */
export function tupleFor(c: Chance, size: Size): StoredTuple {
  const who = name(user(c.zipf(size.users)))
  const team = `team:t${c.zipf(size.teams)}`
  const group = `group:g${c.zipf(size.groups)}`
  const folder = `folder:f${c.zipf(size.folders)}`
  const paper = name(document(c.zipf(size.documents)))
  const within = c.chance(0.3) ? { name: 'within', context: { most: c.below(4) } } : null
  const tuple = (object: string, relation: string, by: string, condition: StoredTuple['condition'] = null) => ({
    ...{ object, relation, user: by, condition },
  })
  switch (c.below(20)) {
    case 0:
    case 1:
      return tuple(group, 'member', who)
    case 2:
      return tuple(group, 'member', `group:g${c.zipf(size.groups)}#member`)
    case 3:
    case 4:
    case 5:
      return tuple(team, 'member', who)
    case 6:
      return tuple(team, c.pick(['member', 'member', 'lead']), c.chance(0.5) ? `${group}#member` : who)
    case 7:
      return tuple(
        team,
        'member',
        c.chance(0.5) ? `team:t${c.zipf(size.teams)}#member` : name(agent(c.zipf(size.agents))),
      )
    case 8:
      return tuple(folder, 'parent', `folder:f${c.zipf(size.folders)}`)
    case 9:
      return tuple(folder, c.pick(['viewer', 'editor']), c.pick([who, `${team}#member`]))
    case 10:
      return c.chance(0.3) ? tuple(folder, 'viewer', 'user:*') : tuple(paper, 'folder', folder)
    case 11:
    case 12:
    case 13:
      return tuple(paper, 'shared_with', team)
    case 14:
      return tuple(paper, 'viewer', c.pick([who, `${team}#member`]), within)
    case 15:
      return tuple(paper, 'editor', c.pick([who, `${team}#member`]))
    case 16:
      return c.chance(0.5) ? tuple(paper, 'blocked', who, within) : tuple(paper, 'blocked', `${team}#member`)
    case 17:
      return tuple(paper, c.pick(['owner', 'vetted']), who)
    case 18:
      return tuple(name(agent(c.zipf(size.agents))), 'owner', who)
    default:
      return tuple('org:fresh', 'auditor', c.pick([who, `${team}#member`]))
  }
}

/** `known` holds tuples that may be there: most of those that are deleted are. */
const tuples = (c: Chance, size: Size, known: StoredTuple[]): Change => {
  const adds = c.chance(0.55)
  const one = (): StoredTuple => {
    const at = c.below(known.length + 1)
    const old = adds || c.chance(0.2) ? undefined : known.splice(at, 1)[0]
    return old ?? tupleFor(c, size)
  }
  const some = Array.from({ length: c.chance(0.8) ? 1 : 3 }, one)
  if (adds) known.push(...some)
  return adds
    ? { kind: 'tuples', writes: some, deletes: [] }
    : {
        kind: 'tuples',
        writes: [],
        deletes: some.map(({ object, relation, user: by }) => ({ object, relation, user: by })),
      }
}

function attributes(c: Chance, size: Size): Change {
  const ofUser = c.chance(0.4)
  const entity = ofUser ? user(c.zipf(size.users)) : document(c.zipf(size.documents))
  if (c.chance(0.2)) return { kind: 'attributes', entity, set: {}, unset: [ofUser ? 'level' : 'status'] }
  const set = ofUser
    ? c.pick([{ level: c.below(6) }, { department: c.pick(['contract', 'agency', 'sales']) }])
    : c.pick([{ status: c.pick(['draft', 'review', 'public']) }, { size: c.below(9) }])
  return { kind: 'attributes', entity, set, unset: [] }
}

const CAPABILITIES = [
  'view:documents',
  'edit:documents',
  'publish:documents',
  'tool:tools/search',
  'tool:desk',
  'desk.use',
  'send:documents',
]

function registered(c: Chance, size: Size): Change {
  const bot = agent(c.zipf(size.agents))
  const who = user(c.zipf(size.users))
  switch (c.below(11)) {
    case 0:
    case 1:
      return put(
        agentNamed(bot.id, {
          status: c.chance(0.7) ? 'active' : c.pick(STATUSES.filter(s => s !== 'revoked')),
          owner: c.pick([null, who, { type: 'team', id: `t${c.zipf(size.teams)}` }]),
          capabilities: CAPABILITIES.filter(() => c.chance(0.6)),
          allowedTools: c.chance(0.7) ? null : TOOLS.filter(() => c.chance(0.5)),
          budgetPolicy: c.chance(0.5) ? {} : { max_api_calls_per_hour: 1 + c.below(9) },
        }),
      )
    case 2:
      return put(
        userNamed(who.id, {
          status: c.chance(0.8) ? 'active' : 'suspended',
          groups: c.chance(0.5) ? [] : [`t${c.zipf(size.teams)}`],
          attributes: c.pick([{}, { level: c.below(6) }, { department: 'contract', level: 5 }]),
        }),
      )
    case 3:
      return put(
        serviceNamed(c.pick(SERVICES), { capabilities: c.pick([[], ['archive:documents', 'documents.read']]) }),
      )
    case 4:
      return put(
        serverNamed(c.pick(SERVERS), {
          status: c.chance(0.8) ? 'active' : 'inactive',
          tools: TOOLS.filter(() => c.chance(0.7)).map(tool => ({ name: tool, scope: 'desk.use' })),
          allowedAgents: c.chance(0.5) ? null : [bot.id],
        }),
      )
    case 5: {
      const of = c.chance(0.4) ? 'org' : `team:t${c.zipf(size.teams)}`
      if (c.chance(0.3)) return gone('budget', of)
      const policy = { max_api_calls_per_hour: c.below(5), require_approval_above_usd: '10' }
      return put({ kind: 'budget', id: of, policy, createdAt: BEGUN, updatedAt: BEGUN, version: 1 })
    }
    case 6: {
      const of = c.pick([who, bot])
      if (c.chance(0.3)) return gone('signal', name(of))
      return put({ ...quiet(of, BEGUN), level: c.pick(RISKS), unreviewed: c.pick(RISKS), version: 1 })
    }
    case 7: {
      const id = c.pick(TASKS)
      if (c.chance(0.1)) return gone('task', id)
      const parent = id === TASKS[2] && c.chance(0.5) ? TASKS[0] : null
      const state = c.chance(0.7) ? 'active' : c.pick(['suspended', 'completed'] as const)
      const consents = c.chance(0.4) ? [c.pick(CONSENTS)] : []
      return put(
        taskNamed(id, { agent: bot.id, subject: bot, parent, state, consents, createdAt: BEGUN, expiresAt: OVER }),
      )
    }
    case 8: {
      const revokedAt = c.chance(0.4) ? BEGUN : null
      const more = { scopes: [], grantedAt: BEGUN, expiresAt: null, revokedAt }
      return put({ kind: 'consent', id: c.pick(CONSENTS), user: who.id, agent: bot.id, ...more })
    }
    case 9: {
      const id = c.pick(APPROVALS)
      if (c.chance(0.1)) return gone('approval', id)
      return put(approvalNamed(c, id, bot, who))
    }
    default: {
      const id = c.pick(GRANTS)
      if (c.chance(0.2)) return gone('grant', id)
      return put(grantNamed(c, id, bot, who, document(c.zipf(size.documents))))
    }
  }
}

/** Kinds of rows no decision reads: they move the revision, and drop nothing. */
function unread(c: Chance, n: string): Change {
  if (c.chance(0.5)) {
    const of = { kind: 'token' as const, jti: n }
    return put({ kind: 'revocation', id: `rev_${n}`, of, at: BEGUN, until: OVER, reason: 'test' })
  }
  return { kind: 'store', store: { id: n, name: n, createdAt: BEGUN, deletedAt: null } }
}

/** What is published is made when it is: its version is the last one and one. */
export type Wanted =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'publish'; readonly text: number }

const change = (made: Change): Wanted => ({ kind: 'change', change: made })

/**
 * A write of any kind, those that happen often more often. `n` is unlike that of any other write. What drops everything
 * (a policy, a model, the org's zone) is one in `rarity`.
 */
export function writeFor(c: Chance, size: Size, n: string, rarity: number, known: StoredTuple[]): Wanted {
  if (c.chance(1 / rarity)) {
    switch (c.below(4)) {
      case 0:
        return change({ kind: 'model', id: `m${n}`, dsl: c.pick(MODELS) })
      case 1:
        return change({ kind: 'org', name: 'Fresh', zone: c.pick(ZONES) })
      default:
        return { kind: 'publish', text: c.below(3) }
    }
  }
  const roll = c.below(100)
  if (roll < 70) return change(tuples(c, size, known))
  if (roll < 82) return change(attributes(c, size))
  if (roll < 95) return change(registered(c, size))
  if (roll < 97) {
    const id = c.pick(KEYS)
    const key = { id, org: 'fresh', name: 'k', role: c.pick(['admin', 'auditor']), hash: id.padEnd(64, '0') }
    // What is revoked stays so.
    return change({ kind: 'key', key: { ...key, createdAt: BEGUN, revokedAt: c.chance(0.02) ? BEGUN : null } })
  }
  if (roll < 98) return change({ kind: 'stale', tuples: [tupleFor(c, size)] })
  return change(unread(c, n))
}
