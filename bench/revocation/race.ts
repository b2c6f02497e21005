import type { ChildProcess } from 'node:child_process'
import { CLIENT_CORE, heard, SERVER_CORE, startModule, stop } from '../http/children.ts'
import { median, quantile } from '../stats.ts'
import { type CutOff, type FromReceivers, now, type ToReceivers } from './messages.ts'
import type { RevocationPlan } from './plan.ts'
import type { Served } from './serve-ours.ts'

/** From the call that revokes until a receiver refuses, in nanoseconds. */
export interface RevocationRow {
  readonly way: 'feed' | 'pushed event'
  readonly receivers: number
  readonly p50: number
  readonly p99: number
  /** Until the last of them does, median over the rounds. */
  readonly last: number
  /** Until the call itself is answered. */
  readonly answered: number
}

export interface RevocationMeasured {
  readonly rows: readonly RevocationRow[]
  readonly cut: CutOff & { readonly seconds: number }
}

type Send = (method: string, path: string, body?: unknown) => Promise<unknown>

/** A service in one process, all receivers in another. */
export async function measureRevocation(
  plan: RevocationPlan,
  say: (text: string) => void,
): Promise<RevocationMeasured> {
  const children: ChildProcess[] = []
  try {
    const receivers = startModule(CLIENT_CORE, '../revocation/receivers.ts', [])
    children.push(receivers)
    const listening = await heard<FromReceivers>(receivers)
    if (listening.kind !== 'listening') throw new Error('the receivers do not listen')
    const host = `127.0.0.1:${listening.port}`
    const child = startModule(SERVER_CORE, '../revocation/serve-ours.ts', [host])
    children.push(child)
    const served = await heard<Served>(child)
    const send = senderTo(served)
    const rows: RevocationRow[] = []
    for (const count of plan.receivers) {
      say(`  feed, ${count}`)
      rows.push(await throughFeed(served, send, receivers, count, plan.rounds))
    }
    say(`  cut off for ${plan.cutSeconds} s`)
    const cut = { ...(await cutOff(served, send, receivers, plan.cutSeconds)), seconds: plan.cutSeconds }
    const streams: string[] = []
    for (const count of plan.receivers) {
      say(`  pushed, ${count}`)
      while (streams.length < count) streams.push(await makeStream(send, `http://${host}/${streams.length}`))
      rows.push(await throughPush(served, send, receivers, count, plan.pushed))
    }
    return { rows, cut }
  } finally {
    await Promise.all(children.map(stop))
  }
}

const senderTo =
  ({ issuer, adminKey }: Served): Send =>
  async (method, path, body) => {
    const got = await fetch(`${issuer}${path}`, {
      method,
      headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!got.ok) throw new Error(`${path} answered ${got.status}: ${await got.text()}`)
    return got.json()
  }

const ask = async (receivers: ChildProcess, message: ToReceivers): Promise<FromReceivers> => {
  receivers.send(message)
  return heard<FromReceivers>(receivers)
}

async function tokenOf({ agent }: Served, send: Send, scope: string): Promise<string> {
  const got = (await send('POST', `/admin/agents/${agent}/token`, { scopes: [scope] })) as {
    readonly data: { readonly accessToken: string }
  }
  return got.data.accessToken
}

const jtiOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).jti as string

const begin = ({ issuer, adminKey }: Served, receivers: ChildProcess, count: number) =>
  ask(receivers, { kind: 'begin', count, issuer, audience: issuer, apiKey: adminKey })

async function throughFeed(
  served: Served,
  send: Send,
  receivers: ChildProcess,
  count: number,
  rounds: number,
): Promise<RevocationRow> {
  await begin(served, receivers, count)
  return run('feed', send, receivers, count, rounds, async () => {
    const token = await tokenOf(served, send, 'read:documents')
    await ask(receivers, { kind: 'watch', token })
    return jtiOf(token)
  })
}

const throughPush = (served: Served, send: Send, receivers: ChildProcess, count: number, rounds: number) =>
  run('pushed event', send, receivers, count, rounds, async () => {
    const jti = jtiOf(await tokenOf(served, send, 'read:documents'))
    await ask(receivers, { kind: 'expect', jti, count })
    return jti
  })

async function run(
  way: RevocationRow['way'],
  send: Send,
  receivers: ChildProcess,
  count: number,
  rounds: number,
  prepare: () => Promise<string>,
): Promise<RevocationRow> {
  const all: number[] = []
  const last: number[] = []
  const answered: number[] = []
  for (let round = -1; round < rounds; round += 1) {
    const jti = await prepare()
    const begun = now()
    const told = heard<FromReceivers>(receivers)
    await send('POST', '/admin/revocations', { jti })
    const done = now()
    const message = await told
    if (message.kind !== 'times') throw new Error(`a receiver says ${message.kind}`)
    // The first time everything is compiled.
    if (round < 0) continue
    const times = message.at.map(at => at - begun)
    all.push(...times)
    last.push(Math.max(...times))
    answered.push(done - begun)
  }
  return {
    way,
    receivers: count,
    p50: median(all),
    p99: quantile(all, 0.99),
    last: median(last),
    answered: median(answered),
  }
}

async function makeStream(send: Send, url: string): Promise<string> {
  const delivery = { method: 'urn:ietf:rfc:8935', endpoint_url: url }
  const made = (await send('POST', '/ssf/stream', { delivery, audience: url })) as { readonly stream_id: string }
  return made.stream_id
}

async function cutOff(served: Served, send: Send, receivers: ChildProcess, seconds: number): Promise<CutOff> {
  await begin(served, receivers, 1)
  const [plain, paying, doomed] = [
    await tokenOf(served, send, 'read:documents'),
    await tokenOf(served, send, 'payments:pay'),
    await tokenOf(served, send, 'read:documents'),
  ]
  await ask(receivers, { kind: 'cut', seconds, plain, paying, doomed })
  await send('POST', '/admin/revocations', { jti: jtiOf(doomed) })
  const message = await heard<FromReceivers>(receivers)
  if (message.kind !== 'cut off') throw new Error(`a receiver says ${message.kind}`)
  return message
}
