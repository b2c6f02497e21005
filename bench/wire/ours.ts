import { CLIENT_CORE, type DatabaseCore, heard, moveThreads, SERVER_CORE, startModule } from '../http/children.ts'
import { fgaWriting } from './openfga.ts'
import type { Keep, Server } from './server.ts'
import { documentId, userId } from './world.ts'

const resource = (document: number) => ({ type: 'document', id: documentId(document) })
const subject = (user: number) => ({ type: 'user', id: userId(user) })

const SIGN = '"decision":true'

/** AuthZEN 1.0: an evaluation, and evaluations of one subject. */
export const AUTHZEN: Pick<Server, 'single' | 'batch'> = {
  single: {
    path: '/access/v1/evaluation',
    sign: SIGN,
    body: ({ user, action, document }) =>
      JSON.stringify({ subject: subject(user), action: { name: action }, resource: resource(document) }),
  },
  batch: {
    path: '/access/v1/evaluations',
    sign: SIGN,
    body: asked =>
      JSON.stringify({
        subject: subject(asked[0]?.user ?? 0),
        evaluations: asked.map(({ action, document }) => ({ action: { name: action }, resource: resource(document) })),
      }),
  },
}

/** The same process, asked for decisions alone: only OpenFGA and SpiceDB never say more. */
export function withoutWhy(ours: Server): Server {
  const { single, batch } = AUTHZEN
  const brief = (body: string): string => `${body.slice(0, -1)},"options":{"explain":false}}`
  return {
    ...ours,
    name: 'ours, without why',
    single: { ...single, body: asked => brief(single.body(asked)) },
    batch: { ...batch, body: asked => brief(batch.body(asked)) },
    write: null,
    isAskedCold: false,
  }
}

interface Told {
  readonly port: number
  readonly key: string
  readonly admin: string
  readonly store: string
  readonly load: number
}

export interface OursOptions {
  readonly name: string
  readonly size: number
  readonly database: DatabaseCore
  /** Beside those that every service of the bench has. */
  readonly settings?: Readonly<Record<string, string>>
}

export async function serveOurs({ name, size, database, settings = {} }: OursOptions, keep: Keep): Promise<Server> {
  const child = startModule(SERVER_CORE, '../wire/serve-ours.ts', [String(size), JSON.stringify(settings)])
  keep(child)
  const { port, key, admin, store, load } = await heard<Told>(child)
  if (database === 'other') moveThreads(child.pid, 'pglite', CLIENT_CORE)
  const isLogged = settings.DECISION_LOG !== 'off' && settings.METRICS !== 'off'
  return {
    name,
    child,
    port,
    headers: { authorization: `Bearer ${key}` },
    ...AUTHZEN,
    write: fgaWriting(`/openfga/stores/${store}/write`, admin),
    isAskedCold: true,
    owed: isLogged ? () => owedBy(port) : null,
    load,
  }
}

async function owedBy(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  const pending = /^lumoauth_decision_log_pending (\d+)/m.exec(metrics)?.[1]
  if (pending === undefined) throw new Error('the service does not say how far behind its log is')
  return Number(pending)
}
