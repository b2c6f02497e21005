import { type Cidr, inCidr, parseAddress, parseCidr } from '../../lib/cidr.ts'

/** Blocks that lead to this machine, its neighbours or nowhere (IANA special-purpose registries), and multicast. */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]

/** Of IPv6 only global unicast is public at all; in it, these are not. The tunnels among them carry an IPv4 address. */
const GLOBAL_V6 = '2000::/3'
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

const block = (text: string): Cidr => {
  const parsed = parseCidr(text)
  if (parsed === null) throw new Error(`\`${text}\` is no block of addresses`)
  return parsed
}

const SPECIAL = [...SPECIAL_V4, ...SPECIAL_V6].map(block)
const GLOBAL = block(GLOBAL_V6)

/** Whether an address is one of the public internet. An IPv4-mapped IPv6 address is its IPv4; what is no address is not. */
export function isPublicAddress(text: string): boolean {
  const address = parseAddress(text)
  if (address === null) return false
  if (typeof address !== 'number' && !inCidr(address, GLOBAL)) return false
  return !SPECIAL.some(special => inCidr(address, special))
}
