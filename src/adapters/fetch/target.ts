import { parseAddress } from '../../lib/cidr.ts'
import { FetchError } from '../../lib/fetch.ts'
import { isPublicAddress } from './special-use.ts'

/** All addresses of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>

/** Where a request goes: the address that was looked at, so that nobody can answer differently a moment later. */
export interface Target {
  readonly url: URL
  readonly address: string
  /** The name without brackets, for the certificate. */
  readonly name: string
}

/** The URL of a request, looked at before anything is resolved. `allowed`: hosts and ports that may be plain and private. */
export function urlOf(text: string, allowed: ReadonlySet<string>): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || text.length > 8_192) throw new FetchError('bad_url', 'expected an absolute URL')
  if (url.username !== '' || url.password !== '' || text.includes('#')) {
    throw new FetchError('bad_url', 'expected a URL without user, password and fragment')
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowed.has(hostAndPort(url)))) {
    throw new FetchError('bad_url', `\`${url.host}\` is not asked without TLS; expected https`)
  }
  return url
}

/** Whether a URL could be asked at all, as far as one can tell before its name is resolved. */
export function isFetchable(text: string, allow: readonly string[]): boolean {
  try {
    return urlOf(text, new Set(allow)).href !== ''
  } catch {
    return false
  }
}

/** As the list of allowed hosts spells it: always with the port. */
export const hostAndPort = ({ hostname, port, protocol }: URL): string =>
  `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`

/** Resolves the name and looks at every address it has: one of special use, and none is asked. */
export async function targetOf(url: URL, allowed: ReadonlySet<string>, resolve: Resolve): Promise<Target> {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const addresses = parseAddress(name) === null ? await resolved(name, resolve) : [name]
  const [address] = addresses
  if (address === undefined) throw new FetchError('unresolved', `\`${name}\` has no address`)
  if (!allowed.has(hostAndPort(url)) && !addresses.every(isPublicAddress)) {
    throw new FetchError('forbidden_address', `\`${name}\` is at an address that is not public; see FETCH_ALLOW`)
  }
  return { url, address, name }
}

async function resolved(name: string, resolve: Resolve): Promise<readonly string[]> {
  try {
    return await resolve(name)
  } catch (error) {
    throw new FetchError('unresolved', `\`${name}\` cannot be resolved`, error)
  }
}
