import type { ChildProcess } from 'node:child_process'
import type { Case } from '../contestant.ts'
import { CERBOS_PATH, cerbosBody, ourBody, PATH } from './cases.ts'
import { startCerbos } from './cerbos.ts'
import { CLIENT_CORE, heard, moveThreads, SERVER_CORE, startModule } from './children.ts'
import type { Load } from './load.ts'

/** A server that waits for questions: where, how they are put, and what an allow looks like. */
export interface Served {
  readonly name: string
  readonly child: ChildProcess
  readonly target: Omit<Load, 'connections' | 'count'>
  readonly allows: (answer: string) => boolean
  /** Rows of the decision log that are not written yet. */
  readonly owed: () => Promise<number>
}

const nothingOwed = async (): Promise<number> => 0

const saysTrue = (answer: string): boolean => answer.startsWith('{"decision":true')

export async function ask({ port, path, headers }: Served['target'], body: string): Promise<string> {
  const all = { 'content-type': 'application/json', ...headers }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers: all })
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${await answer.text()}`)
  return answer.text()
}

/** Where the thread of the embedded database runs: beside the service, or on the core of the client. */
export type DatabaseCore = 'same' | 'other'

export async function serveOurs({ requests }: Case, database: DatabaseCore): Promise<Served> {
  const child = startModule(SERVER_CORE, './serve-ours.ts', [])
  const { port, key } = await heard<{ port: number; key: string }>(child)
  if (database === 'other') moveThreads(child.pid, 'pglite', CLIENT_CORE)
  const headers = { authorization: `Bearer ${key}` }
  return {
    name: database === 'other' ? 'ours' : 'ours, database on the same core',
    child,
    target: { port, path: PATH, headers, bodies: requests.map(ourBody) },
    allows: saysTrue,
    async owed() {
      const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      const pending = /^lumoauth_decision_log_pending (\d+)/m.exec(metrics)?.[1]
      if (pending === undefined) throw new Error('the service does not say how far behind its log is')
      return Number(pending)
    },
  }
}

/** Koa with the answers that the service gave, and with the headers it was sent. */
export async function serveKoa({ requests }: Case, ours: Served): Promise<Served> {
  const answers: [string, string][] = []
  for (const [n, request] of requests.entries()) {
    const body = ours.target.bodies[n] ?? ''
    const { subject, resource } = JSON.parse(body) as { subject: { id: string }; resource: { id: string } }
    answers.push([`${subject.id} ${request.action} ${resource.id}`, await ask(ours.target, body)])
  }
  const child = startModule(SERVER_CORE, './serve-koa.ts', [])
  child.send(answers)
  const { port } = await heard<{ port: number }>(child)
  return { name: 'bare Koa', child, target: { ...ours.target, port }, allows: saysTrue, owed: nothingOwed }
}

export async function serveCerbos({ world, rules, requests }: Case, directory: string): Promise<Served> {
  const { child, port } = await startCerbos(directory, rules)
  const bodies = requests.map(asked => cerbosBody(world, asked))
  const target = { port, path: CERBOS_PATH, headers: {}, bodies }
  return { name: 'Cerbos', child, target, allows: answer => answer.includes('EFFECT_ALLOW'), owed: nothingOwed }
}
