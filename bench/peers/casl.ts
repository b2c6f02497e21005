import { createMongoAbility, type MongoAbility, type RawRuleOf } from '@casl/ability'
import type { BenchRule } from '../cases/rules.ts'
import { teamId, userId, type World } from '../cases/world.ts'
import type { Maker } from '../contestant.ts'

type Ability = MongoAbility<[string, string | Document]>
type Rule = RawRuleOf<Ability>

/** What is asked about. CASL has no context of a call, so the weekday rides on the resource. */
interface Document {
  readonly type: string
  readonly owner: number
  readonly sharedWith: readonly number[]
  readonly weekday: number
}

/** Whether a rule is about this user at all; CASL leaves that to whoever builds the ability. */
function concerns({ subject }: BenchRule, world: World, user: number): boolean {
  switch (subject.kind) {
    case 'type':
      return subject.type === 'user'
    case 'named':
      return subject.user === userId(user)
    case 'team':
      return (world.teamsOf[user] ?? []).some(team => teamId(team) === subject.team)
    case 'contractors':
      return world.contractors.has(user)
  }
}

function ruleFor(rule: BenchRule, world: World, user: number): Rule {
  const conditions = {
    ...(rule.link === 'team' && { sharedWith: { $in: world.teamsOf[user] ?? [] } }),
    ...(rule.link === 'owner' && { owner: user }),
    ...(rule.weekdays && { weekday: { $lte: 5 } }),
  }
  return {
    action: rule.action,
    subject: rule.type,
    inverted: rule.effect === 'forbid',
    ...(Object.keys(conditions).length > 0 && { conditions }),
  }
}

/** What forbids comes last: in CASL a later rule wins. */
function abilityOf(rules: readonly BenchRule[], world: World, user: number): Ability {
  const own = rules.filter(rule => concerns(rule, world, user)).map(rule => ruleFor(rule, world, user))
  const ordered = [...own.filter(rule => rule.inverted !== true), ...own.filter(rule => rule.inverted === true)]
  return createMongoAbility<Ability>(ordered, {
    detectSubjectType: document => (typeof document === 'string' ? document : document.type),
  })
}

/** CASL: one ability for each asking user, built beforehand. */
export const caslContestants: Maker = async ({ world, rules, requests }) => {
  const abilities = new Map<number, Ability>()
  for (const { user } of requests) if (!abilities.has(user)) abilities.set(user, abilityOf(rules, world, user))
  const calls = requests.map(asked => ({
    ability: abilities.get(asked.user) as Ability,
    action: asked.action,
    document: {
      type: 'document',
      owner: world.ownerOf[asked.document] ?? 0,
      sharedWith: world.sharedWith[asked.document] ?? [],
      weekday: asked.weekday,
    },
  }))
  return [
    {
      name: 'CASL',
      decide(n) {
        const { ability, action, document } = calls[n] as (typeof calls)[number]
        return ability.can(action, document)
      },
    },
  ]
}
