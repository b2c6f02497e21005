import Koa from 'koa'

/** What Koa calls for each request; its types leave it out. */
type HandleRequest = (ctx: Koa.Context, run: (ctx: Koa.Context) => Promise<unknown>) => Promise<unknown>

/**
 * A Koa that listens for the end of an answer only where it writes the answer itself. Those that our own code has written
 * are whole or a stream's own concern by then, and the listeners would cost each of them more than its routing does.
 */
export function createKoa(): Koa {
  const app = new Koa()
  const koa = app as Koa & { handleRequest: HandleRequest }
  const usual = koa.handleRequest.bind(koa)
  koa.handleRequest = (ctx, run) => {
    ctx.res.statusCode = 404
    return run(ctx).then(
      () => {
        if (ctx.respond === false) return undefined
        const { statusCode } = ctx.res
        return usual(ctx, async () => {
          ctx.res.statusCode = statusCode
        })
      },
      (error: unknown) => usual(ctx, () => Promise.reject(error)),
    )
  }
  return app
}
