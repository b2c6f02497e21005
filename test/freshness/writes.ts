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

const tuple = (
  object: string,
  relation: string,
  by: string,
  condition: StoredTuple['condition'] = null,
): StoredTuple => ({
  ...{ object, relation, user: by, condition },
})

/** A tuple that some model takes, of those that are asked about, as people write them from day to day. */
export function tupleFor(c: Chance, size: Size): StoredTuple {
  const who = name(user(c.zipf(size.users)))
  const team = `team:t${c.zipf(size.teams)}`
  const paper = name(document(c.zipf(size.documents)))
  const within = c.chance(0.3) ? { name: 'within', context: { most: c.below(4) } } : null
  switch (c.below(16)) {
    case 0:
      return tuple(`group:g${c.zipf(size.groups)}`, 'member', who)
    case 1:
    case 2:
    case 3:
      return tuple(team, c.chance(0.9) ? 'member' : 'lead', who)
    case 4:
      return tuple(team, 'member', name(agent(c.zipf(size.agents))))
    case 5:
      return tuple(paper, 'folder', `folder:f${c.zipf(size.folders)}`)
    case 6:
    case 7:
    case 8:
    case 9:
      return tuple(paper, 'shared_with', team)
    case 10:
      return tuple(paper, 'viewer', c.pick([who, `${team}#member`]), within)
    case 11:
      return tuple(paper, 'editor', c.pick([who, `${team}#member`]))
    case 12:
      return c.chance(0.5) ? tuple(paper, 'blocked', who, within) : tuple(paper, 'blocked', `${team}#member`)
    case 13:
    case 14:
      return tuple(paper, c.pick(['owner', 'vetted']), who)
    default:
      return c.chance(0.5)
        ? tuple(`folder:f${c.zipf(size.folders)}`, 'editor', who)
        : tuple('org:fresh', 'auditor', who)
  }
}

/** One that says how the org is made up: what many answers went through. */
export function structureFor(c: Chance, size: Size): StoredTuple {
  const team = `team:t${c.zipf(size.teams)}`
  const group = `group:g${c.zipf(size.groups)}`
  const folder = `folder:f${c.zipf(size.folders)}`
  switch (c.below(8)) {
    case 0:
      return tuple(group, 'member', `group:g${c.zipf(size.groups)}#member`)
    case 1:
      return tuple(
        team,
        c.chance(0.8) ? 'member' : 'lead',
        c.pick([`${group}#member`, `team:t${c.zipf(size.teams)}#member`]),
      )
    case 2:
      return tuple(folder, 'parent', `folder:f${c.zipf(size.folders)}`)
    case 3:
      return tuple(folder, c.pick(['viewer', 'editor']), `${team}#member`)
    case 4:
      return tuple(folder, 'viewer', c.chance(0.3) ? 'user:*' : name(user(c.zipf(size.users))))
    case 5:
      // Shared with every team: what a user is in is then looked up from the user.
      return tuple(name(document(c.zipf(size.documents))), 'shared_with', 'team:*')
    case 6:
      return tuple(name(agent(c.zipf(size.agents))), 'owner', name(user(c.zipf(size.users))))
    default:
      return tuple('org:fresh', 'auditor', `${team}#member`)
  }
}

