/** Where a message of syslog goes. */
export interface SyslogPlace {
  readonly host: string
  readonly port: number
  readonly transport: 'tls' | 'tcp' | 'udp'
}

export type SyslogErrorCode = 'forbidden_address' | 'unresolved' | 'unreachable' | 'timeout' | 'too_large'

/** The message is for logs and admins; it names the host and never what was sent. */
export class SyslogError extends Error {
  readonly code: SyslogErrorCode
  constructor(code: SyslogErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'SyslogError'
    this.code = code
  }
}

/**
 * Sends a message to a syslog server. Over a connection it resolves once the other side has read all of it: it closed after
 * we did, without an error. A datagram is on its way, and nothing more is known of it. Fails with `SyslogError`.
 */
export type Syslog = (place: SyslogPlace, message: string) => Promise<void>
