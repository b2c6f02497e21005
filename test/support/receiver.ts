import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a receiver does with a message: answers, or something worse. */
export type Behaviour =
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'hang' }
  /** Answers a byte now and then, and never to the end. */
  | { readonly kind: 'drip' }
  | { readonly kind: 'break' }
  | { readonly kind: 'flood' }

export interface Received {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever the message holds
  readonly json: any
  readonly at: number
}

/** A receiver over real HTTP that keeps what it is sent. */
export interface Receiver {
  readonly url: string
  /** As FETCH_ALLOW spells it. */
  readonly host: string
  readonly got: readonly Received[]
  /** What it does with a message, by what it is. */
  behave: (message: Received) => Behaviour
  to(path: string): readonly Received[]
  close(): Promise<void>
}

export const answers = (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour => ({
  kind: 'answer',
  status,
  headers,
})

export async function startReceiver(): Promise<Receiver> {
  const got: Received[] = []
  const timers = new Set<NodeJS.Timeout>()
  // Who breaks off has sent nothing.
  const server = createServer((request, response) => void take(request, response).catch(() => undefined))
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const json = parsed(body)
    const message = { path: request.url ?? '', headers: request.headers, body, json, at: Date.now() }
    got.push(message)
    behave(response, it.behave(message))
  }
  const behave = (response: ServerResponse, how: Behaviour): void => {
    switch (how.kind) {
      case 'answer':
        response.writeHead(how.status, how.headers)
        return void response.end()
      case 'hang':
        return
      case 'drip': {
        response.writeHead(200)
        const timer = setInterval(() => response.write(' '), 20)
        timers.add(timer)
        return void response.on('close', () => clearInterval(timer))
      }
      case 'break':
        return void response.socket?.destroy()
      case 'flood':
        response.writeHead(200)
        return void response.end('x'.repeat(1_000_000))
    }
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const it: Receiver = {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    got,
    behave: () => answers(204),
    to: path => got.filter(message => message.path === path),
    async close() {
      for (const timer of timers) clearInterval(timer)
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return it
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Waits until something holds; fails when it does not for long. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await new Promise(resolve => setTimeout(resolve, 15))) {
    if (Date.now() > end) throw new Error(`it never came to this: ${what}`)
  }
}
