import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP, connect as overTcp, type Socket } from 'node:net'
import { connect as overTls } from 'node:tls'
import { FetchError } from '../../lib/fetch.ts'
import { type Syslog, SyslogError, type SyslogPlace } from '../../lib/syslog.ts'
import { type Resolve, targetOf } from '../fetch/target.ts'

export interface SyslogOptions {
  /** `host:port` of servers that may be at private addresses, and be spoken to without TLS. */
  readonly allow: readonly string[]
  readonly resolve?: Resolve
  /** Of one connection, all of it. */
  readonly timeoutMs?: number
  /** PEM of the authority of servers that no public one signed. */
  readonly ca?: string
}

const TIMEOUT_MS = 10_000
/** How long a connection takes messages before it is closed, and how many. */
const LINGER_MS = 20
const MOST = 500
/** What one datagram may hold everywhere (RFC 5426 has no more for certain; more is cut by some networks). */
const DATAGRAM = 8_192

const bySystem: Resolve = async name => (await lookup(name, { all: true })).map(found => found.address)

interface Waiting {
  readonly frame: Buffer
  readonly resolve: () => void
  readonly reject: (error: SyslogError) => void
}

/**
 * RFC 5424 messages over TLS, TCP (octet counting, RFC 6587) and UDP. Syslog knows no answer; that the other side has read
 * what was sent is known by its end of the connection: so messages that come together share one, which is then closed.
 */
export function createSyslog({ allow, resolve = bySystem, timeoutMs = TIMEOUT_MS, ca }: SyslogOptions): Syslog {
  const allowed = new Set(allow)
  const gathering = new Map<string, Waiting[]>()

  const addressOf = async ({ host, port, transport }: SyslogPlace): Promise<string> => {
    const name = isIP(host) === 6 ? `[${host}]` : host
    if (transport !== 'tls' && !allowed.has(`${name.toLowerCase()}:${port}`)) {
      throw new SyslogError('forbidden_address', `\`${host}\` is not sent to without TLS; see FETCH_ALLOW`)
    }
    const url = new URL(`https://${name}:${port}`)
    try {
      return (await targetOf(url, allowed, resolve)).address
    } catch (error) {
      if (!(error instanceof FetchError)) throw error
      const code = error.code === 'forbidden_address' ? 'forbidden_address' : 'unresolved'
      throw new SyslogError(code, error.message, error)
    }
  }

  const flush = async (place: SyslogPlace, batch: readonly Waiting[]): Promise<void> => {
    const told = (error: unknown): void => {
      const why =
        error instanceof SyslogError
          ? error
          : new SyslogError('unreachable', `\`${place.host}\` cannot be reached, or broke off`, error)
      for (const one of batch) one.reject(why)
    }
    try {
      const address = await addressOf(place)
      const socket = connected(place, address, ca)
      await conversation(socket, Buffer.concat(batch.map(({ frame }) => frame)), place, timeoutMs)
      for (const one of batch) one.resolve()
    } catch (error) {
      told(error)
    }
  }

  const gathered = (place: SyslogPlace, frame: Buffer): Promise<void> => {
    const key = `${place.transport} ${place.host} ${place.port}`
    return new Promise((resolved, reject) => {
      const known = gathering.get(key)
      const one = { frame, resolve: resolved, reject }
      if (known !== undefined && known.length < MOST) return void known.push(one)
      const batch = [one]
      gathering.set(key, batch)
      setTimeout(() => {
        if (gathering.get(key) === batch) gathering.delete(key)
        void flush(place, batch)
      }, LINGER_MS)
    })
  }

  return async (place, message) => {
    const bytes = Buffer.from(message)
    if (place.transport === 'udp') return datagram(place, await addressOf(place), bytes)
    return gathered(place, Buffer.concat([Buffer.from(`${bytes.length} `), bytes]))
  }
}

function connected({ host, port, transport }: SyslogPlace, address: string, ca: string | undefined): Socket {
  if (transport === 'tcp') return overTcp({ host: address, port })
  return overTls({
    host: address,
    port,
    servername: isIP(host) === 0 ? host : '',
    ...(ca !== undefined && { ca }),
  })
}

/** Writes all, ends, and waits for the other side to end as well. */
function conversation(socket: Socket, bytes: Buffer, { host }: SyslogPlace, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = setTimeout(() => {
      socket.destroy()
      reject(new SyslogError('timeout', `\`${host}\` did not take the messages in time`))
    }, timeoutMs)
    let ended = false
    socket.on('error', error => {
      clearTimeout(over)
      reject(new SyslogError('unreachable', `\`${host}\` cannot be reached, or broke off`, error))
    })
    socket.on('end', () => {
      ended = true
    })
    socket.on('close', hadError => {
      clearTimeout(over)
      if (ended && !hadError) resolve()
      else reject(new SyslogError('unreachable', `\`${host}\` broke off`))
    })
    socket.resume()
    socket.end(bytes)
  })
}

function datagram({ host, port }: SyslogPlace, address: string, bytes: Buffer): Promise<void> {
  if (bytes.length > DATAGRAM) {
    throw new SyslogError('too_large', `a message of ${bytes.length} bytes fits in no datagram; use TCP or TLS`)
  }
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4')
  return new Promise((resolve, reject) => {
    const end = (error: Error | null): void => {
      socket.close()
      if (error === null) resolve()
      else reject(new SyslogError('unreachable', `\`${host}\` cannot be reached`, error))
    }
    socket.once('error', end)
    socket.send(bytes, port, address, end)
  })
}
