import { type Cidr, inCidr, parseAddress } from '../../lib/cidr.ts'
import type { Value } from './value.ts'

type Ip = Extract<Value, { kind: 'ipaddress' }>

/** An address; an IPv4-mapped IPv6 address is its IPv4, a zone stands after `%`. Null for anything else. */
export function parseIp(text: string): Ip | null {
  const percent = text.indexOf('%')
  if (percent < 0) {
    const address = parseAddress(text)
    return address === null ? null : { kind: 'ipaddress', address, zone: '' }
  }
  const host = text.slice(0, percent)
  const address = host.includes(':') ? parseAddress(host) : null
  if (address === null || percent === text.length - 1) return null
  return { kind: 'ipaddress', address, zone: typeof address === 'number' ? '' : text.slice(percent + 1) }
}

/** Null where the block is none. Bits beyond its prefix do not count; an address with a zone is in no block. */
export function inBlock(ip: Ip, block: string): boolean | null {
  const [host = '', bits, ...more] = block.split('/')
  if (bits === undefined || more.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(bits)) return null
  const address = parseAddress(host)
  if (address === null || Number(bits) > (host.includes(':') ? 128 : 32)) return null
  if (ip.zone !== '') return false
  if (typeof address === 'number') {
    const prefix = host.includes(':') ? Number(bits) - 96 : Number(bits)
    // What maps to IPv4 but is wider than all of it holds no address in its IPv4 form.
    if (prefix < 0) return false
    const size = 2 ** (32 - prefix)
    return inCidr(ip.address, { family: 4, text: block, base: address - (address % size), size })
  }
  const words = address.map((word, i) => word & mask(Number(bits), i))
  const cidr: Cidr = { family: 6, text: block, words, prefix: Number(bits) }
  return inCidr(ip.address, cidr)
}

function mask(prefix: number, i: number): number {
  const bits = Math.min(16, Math.max(0, prefix - i * 16))
  return (0xffff << (16 - bits)) & 0xffff
}
