import type { StoredTuple } from '../../src/facts/store.ts'
import { check } from '../../src/pdp/check.ts'
import { type OrgState, stateOf } from '../../src/pdp/org.ts'
import type { Request } from '../../src/policy/request.ts'
import { englishOf, MODEL } from '../cases/english.ts'
import { buildRequests, engineRequest } from '../cases/requests.ts'
import { buildRules } from '../cases/rules.ts'
import { buildWorld, tuplesOf } from '../cases/world.ts'
import { shippedRules } from '../ours.ts'
import type { WeighedLoad } from './weigh.ts'

/** Prints what a cached residual takes, of the load of the bench and of a harder one. Needs `--expose-gc`. */
const LINKS = 52_000

function orgOf(dsl: string, text: string, tuples: Iterable<StoredTuple>): OrgState {
  const state = stateOf(
    {
      org: { slug: 'bench', name: 'Bench', zone: 'Europe/Berlin' },
      revision: 1,
      model: { id: 'm', dsl },
      policy: { version: 1, text, author: '', note: '', publishedAt: 0 },
      keys: [],
      attributes: [],
      tuples: [],
    },
    shippedRules(),
  )
  for (const tuple of tuples) state.graph?.write(tuple)
  return state
}

/** Users in teams, documents shared with teams, owners, contractors, weekdays. */
function benchLoad(): { readonly state: OrgState; readonly requests: readonly Request[] } {
  const world = buildWorld(200_000)
  const rules = buildRules(100)
  return {
    state: orgOf(MODEL, englishOf(rules), tuplesOf(world)),
    requests: buildRequests(world, rules, LINKS, 2_048).map(engineRequest),
  }
}

const HARD_MODEL = `model
  schema 1.1
type user
type agent
  relations
    define owner: [user]
type team
  relations
    define member: [user, team#member]
type folder
  relations
    define viewer: [user, team#member]
type document
  relations
    define folder: [folder]
    define shared_with: [team]
    define viewer: [user, team#member] or viewer from folder
`
const HARD_POLICY = [
  'A document has a status of draft or public and a size as a number.',
  'A user has a level as a number.',
  'Users can read documents shared with their team, weekdays only.',
  'Viewers of the document can read documents between 8am and 6pm.',
  'Users cannot edit documents whose size is over 900.',
  'Users can edit documents if their level is over 3.',
  'Agents need approval from their owner to edit documents.',
].join('\n')

/** Nested groups, folders, values that differ for each, agents: most links have a user and a document of their own. */
function hardLoad(): { readonly state: OrgState; readonly requests: readonly Request[] } {
  const users = 20_000
  const tuples: StoredTuple[] = []
  const tuple = (object: string, relation: string, user: string) =>
    void tuples.push({ object, relation, user, condition: null })
  for (let i = 1; i < 400; i += 1) tuple(`team:t${i >> 2}`, 'member', `team:t${i}#member`)
  for (let i = 0; i < 400; i += 1) tuple(`folder:f${i}`, 'viewer', `team:t${i}#member`)
  for (let i = 0; i < users; i += 1) tuple(`team:t${i % 400}`, 'member', `user:someone${i}`)
  for (let i = 0; i < LINKS; i += 1) tuple(`document:file${i}`, 'folder', `folder:f${(i * 7) % 400}`)
  for (let i = 0; i < LINKS; i += 3) tuple(`document:file${i}`, 'shared_with', `team:t${i % 400}`)
  const state = orgOf(HARD_MODEL, HARD_POLICY, tuples)
  for (let i = 0; i < users; i += 1) state.attributes.put({ type: 'user', id: `someone${i}` }, 'level', i % 7)
  for (let i = 0; i < LINKS; i += 1) state.attributes.put({ type: 'document', id: `file${i}` }, 'size', i / 60)
  const requests = Array.from(
    { length: LINKS },
    (_, i): Request => ({
      org: 'bench',
      subject: { type: 'user', id: `someone${(i * 13) % users}` },
      actors: i % 10 === 0 ? [{ type: 'agent', id: `bot${i % 50}` }] : [],
      action: i % 4 === 0 ? 'edit' : 'read',
      resource: { type: 'document', id: `file${i}` },
      context: {},
      at: Date.UTC(2026, 2, 4, 10),
    }),
  )
  return { state, requests }
}

function settled(): number {
  for (let i = 0; i < 4; i += 1) globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function weigh({ state, requests }: { readonly state: OrgState; readonly requests: readonly Request[] }): WeighedLoad {
  // As a socket gives them: texts of their own, that nothing else keeps.
  const lines = requests.map(request => JSON.stringify(request))
  const ask = (line: string) => check(state, JSON.parse(line) as Request).verdict.effect
  for (const line of lines.slice(0, 500)) ask(line)
  state.cache.clear()
  const before = settled()
  const effects = { allow: 0, deny: 0, escalate: 0 }
  for (const line of lines) effects[ask(line)] += 1
  const took = settled() - before
  const { size, bytes } = state.cache
  // Both are held to the end, so that nothing but the cache is in between.
  const asked = Math.min(lines.length, requests.length)
  return { asked, size, bytes: took / size, counted: bytes / size, ...effects }
}

process.stdout.write(`${JSON.stringify({ bench: weigh(benchLoad()), hard: weigh(hardLoad()) })}\n`)
