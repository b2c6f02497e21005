import { newEnforcer, newModelFromString, StringAdapter } from 'casbin'
import type { BenchRule } from '../cases/rules.ts'
import { documentId, teamId, userId, type World } from '../cases/world.ts'
import type { Maker } from '../contestant.ts'

/** Roles for users and their teams; how a document belongs to the asker is a function, as its documentation suggests. */
const MODEL = `
[request_definition]
r = sub, type, obj, act, weekday

[policy_definition]
p = sub, type, act, link, days, eft

[role_definition]
g = _, _

[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))

[matchers]
m = r.act == p.act && r.type == p.type && g(r.sub, p.sub) && linked(p.link, r.sub, r.obj) && (p.days == "any" || r.weekday <= 5)
`

function roleOf({ subject }: BenchRule): string {
  switch (subject.kind) {
    case 'type':
      return `all-${subject.type}`
    case 'named':
      return subject.user
    case 'team':
      return subject.team
    case 'contractors':
      return 'contractor'
  }
}

const policyOf = (rule: BenchRule): string =>
  [
    'p',
    roleOf(rule),
    rule.type,
    rule.action,
    rule.link,
    rule.weekdays ? 'weekdays' : 'any',
    rule.effect === 'permit' ? 'allow' : 'deny',
  ].join(', ')

function groupings(world: World): readonly string[] {
  return world.teamsOf.flatMap((teams, n) => [
    `g, ${userId(n)}, all-user`,
    ...teams.map(team => `g, ${userId(n)}, ${teamId(team)}`),
    ...(world.contractors.has(n) ? [`g, ${userId(n)}, contractor`] : []),
  ])
}

function linkedIn(world: World): (link: string, user: string, document: string) => boolean {
  const teamsOf = new Map(world.teamsOf.map((teams, n) => [userId(n), new Set(teams)]))
  const sharedWith = new Map(world.sharedWith.map((teams, n) => [documentId(n), teams]))
  const ownerOf = new Map(world.ownerOf.map((owner, n) => [documentId(n), userId(owner)]))
  return (link, user, document) => {
    if (link === 'none') return true
    if (link === 'owner') return ownerOf.get(document) === user
    const teams = teamsOf.get(user)
    return teams !== undefined && (sharedWith.get(document) ?? []).some(team => teams.has(team))
  }
}

/** casbin with its policies and roles in memory, asked without promises. */
export const casbinContestants: Maker = async ({ world, rules, requests }) => {
  const lines = [...rules.map(policyOf), ...groupings(world)].join('\n')
  const enforcer = await newEnforcer(newModelFromString(MODEL), new StringAdapter(lines))
  await enforcer.addFunction('linked', linkedIn(world))
  const calls = requests.map(asked => [
    userId(asked.user),
    'document',
    documentId(asked.document),
    asked.action,
    asked.weekday,
  ])
  return [{ name: 'casbin', decide: n => enforcer.enforceSync(...(calls[n] ?? [])) }]
}
