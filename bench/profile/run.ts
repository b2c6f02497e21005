import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { CLIENT_CORE, heard, SERVER_CORE, startModule, stop } from '../http/children.ts'
import type { FromClient, Load } from '../http/load.ts'
import { bodiesFor, FORM } from '../tokens/cases.ts'
import { serveOurs as serveTokens } from '../tokens/servers.ts'
import { askerOf } from '../wire/asked.ts'
import { loadOf, questionsOf } from '../wire/load.ts'
import { serveOurs } from '../wire/ours.ts'
import { WARM } from '../wire/plan.ts'
import { buildWorld } from '../wire/world.ts'
import { type Shares, sharesOf } from './shares.ts'

export interface Profiled {
  readonly name: string
  readonly shares: Shares
}

const HOOK = new URL('./hook.ts', import.meta.url).href
const CONNECTIONS = 32
const TUPLES = 10_000

/** Profiles of all that is told of in words, each of a process of its own, for so many milliseconds. */
export async function profileAll(forMs: number, say: (text: string) => void): Promise<readonly Profiled[]> {
  const directory = mkdtempSync(join(tmpdir(), 'lumoauth-profile-'))
  const children: ChildProcess[] = []
  const keep = (child: ChildProcess): ChildProcess => {
    children.push(child)
    return child
  }
  const { NODE_OPTIONS, BENCH_PROFILES } = process.env
  process.env.NODE_OPTIONS = `--import ${HOOK}`
  process.env.BENCH_PROFILES = directory
  try {
    const profiled: Profiled[] = []
    const add = async (name: string, child: ChildProcess, during: () => Promise<unknown>): Promise<void> => {
      say(`  ${name}`)
      profiled.push({ name, shares: sharesOf(await profileOf(child, directory, during)) })
    }
    for (const [work, name] of [
      ['warm', 'a warm decision'],
      ['cold', 'a cold decision'],
      ['write', 'a write, in memory'],
      ['mix', 'checks between writes, in memory'],
    ] as const) {
      const child = keep(startModule(SERVER_CORE, '../profile/work.ts', [work]))
      await heard(child)
      await add(name, child, () => setTimeout(forMs))
      await stop(child)
    }
    const client = keep(startModule(CLIENT_CORE, './client.ts', []))
    await heard(client)
    for (const { name, child, load, owed } of await servers(keep)) {
      await put(client, { ...load, forMs: forMs / 2 })
      while (((await owed?.()) ?? 0) > 0) await setTimeout(20)
      await add(name, child, () => put(client, { ...load, forMs }))
    }
    return profiled
  } finally {
    restore({ NODE_OPTIONS, BENCH_PROFILES })
    await Promise.all(children.map(stop))
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What servers are asked while they are profiled. */
async function servers(keep: (child: ChildProcess) => ChildProcess) {
  const questions = questionsOf(askerOf(buildWorld(TUPLES)), 2_048, 0)
  const ours = await serveOurs({ name: 'ours', size: TUPLES, database: 'other' }, keep)
  const turn = { connections: CONNECTIONS, forMs: 0, askedOnce: 0 }
  const written = loadOf(ours, questions, { ...turn, condition: { ...WARM, writesEvery: 1 } })
  const tokens = await serveTokens('other')
  const { clients, child } = tokens
  keep(child)
  const bodies = bodiesFor('client_secret_post', clients, 1)
  const { port, path } = clients
  const issue: Load = { port, path, headers: FORM, bodies, connections: CONNECTIONS, count: Number.MAX_SAFE_INTEGER }
  return [
    {
      name: 'a check over HTTP',
      child: ours.child,
      load: loadOf(ours, questions, { ...turn, condition: WARM }),
      owed: ours.owed,
    },
    { name: 'a write over HTTP', child: ours.child, load: written, owed: ours.owed },
    { name: 'a token', child, load: issue, owed: tokens.owed },
  ]
}

async function put(client: ChildProcess, load: Load): Promise<void> {
  client.send(load)
  const answer = await heard<FromClient>(client)
  if (answer.kind !== 'seen') throw new Error(answer.kind === 'failed' ? answer.why : 'the client gave no answer')
  if (answer.seen.failed > 0) throw new Error(`a request was refused: ${answer.seen.failure}`)
}

async function profileOf(
  child: ChildProcess,
  directory: string,
  during: () => Promise<unknown>,
): Promise<Profiler.Profile> {
  child.kill('SIGUSR2')
  await during()
  const done = heard(child)
  child.kill('SIGUSR2')
  await done
  return JSON.parse(readFileSync(join(directory, `${child.pid}.cpuprofile`), 'utf8')) as Profiler.Profile
}

function restore(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}
