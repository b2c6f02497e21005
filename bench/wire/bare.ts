import { heard, SERVER_CORE, startModule } from '../http/children.ts'
import type { Asked } from './asked.ts'
import { AUTHZEN } from './ours.ts'
import type { Keep, Server } from './server.ts'
import { documentId, userId } from './world.ts'

/** What is asked by one name. */
export type Answers = readonly (readonly [string, string])[]

/** What ours answers to all of these. */
export async function answersOf(ours: Server, asked: readonly Asked[]): Promise<Answers> {
  const answers: [string, string][] = []
  for (const one of asked) {
    const answer = await fetch(`http://127.0.0.1:${ours.port}${ours.single.path}`, {
      method: 'POST',
      body: ours.single.body(one),
      headers: { 'content-type': 'application/json', ...ours.headers },
    })
    if (answer.status !== 200) throw new Error(`status ${answer.status}: ${await answer.text()}`)
    answers.push([`${userId(one.user)} ${one.action} ${documentId(one.document)}`, await answer.text()])
  }
  return answers
}

/** A server that reads the same bodies with the same headers, and writes the answers that ours gave. */
export async function serveBare(kind: 'koa' | 'node', ours: Server, answers: Answers, keep: Keep): Promise<Server> {
  const child = startModule(SERVER_CORE, '../wire/serve-bare.ts', [kind])
  keep(child)
  child.send(answers)
  const { port } = await heard<{ port: number }>(child)
  return {
    name: kind === 'koa' ? 'bare Koa' : 'bare node',
    child,
    port,
    headers: ours.headers,
    ...AUTHZEN,
    write: null,
    isAskedCold: false,
    owed: null,
    load: null,
  }
}
