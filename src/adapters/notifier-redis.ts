import { Redis } from 'ioredis'
import type { Notifier } from '../facts/store.ts'
import { CHANNEL, createRelay } from './notifier-relay.ts'

const OPTIONS = {
  lazyConnect: true,
  connectTimeout: 5_000,
  commandTimeout: 5_000,
  keepAlive: 10_000,
  maxRetriesPerRequest: null,
  retryStrategy: (tries: number): number => Math.min(100 * 2 ** Math.min(tries, 6), 5_000) * (0.5 + Math.random() / 2),
} as const

/**
 * Nodes that share a Redis server: publish and subscribe, each on a connection of its own that is made again whenever it
 * is lost. Resolves once it listens, or once a first try failed; from then on it never fails.
 */
export async function openRedisNotifier(url: string): Promise<Notifier> {
  const publisher = new Redis(url, { ...OPTIONS, enableOfflineQueue: false })
  const subscriber = new Redis(url, OPTIONS)
  const relay = createRelay(async messages => {
    const pipeline = publisher.pipeline()
    for (const message of messages) pipeline.publish(CHANNEL, message)
    const failed = (await pipeline.exec())?.find(([error]) => error !== null)
    if (failed !== undefined) throw failed[0]
  })
  for (const connection of [publisher, subscriber]) connection.on('error', () => {})
  publisher.on('ready', relay.resume)
  subscriber.on('message', (channel, message) => {
    if (channel === CHANNEL) relay.receive(message)
  })

  const listening = subscriber.subscribe(CHANNEL).catch(() => {})
  const firstTry = new Promise<void>(resolve => subscriber.once('close', resolve))
  await publisher.connect().catch(() => {})
  await Promise.race([listening, firstTry])
  return {
    announce: relay.announce,
    listen: relay.listen,
    callIn: relay.callIn,
    onCallIn: relay.onCallIn,
    async close() {
      relay.close()
      publisher.disconnect()
      subscriber.disconnect()
    },
  }
}
