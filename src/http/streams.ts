import type Koa from 'koa'
import type { Logger } from 'pino'
import type { Stream } from '../protocols/route.ts'
import { HttpError } from './errors.ts'
import { CACHE, COMMON } from './send.ts'

/** Answers that go on: each has at most one piece and a socket's buffer in memory, however slowly it is read. */
export interface Streams {
  send(ctx: Koa.Context, status: number, headers: Readonly<Record<string, string>>, stream: Stream): void
  /** Says goodbye to all readers. */
  close(): void
}

const MOST = 1_000
/** How long a reader may take nothing at all. */
const STALL_MS = 30_000
/** How long one who was cut off has to read that. */
const GRACE_MS = 2_000

export function createStreams(logger: Logger, stallMs = STALL_MS): Streams {
  const running = new Set<AbortController>()

  const pump = async (
    ctx: Koa.Context,
    { pieces, parting, complete }: Stream,
    stop: AbortController,
  ): Promise<void> => {
    const { res } = ctx
    const left = (): void => stop.abort('gone')
    res.on('close', left)
    try {
      for await (const piece of pieces(stop.signal)) {
        if (stop.signal.aborted) break
        if (!res.write(piece) && !(await drained(ctx, stop.signal, stallMs))) {
          if (!stop.signal.aborted) stop.abort('too_slow')
          break
        }
      }
    } catch (error) {
      stop.abort('server_error')
      logger.error({ requestId: ctx.state.requestId, operation: ctx.state.operation, err: error }, 'stream failed')
    }
    res.off('close', left)
    const why: unknown = stop.signal.reason
    if (why === 'gone') return
    if (typeof why === 'string' && parting !== undefined) res.write(parting(why))
    if (complete?.() === false) res.socket?.end()
    else res.end()
    const cutOff = (): void => {
      if (!res.writableFinished) res.destroy()
    }
    setTimeout(cutOff, GRACE_MS).unref()
  }

  return {
    send(ctx, status, headers, stream) {
      if (running.size >= MOST) throw new HttpError('too_many_streams', 'this node has as many streams as it may have')
      const head = ['x-request-id', ctx.state.requestId as string, ...COMMON]
      if (headers?.['cache-control'] === undefined) head.push(...CACHE)
      for (const name in headers) head.push(name, headers[name] as string)
      ctx.res.writeHead(status, head)
      ctx.respond = false
      if (ctx.method === 'HEAD') return void ctx.res.end()
      ctx.res.flushHeaders()
      const stop = new AbortController()
      running.add(stop)
      void pump(ctx, stream, stop).finally(() => running.delete(stop))
    },
    close() {
      for (const stop of running) stop.abort('stopping')
    },
  }
}

/** Whether the reader took something in time. */
function drained({ res }: Koa.Context, signal: AbortSignal, stallMs: number): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise(resolve => {
    const end = (took: boolean) => (): void => {
      clearTimeout(timer)
      res.off('drain', onDrain)
      signal.removeEventListener('abort', onAbort)
      resolve(took)
    }
    const onDrain = end(true)
    const onAbort = end(false)
    const timer = setTimeout(end(false), stallMs)
    res.once('drain', onDrain)
    signal.addEventListener('abort', onAbort)
  })
}
