import type { Transmitter } from '../../agents/transmitter.ts'
import { type Fetch, FetchError, jsonOf } from '../../lib/fetch.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { Running } from '../delivery/outlet.ts'
import { type ReceivePorts, receive } from './receive.ts'
import { isObject, type SetFault } from './set.ts'
import { pollAuthorization } from './transmitters.ts'

export interface PollPorts extends ReceivePorts {
  readonly fetch: Fetch
  readonly masterKey: MasterKey | null
  readonly failed: (error: unknown) => void
}

export const POLL = 'poll'
/** Events of one answer: what an outgoing fetch takes holds them. */
const MOST = 20
/** Answers in a row, where there is always more. */
const ROUNDS = 50
const LOOK_MS = 30_000
const LONGEST_WAIT = 300_000

type Faults = Readonly<Record<string, { readonly err: SetFault; readonly description: string }>>

/** Fetches what a transmitter has (RFC 8936) while this node sees to it. What was taken is acknowledged with the next round. */
export function pollWhile(ports: PollPorts, org: string, outlet: string, holds: () => boolean): Running {
  const { service } = ports
  const id = outlet.slice(POLL.length + 1)
  let stopped = false
  let ring = (): void => {}
  let failures = 0

  const pause = (ms: number): Promise<void> =>
    new Promise(resolve => {
      const timer = setTimeout(resolve, ms)
      timer.unref()
      ring = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const goesOn = (): boolean => !stopped && holds()

  const round = async (): Promise<number> => {
    const state = await service.orgs.getAnyway(org)
    const transmitter = state.registry.transmitters.get(id)
    const { poll } = transmitter ?? { poll: null }
    if (transmitter === undefined || poll === null || !transmitter.isActive) return LOOK_MS
    try {
      await fetchAll(ports, org, transmitter, goesOn)
      failures = 0
      return poll.everySeconds * 1_000
    } catch (error) {
      ports.failed(error)
      failures += 1
      return Math.min(LONGEST_WAIT, poll.everySeconds * 1_000 * 2 ** Math.min(failures, 10))
    }
  }

  const run = async (): Promise<void> => {
    while (goesOn()) {
      const wait = await round().catch((error: unknown) => {
        ports.failed(error)
        return LOOK_MS
      })
      if (goesOn()) await pause(wait * (0.9 + Math.random() / 10))
    }
  }
  const done = run()
  return {
    wake: () => undefined,
    async stop() {
      stopped = true
      ring()
      await done
    },
    done,
  }
}

async function fetchAll(
  { service, jwks, fetch, masterKey }: PollPorts,
  org: string,
  transmitter: Transmitter,
  goesOn: () => boolean,
): Promise<void> {
  const { poll, id } = transmitter
  if (poll === null) return
  const authorization = pollAuthorization(masterKey, org, transmitter)
  let ack: readonly string[] = []
  let setErrs: Faults = {}
  for (let n = 0; n < ROUNDS && goesOn(); n += 1) {
    const { sets, more } = await ask(fetch, poll.url, authorization, {
      maxEvents: MOST,
      returnImmediately: true,
      ack,
      setErrs,
    })
    if (sets.length === 0) return
    const taken: string[] = []
    const faults: { [jti: string]: { readonly err: SetFault; readonly description: string } } = {}
    for (const [jti, text] of sets) {
      const state = await service.orgs.getAnyway(org)
      const got = await receive({ service, jwks }, state, text, { kind: 'polled', id })
      if (got.kind === 'taken') taken.push(jti)
      else faults[jti] = { err: got.err, description: got.description }
    }
    ack = taken
    setErrs = faults
    if (more) continue
    await ask(fetch, poll.url, authorization, { maxEvents: 0, returnImmediately: true, ack, setErrs })
    return
  }
}

async function ask(fetch: Fetch, url: string, authorization: string | null, body: object) {
  const answer = await fetch({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', ...(authorization !== null && { authorization }) },
    body: JSON.stringify(body),
  })
  const value = jsonOf(answer, new URL(url).host) as JsonObject
  const sets = isObject(value) ? value.sets : undefined
  if (!isObject(sets)) throw new FetchError('bad_answer', `\`${new URL(url).host}\` answered no \`sets\``)
  const texts = Object.entries(sets).filter((one): one is [string, string] => typeof one[1] === 'string')
  return { sets: texts.slice(0, MOST), more: value.moreAvailable === true }
}
