import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createReceiver, type Receiver } from '../../src/receiver/index.ts'
import { type CutOff, type FromReceivers, now, type ToReceivers } from './messages.ts'

// Resource servers: each with a connection and a memory of its own, all in this process.
let receivers: Receiver[] = []
let watched: { readonly token: string; readonly at: (number | null)[] } | null = null
let expected: { readonly jti: string; readonly count: number; readonly at: Map<string, number> } | null = null
const cut = { off: false, stop: new AbortController() }

const say = (message: FromReceivers): void => void process.send?.(message)

const mayFail: typeof fetch = (url, init = {}) => {
  if (cut.off) return Promise.reject(new TypeError('cut off'))
  const signals = init.signal == null ? [cut.stop.signal] : [cut.stop.signal, init.signal]
  return fetch(url, { ...init, signal: AbortSignal.any(signals) })
}

/** Asks what a request would be answered now, as soon as there is news. */
async function look(n: number): Promise<void> {
  const asked = watched
  const receiver = receivers[n]
  if (asked === null || receiver === undefined || asked.at[n] !== null) return
  const { kind } = await receiver.verify(asked.token)
  if (kind !== 'dead' || asked.at[n] !== null) return
  asked.at[n] = now()
  if (asked.at.every(at => at !== null)) say({ kind: 'times', at: asked.at.map(Number) })
}

async function begin({ count, issuer, audience, apiKey }: Extract<ToReceivers, { kind: 'begin' }>): Promise<void> {
  for (const one of receivers) one.close()
  receivers = Array.from({ length: count }, (_, n) =>
    createReceiver({ issuer, audience, credentials: { apiKey }, fetch: mayFail, changed: () => void look(n) }),
  )
  await Promise.all(receivers.map(one => one.ready()))
}

async function watch(token: string): Promise<void> {
  watched = null
  for (const one of receivers) {
    const verdict = await one.verify(token)
    if (verdict.kind !== 'good') throw new Error(`a good token is ${JSON.stringify(verdict)}`)
  }
  watched = { token, at: receivers.map(() => null) }
}

async function cutOff({ seconds, plain, paying, doomed }: Extract<ToReceivers, { kind: 'cut' }>): Promise<CutOff> {
  const [receiver] = receivers
  if (receiver === undefined) throw new Error('no receiver')
  const kind = async (token: string) => (await receiver.verify(token)).kind
  cut.off = true
  cut.stop.abort()
  say({ kind: 'done' })
  const from = now()
  const since = (at = from): number => (now() - at) / 1e6
  let payingRefusedAfter: number | null = null
  let plainRefusedAfter: number | null = null
  let doomedAcceptedUntil = 0
  let wrong = 0
  while (since() < seconds * 1000) {
    const [p, q, d] = [await kind(plain), await kind(paying), await kind(doomed)]
    if (q !== 'good') payingRefusedAfter ??= since()
    else if (since() > 3_100) wrong += 1
    if (p !== 'good') plainRefusedAfter ??= since()
    if (d === 'good') doomedAcceptedUntil = since()
    await sleep(20)
  }
  cut.off = false
  cut.stop = new AbortController()
  const back = now()
  while ((await kind(doomed)) !== 'dead' || (await kind(plain)) !== 'good' || (await kind(paying)) !== 'good')
    await sleep(2)
  return {
    payingRefusedAfter: payingRefusedAfter ?? Number.NaN,
    plainRefusedAfter,
    doomedAcceptedUntil,
    wrong,
    rightAfter: since(back),
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const at = now()
    response.writeHead(202).end()
    const claims = JSON.parse(Buffer.from(Buffer.concat(chunks).toString().split('.')[1] ?? '', 'base64url').toString())
    if (expected === null || claims.sub_id?.jti !== expected.jti) return
    expected.at.set(request.url ?? '', at)
    if (expected.at.size === expected.count) say({ kind: 'times', at: [...expected.at.values()] })
  })
})

process.on('message', (message: ToReceivers) => {
  const work = async (): Promise<void> => {
    switch (message.kind) {
      case 'begin':
        await begin(message)
        return say({ kind: 'done' })
      case 'watch':
        await watch(message.token)
        return say({ kind: 'done' })
      case 'expect':
        expected = { jti: message.jti, count: message.count, at: new Map() }
        return say({ kind: 'done' })
      case 'cut':
        return say({ kind: 'cut off', ...(await cutOff(message)) })
      case 'end':
        process.exit()
    }
  }
  work().catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    process.exit(1)
  })
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => say({ kind: 'listening', port: (server.address() as AddressInfo).port }))
