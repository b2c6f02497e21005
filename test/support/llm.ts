import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'

/** What the scripted endpoint does with one call. */
export type Step =
  /** A whole answer, streamed in pieces; a value is sent as JSON. */
  | { readonly kind: 'says'; readonly text: unknown; readonly usage?: object; readonly finish?: string }
  | { readonly kind: 'fails'; readonly status: number; readonly body?: unknown; readonly headers?: object }
  /** Takes the call and never answers. */
  | { readonly kind: 'hangs' }
  /** Begins an answer and falls silent. */
  | { readonly kind: 'stalls'; readonly text: string }
  /** Begins an answer and closes: the connection, or the stream as if it were complete. */
  | { readonly kind: 'breaks'; readonly text: string; readonly how: 'reset' | 'end' }
  /** A character now and then, without end. */
  | { readonly kind: 'drips' }
  /** As much as the other side takes. `lines`: as events, else as one that never ends. */
  | { readonly kind: 'floods'; readonly lines: boolean }
  /** Bytes as they are, as the stream of events. */
  | { readonly kind: 'raw'; readonly text: string }

export interface Asked {
  readonly headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever was sent
  readonly body: any
}

export interface Scripted {
  /** What `LLM_BASE_URL` is to be. */
  readonly url: string
  readonly asked: readonly Asked[]
  /** What the next calls get, one step each; calls beyond the script get the last step again. */
  script(...steps: readonly Step[]): void
  close(): Promise<void>
}

/** An endpoint that speaks OpenAI's chat completions and says what it is told to. */
export async function startLlm(): Promise<Scripted> {
  let steps: readonly Step[] = [{ kind: 'fails', status: 500 }]
  let next = 0
  let asked: Asked[] = []
  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    void textOf(request).then(body => {
      asked.push({ headers: request.headers, body: JSON.parse(body) })
      const step = steps[Math.min(next, steps.length - 1)]
      next += 1
      if (step !== undefined) play(step, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    get asked() {
      return asked
    },
    script(...given) {
      steps = given
      next = 0
      asked = []
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const part = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`

function play(step: Step, response: ServerResponse): void {
  if (step.kind === 'hangs') return
  if (step.kind === 'fails') {
    response.writeHead(step.status, { 'content-type': 'application/json', ...step.headers })
    response.end(JSON.stringify(step.body ?? { error: { message: 'no', type: 'x', code: null } }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  switch (step.kind) {
    case 'says': {
      const text = typeof step.text === 'string' ? step.text : JSON.stringify(step.text)
      for (let at = 0; at < text.length; at += 1_000) response.write(part({ content: text.slice(at, at + 1_000) }))
      response.write(part({}, step.finish ?? 'stop'))
      const usage = step.usage ?? { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 }
      response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`)
      return
    }
    case 'stalls':
      response.write(part({ content: step.text }))
      return
    case 'breaks':
      response.write(part({ content: step.text }), () => {
        if (step.how === 'reset') response.destroy()
        else response.end()
      })
      return
    case 'drips': {
      const timer = setInterval(() => response.write(part({ content: '{' })), 20)
      response.on('close', () => clearInterval(timer))
      return
    }
    case 'floods': {
      const piece = step.lines ? part({ content: 'a'.repeat(60_000) }) : 'data: '.padEnd(60_000, 'a')
      const more = (): void => {
        while (!response.destroyed && response.write(piece)) {}
      }
      response.on('drain', more)
      more()
      return
    }
    case 'raw':
      response.end(step.text)
      return
  }
}