/** `known` holds tuples that may be there: most of those that are deleted are. */
const tuples = (c: Chance, known: StoredTuple[], make: () => StoredTuple): Change => {
  const adds = c.chance(0.55)
  const one = (): StoredTuple => {
    const at = c.below(known.length + 1)
    const old = adds || c.chance(0.2) ? undefined : known.splice(at, 1)[0]
    return old ?? make()
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
  if (c.chance(0.4)) {
    const gone = c.pick(ofUser ? ['level', 'department'] : ['status', 'status', 'size'])
    return { kind: 'attributes', entity, set: {}, unset: [gone] }
  }
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

type Making = 'agent' | 'user' | 'service' | 'server' | 'budget' | 'signal' | 'task' | 'consent' | 'approval' | 'grant'

function registered(c: Chance, size: Size, what: Making): Change {
  const bot = agent(c.zipf(size.agents))
  const who = user(c.zipf(size.users))
  switch (what) {
    case 'agent':
      return put(
        agentNamed(bot.id, {
          status: c.chance(0.7) ? 'active' : c.pick(STATUSES.filter(s => s !== 'revoked')),
          owner: c.pick([null, who, { type: 'team', id: `t${c.zipf(size.teams)}` }]),
          capabilities: CAPABILITIES.filter(() => c.chance(0.6)),
          allowedTools: c.chance(0.7) ? null : TOOLS.filter(() => c.chance(0.5)),
          budgetPolicy: c.chance(0.5) ? {} : { max_api_calls_per_hour: 1 + c.below(9) },
        }),
      )
    case 'user':
      return put(
        userNamed(who.id, {
          status: c.chance(0.8) ? 'active' : 'suspended',
          groups: c.chance(0.5) ? [] : [`t${c.zipf(size.teams)}`],
          attributes: c.pick([{}, { level: c.below(6) }, { department: 'contract', level: 5 }]),
        }),
      )
    case 'service':
      return put(
        serviceNamed(c.pick(SERVICES), { capabilities: c.pick([[], ['archive:documents', 'documents.read']]) }),
      )
    case 'server':
      return put(
        serverNamed(c.pick(SERVERS), {
          status: c.chance(0.8) ? 'active' : 'inactive',
          tools: TOOLS.filter(() => c.chance(0.7)).map(tool => ({ name: tool, scope: 'desk.use' })),
          allowedAgents: c.chance(0.5) ? null : [bot.id],
        }),
      )
    case 'budget': {
      const of = c.chance(0.4) ? 'org' : `team:t${c.zipf(size.teams)}`
      if (c.chance(0.3)) return gone('budget', of)
      const policy = { max_api_calls_per_hour: c.below(5), require_approval_above_usd: '10' }
      return put({ kind: 'budget', id: of, policy, createdAt: BEGUN, updatedAt: BEGUN, version: 1 })
    }
    case 'signal': {
      const of = c.pick([who, bot])
      if (c.chance(0.3)) return gone('signal', name(of))
      return put({ ...quiet(of, BEGUN), level: c.pick(RISKS), unreviewed: c.pick(RISKS), version: 1 })
    }
    case 'task': {
      const id = c.pick(TASKS)
      if (c.chance(0.1)) return gone('task', id)
      const parent = id === TASKS[2] && c.chance(0.5) ? TASKS[0] : null
      const state = c.chance(0.7) ? 'active' : c.pick(['suspended', 'completed'] as const)
      const consents = c.chance(0.4) ? [c.pick(CONSENTS)] : []
      return put(
        taskNamed(id, { agent: bot.id, subject: bot, parent, state, consents, createdAt: BEGUN, expiresAt: OVER }),
      )
    }
    case 'consent': {
      const revokedAt = c.chance(0.4) ? BEGUN : null
      const more = { scopes: [], grantedAt: BEGUN, expiresAt: null, revokedAt }
      return put({ kind: 'consent', id: c.pick(CONSENTS), user: who.id, agent: bot.id, ...more })
    }
    case 'approval': {
      const id = c.pick(APPROVALS)
      if (c.chance(0.1)) return gone('approval', id)
      return put(approvalNamed(c, id, bot, who))
    }
    case 'grant': {
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

/** How often what is not of every day is written: what many answers rest on, and (a policy, a model, the zone) all do. */
export interface Mix {
  readonly seldom: number
  readonly rare: number
}

/** A write of any kind. `n` is unlike that of any other write; `known` keeps tuples that may be there. */
export function writeFor(c: Chance, size: Size, n: string, part: Mix, known: StoredTuple[]): Wanted {
  if (c.chance(part.rare)) {
    switch (c.below(4)) {
      case 0:
        return change({ kind: 'model', id: `m${n}`, dsl: c.pick(MODELS) })
      case 1:
        return change({ kind: 'org', name: 'Fresh', zone: c.pick(ZONES) })
      default:
        return { kind: 'publish', text: c.below(3) }
    }
  }
  if (c.chance(part.seldom)) return change(seldom(c, size, n, known))
  const roll = c.below(100)
  if (roll < 74) return change(tuples(c, known, () => tupleFor(c, size)))
  if (roll < 86) return change(attributes(c, size))
  return change(registered(c, size, c.pick(['agent', 'user', 'task', 'consent', 'approval', 'grant', 'grant'])))
}

function seldom(c: Chance, size: Size, n: string, known: StoredTuple[]): Change {
  const roll = c.below(100)
  if (roll < 40) return tuples(c, known, () => structureFor(c, size))
  if (roll < 80) return registered(c, size, c.pick(['service', 'server', 'budget', 'signal']))
  if (roll < 88) {
    const id = KEYS[c.zipf(KEYS.length)] ?? ''
    const key = { id, org: 'fresh', name: 'k', role: c.pick(['admin', 'auditor']), hash: id.padEnd(64, '0') }
    // What is revoked stays so.
    return { kind: 'key', key: { ...key, createdAt: BEGUN, revokedAt: c.chance(0.02) ? BEGUN : null } }
  }
  return roll < 94 ? { kind: 'stale', tuples: [tupleFor(c, size)] } : unread(c, n)
}
