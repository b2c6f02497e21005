import { chanceFrom } from '../random.ts'
import { teamId, userId } from './world.ts'

/** A rule as plain data, for each contestant to say in its own language. */
export interface BenchRule {
  readonly effect: 'permit' | 'forbid'
  readonly subject:
    | { readonly kind: 'type'; readonly type: SubjectType }
    | { readonly kind: 'named'; readonly user: string }
    | { readonly kind: 'team'; readonly team: string }
    | { readonly kind: 'contractors' }
  readonly action: string
  readonly type: string
  /** How the resource must belong to the subject. */
  readonly link: 'none' | 'team' | 'owner'
  readonly weekdays: boolean
}

export type SubjectType = 'user' | 'agent' | 'service'

export const TYPES = [
  ...['document', 'report', 'ticket', 'invoice', 'contract', 'project', 'folder', 'image', 'video', 'page'],
  ...['dataset', 'notebook', 'pipeline', 'build', 'release', 'package', 'server', 'cluster', 'database', 'table'],
  ...['record', 'order', 'shipment', 'product', 'customer', 'account', 'card', 'loan', 'claim', 'lesson'],
  ...['course', 'exam', 'recipe', 'vehicle', 'route', 'station', 'sensor', 'alarm', 'camera', 'room'],
] as const

const VERBS = [
  ...['archive', 'publish', 'export', 'import', 'rename', 'move', 'copy', 'lock', 'unlock', 'print', 'sign'],
  ...['assign', 'close', 'reopen', 'merge', 'tag', 'pin', 'restore', 'download', 'upload', 'translate'],
  ...['inspect', 'transfer', 'duplicate', 'freeze', 'audit'],
] as const

const rule = (
  subject: BenchRule['subject'],
  action: string,
  type: string,
  link: BenchRule['link'] = 'none',
  weekdays = false,
  effect: BenchRule['effect'] = 'permit',
): BenchRule => ({ effect, subject, action, type, link, weekdays })

const USERS = { kind: 'type', type: 'user' } as const

/** The rules every request meets, at every size. */
const CORE: readonly BenchRule[] = [
  rule(USERS, 'edit', 'document', 'team', true),
  rule(USERS, 'view', 'document', 'team'),
  rule(USERS, 'delete', 'document', 'owner'),
  rule({ kind: 'contractors' }, 'edit', 'document', 'none', false, 'forbid'),
]

/**
 * `count` different rules: the core, spread among others about other actions, other types or other subjects. One other
 * rule in ten is about the same actions on documents, for one named user who never asks.
 */
export function buildRules(count: number): readonly BenchRule[] {
  const chance = chanceFrom(count)
  const seen = new Set<string>()
  const others: BenchRule[] = []
  while (others.length < count - CORE.length) {
    const made = chance.below(10) === 0 ? sameTopic(chance, others.length) : otherTopic(chance)
    const key = JSON.stringify(made)
    if (!seen.has(key)) others.push(made)
    seen.add(key)
  }
  const step = Math.floor(others.length / CORE.length)
  return CORE.flatMap((core, i) => [
    ...others.slice(i * step, i === CORE.length - 1 ? others.length : (i + 1) * step),
    core,
  ])
}

const sameTopic = (chance: ReturnType<typeof chanceFrom>, n: number): BenchRule =>
  rule({ kind: 'named', user: `guest${n}` }, chance.of(['edit', 'view', 'delete']), 'document')

function otherTopic(chance: ReturnType<typeof chanceFrom>): BenchRule {
  const subject = chance.of<BenchRule['subject']>([
    USERS,
    { kind: 'type', type: 'agent' },
    { kind: 'type', type: 'service' },
    { kind: 'named', user: userId(chance.below(1000)) },
    { kind: 'team', team: teamId(chance.below(50)) },
  ])
  const link =
    subject.kind === 'type' && subject.type === 'user' ? chance.of(['none', 'team', 'owner'] as const) : 'none'
  return rule(subject, chance.of(VERBS), chance.of(TYPES), link, chance.below(3) === 0)
}
