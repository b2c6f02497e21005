import pg from 'pg'
import type { Notifier } from '../facts/store.ts'
import { createBackoff } from './backoff.ts'
import { CHANNEL, createRelay } from './notifier-relay.ts'

/**
 * Nodes that share a PostgreSQL server and have no Redis: LISTEN and NOTIFY on a connection of its own, which is made
 * again whenever it is lost. Resolves once it listens, or once a first try failed; from then on it never fails.
 */
export async function openPostgresNotifier(url: string): Promise<Notifier> {
  const backoff = createBackoff(100, 5_000)
  let client: pg.Client | null = null
  let closed = false
  const relay = createRelay(async messages => {
    if (client === null) throw new Error('not connected')
    await client.query(
      `select pg_notify('${CHANNEL}', message) from json_array_elements_text($1::json) as m(message)`,
      [JSON.stringify(messages)],
    )
  })

  const attempt = async (): Promise<boolean> => {
    const fresh = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 5_000,
      query_timeout: 10_000,
      keepAlive: true,
    })
    fresh.on('error', () => {})
    fresh.on('notification', ({ channel, payload }) => {
      if (channel === CHANNEL) relay.receive(payload)
    })
    fresh.once('end', () => {
      if (client === fresh) client = null
      if (!closed) void reconnect()
    })
    try {
      await fresh.connect()
      await fresh.query(`listen ${CHANNEL}`)
    } catch {
      fresh.removeAllListeners('end')
      await fresh.end().catch(() => {})
      return false
    }
    if (closed) {
      await fresh.end().catch(() => {})
      return true
    }
    client = fresh
    backoff.reset()
    relay.resume()
    return true
  }

  const reconnect = async (): Promise<void> => {
    do await backoff.wait()
    while (!closed && !(await attempt()))
  }

  /** A connection that died without a word is found out by asking, and ended. */
  const pulse = setInterval(() => {
    const held = client
    held?.query('select 1').catch(() => held.end().catch(() => {}))
  }, 15_000)
  pulse.unref()

  if (!(await attempt())) void reconnect()
  return {
    announce: relay.announce,
    listen: relay.listen,
    callIn: relay.callIn,
    onCallIn: relay.onCallIn,
    async close() {
      closed = true
      clearInterval(pulse)
      relay.close()
      backoff.cancel()
      await client?.end().catch(() => {})
    },
  }
}
