import type { Server } from 'node:http'

const DRAIN_MS = 10_000

/** Resolves when connections are taken; fails where the place is not to be had. */
export function listen(
  server: Server,
  { port, host }: { readonly port: number; readonly host: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Takes no more connections, and resolves when those there are have ended, or were ended. */
export function stop(server: Server): Promise<void> {
  return new Promise(resolve => {
    const hard = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    server.close(() => {
      clearTimeout(hard)
      resolve()
    })
    server.closeIdleConnections()
  })
}
