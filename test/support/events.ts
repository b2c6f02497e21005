import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { ADMIN_KEY } from './app.ts'

export interface Told {
  readonly id: string
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the event holds
  readonly data: any
}

export interface Watching {
  readonly status: number
  readonly told: readonly Told[]
  /** Resolves with the first event that is such, among those there were and those to come. */
  next(is: (told: Told) => boolean): Promise<Told>
  readonly ended: Promise<void>
  close(): void
}

/** A reader of server-sent events. */
export async function watch(
  url: string,
  path: string,
  { key = ADMIN_KEY, headers = {} }: { key?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<Watching> {
  const sent = request(url + path, { headers: { 'x-api-key': key, ...headers }, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const told: Told[] = []
  const waiting = new Set<() => void>()
  let text = ''
  let over = false
  const stir = (): void => {
    for (const one of waiting) one()
  }
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      text = text.slice(end + 2)
      const data = fields.get('data')
      if (data !== undefined) {
        told.push({ id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(data) })
      }
    }
    stir()
  })
  const ended = new Promise<void>(resolve => {
    response.on('close', () => {
      over = true
      stir()
      resolve()
    })
  })
  response.on('error', () => {})
  sent.on('error', () => {})
  return {
    status: response.statusCode ?? 0,
    told,
    ended,
    next: is =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = told.find(is)
          if (found === undefined && !over) return
          waiting.delete(look)
          if (found === undefined) reject(new Error(`the stream ended after ${JSON.stringify(told)}`))
          else resolve(found)
        }
        waiting.add(look)
        look()
      }),
    close: () => sent.destroy(),
  }
}
