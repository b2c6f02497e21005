import { StoreError } from '../facts/store.ts'
import { Fault, messageOf } from './fault.ts'

/** Why the service could not start, as one line that says what to do; its exit code is 1. */
export function startFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  const { code, port, address, path } = error as NodeJS.ErrnoException & { port?: number; address?: string }
  switch (code) {
    case 'EADDRINUSE':
      return new Fault(`port ${port} of ${address} is in use: stop what listens there, or set PORT to another`, 1)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Fault('this machine has no such address to listen on: set HOST to one it has, such as 127.0.0.1', 1)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return path === undefined
        ? new Fault(`this user may not listen on port ${port}: set PORT to 1024 or more`, 1)
        : new Fault(`\`${path}\` cannot be used (${code}): give this user the directory, or set DATA_DIR to another`, 1)
    case 'unavailable':
      return new Fault(`${messageOf(error)}${reasonOf(error)}: see that it runs and what DATABASE_URL says`, 1)
    default:
      return new Fault(messageOf(error), 1)
  }
}

/** The driver's code, or PostgreSQL's, where there is one. */
const reasonOf = (error: unknown): string =>
  error instanceof StoreError && typeof error.detail.reason === 'string' ? ` (${error.detail.reason})` : ''
