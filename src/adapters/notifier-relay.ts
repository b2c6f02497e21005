import type { Notifier } from '../facts/store.ts'

/** The channel of both PostgreSQL and Redis. */
export const CHANNEL = 'lumoauth_revisions'

/** Orgs whose news waits for a connection; beyond it the oldest is given up, and nodes learn of it when they poll. */
const MOST = 10_000

const MESSAGE = /^(\d{1,15}) (\S.{0,199})$/s

export const encode = (org: string, revision: number): string => `${revision} ${org}`

/** What `encode` made, or null for anything else that found its way into the channel. */
export function decode(message: unknown): { readonly org: string; readonly revision: number } | null {
  const match = typeof message === 'string' ? MESSAGE.exec(message) : null
  if (match === null) return null
  return { org: match[2] ?? '', revision: Number(match[1]) }
}

/** A call for a lease of a meter, whose key is a UUID. */
const CALL = /^! ([0-9a-f-]{36}) (\S.{0,199})$/s

const encodeCall = (org: string, key: string): string => `! ${key} ${org}`

function decodeCall(message: unknown): { readonly org: string; readonly key: string } | null {
  const match = typeof message === 'string' ? CALL.exec(message) : null
  return match === null ? null : { org: match[2] ?? '', key: match[1] ?? '' }
}

export interface Relay extends Pick<Notifier, 'announce' | 'listen' | 'callIn' | 'onCallIn'> {
  /** A message came in. */
  receive(message: unknown): void
  /** The connection is there (again): sends what waited for it. */
  resume(): void
  close(): void
}

/**
 * The half of a notifier that is the same for every carrier: only the newest revision of an org waits to be sent, one
 * sending is under way at a time, what fails waits for `resume`, and a listener that throws disturbs nobody. Calls for leases
 * that cannot be sent are dropped: they would come too late.
 */
export function createRelay(send: (messages: readonly string[]) => Promise<void>): Relay {
  const listeners = new Set<(org: string, revision: number) => void>()
  const callees = new Set<(org: string, key: string) => void>()
  const waiting = new Map<string, number>()
  const calls = new Set<string>()
  let sending = false
  let closed = false

  const keep = (org: string, revision: number): void => {
    const known = waiting.get(org)
    if (known !== undefined && known >= revision) return
    waiting.delete(org)
    waiting.set(org, revision)
    if (waiting.size > MOST) for (const oldest of waiting.keys()) return void waiting.delete(oldest)
  }

  const pump = async (): Promise<void> => {
    if (sending) return
    sending = true
    await null
    while (waiting.size + calls.size > 0 && !closed) {
      const called = [...calls].slice(0, 1000)
      for (const call of called) calls.delete(call)
      const batch = [...waiting].slice(0, 1000)
      for (const [org] of batch) waiting.delete(org)
      try {
        await send([...called, ...batch.map(([org, revision]) => encode(org, revision))])
      } catch {
        calls.clear()
        for (const [org, revision] of batch) keep(org, revision)
        break
      }
    }
    sending = false
  }

  return {
    announce(org, revision) {
      if (closed) return
      keep(org, revision)
      void pump()
    },
    listen(heard) {
      listeners.add(heard)
    },
    callIn(org, key) {
      if (closed) return
      calls.add(encodeCall(org, key))
      void pump()
    },
    onCallIn(heard) {
      callees.add(heard)
    },
    receive(message) {
      if (closed) return
      const call = decodeCall(message)
      if (call !== null) return tell(callees, heard => heard(call.org, call.key))
      const news = decode(message)
      if (news !== null) tell(listeners, heard => heard(news.org, news.revision))
    },
    resume: () => void pump(),
    close() {
      closed = true
      listeners.clear()
      callees.clear()
      waiting.clear()
      calls.clear()
    },
  }
}

function tell<Heard>(listeners: ReadonlySet<Heard>, one: (heard: Heard) => void): void {
  for (const heard of listeners) {
    try {
      one(heard)
    } catch {}
  }
}
