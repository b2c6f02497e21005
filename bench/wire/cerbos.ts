import type { ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { BenchRule } from '../cases/rules.ts'
import { freePort, SERVER_CORE, start } from '../http/children.ts'
import type { Asked } from './asked.ts'
import { RULES } from './rules.ts'
import type { Keep, Server } from './server.ts'
import { documentId, reachOf, teamId, userId, type World } from './world.ts'

const LINKS = {
  none: null,
  team: 'hasIntersection(R.attr.sharedWith, P.attr.teams)',
  owner: 'R.attr.owner == P.id',
} as const

/** In Cerbos one role's permit outweighs another role's refusal, so that who is refused is a condition, not a role. */
function subjectClause({ subject }: BenchRule): string | null {
  switch (subject.kind) {
    case 'type':
      return null
    case 'named':
      return `P.id == "${subject.user}"`
    case 'team':
      return `"${subject.team}" in P.attr.teams`
    case 'contractors':
      return '"contractor" in P.roles'
  }
}

function ruleOf(rule: BenchRule): object {
  const weekdays = 'timestamp(R.attr.time).getDayOfWeek("Europe/Berlin") in [1, 2, 3, 4, 5]'
  const clauses = [subjectClause(rule), LINKS[rule.link], rule.weekdays ? weekdays : null].filter(c => c !== null)
  return {
    actions: [rule.action],
    effect: rule.effect === 'permit' ? 'EFFECT_ALLOW' : 'EFFECT_DENY',
    roles: [rule.subject.kind === 'type' ? rule.subject.type : 'user'],
    ...(clauses.length > 0 && { condition: { match: { all: { of: clauses.map(expr => ({ expr })) } } } }),
  }
}

/** One resource policy for each type, in Cerbos' JSON form. */
function writePolicies(directory: string, rules: readonly BenchRule[]): void {
  mkdirSync(directory)
  for (const type of new Set(rules.map(rule => rule.type))) {
    const own = rules.filter(rule => rule.type === type).map(ruleOf)
    const policy = {
      apiVersion: 'api.cerbos.dev/v1',
      resourcePolicy: { resource: type, version: 'default', rules: own },
    }
    writeFileSync(join(directory, `${type}.json`), JSON.stringify(policy))
  }
}

/** It is told in the request what the others look up: all teams someone is in, and those that these are in. */
const principal = (world: World, user: number) => ({
  id: userId(user),
  roles: ['user'],
  attr: { teams: reachOf(world, user).map(teamId) },
})

const resource = (world: World, { action, document }: Asked) => ({
  actions: [action],
  resource: {
    kind: 'document',
    id: documentId(document),
    attr: {
      owner: userId(world.ownerOf[document] ?? 0),
      sharedWith: (world.sharedWith[document] ?? []).map(teamId),
    },
  },
})

const bodyOf = (world: World, user: number, asked: readonly Asked[]): string =>
  JSON.stringify({
    requestId: 'bench',
    principal: principal(world, user),
    resources: asked.map(one => resource(world, one)),
  })

const PATH = '/api/check/resources'
const SIGN = 'EFFECT_ALLOW'

/** Starts the Cerbos server with the rules, without telemetry and without an audit log. */
export async function serveCerbos(world: World, directory: string, keep: Keep): Promise<Server> {
  const policies = join(directory, 'policies')
  writePolicies(policies, RULES)
  const [port, grpcPort] = [await freePort(), await freePort()]
  const config = join(directory, 'cerbos.json')
  const settings = {
    server: { httpListenAddr: `127.0.0.1:${port}`, grpcListenAddr: `127.0.0.1:${grpcPort}` },
    storage: { driver: 'disk', disk: { directory: policies, watchForChanges: false } },
    telemetry: { disabled: true },
    audit: { enabled: false },
  }
  writeFileSync(config, JSON.stringify(settings))
  const binary = createRequire(import.meta.url).resolve('@cerbos/cerbos-linux-x64')
  const child = start(SERVER_CORE, binary, ['server', `--config=${config}`, '--log-level=error'], false)
  keep(child)
  await untilReady(`http://127.0.0.1:${port}/_cerbos/health`, child)
  return {
    name: 'Cerbos',
    child,
    port,
    headers: {},
    single: {
      path: PATH,
      sign: SIGN,
      body: asked => bodyOf(world, asked.user, [asked]),
    },
    batch: {
      path: PATH,
      sign: SIGN,
      body: asked => bodyOf(world, asked[0]?.user ?? 0, asked),
    },
    write: null,
    isAskedCold: true,
    owed: null,
    load: null,
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300 && child.exitCode === null; tries += 1) {
    const ready = await fetch(url).then(
      answer => answer.ok,
      () => false,
    )
    if (ready) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new Error('the cerbos server did not start')
}
