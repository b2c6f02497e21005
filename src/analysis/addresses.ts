import { type Cidr, parseCidr } from '../lib/cidr.ts'
import type { Leaf } from './uses.ts'

const MAPPED = 0xffff_0000_0000n
const ALL_V4 = 1n << 32n
const ALL_V6 = 1n << 128n

/** An address in plain sight of neither family's edges, told first. */
const ELSEWHERE = ['198.51.100.7']

/**
 * Addresses that tell blocks apart: every stretch in which no block begins or ends starts at a block's first address,
 * at the one after its last, or at the first address of all.
 */
export function addressesFor(leaves: readonly Leaf[]): readonly string[] {
  const v4 = new Set<bigint>([0n])
  const v6 = new Set<bigint>([0n, MAPPED + ALL_V4, 0x2001_0db8n << 96n])
  for (const leaf of leaves) {
    if (leaf.kind !== 'network') continue
    for (const text of leaf.network.ranges) {
      const block = parseCidr(text)
      if (block !== null) edges(block, block.family === 4 ? v4 : v6)
    }
  }
  const four = sorted(v4).filter(n => n < ALL_V4)
  const six = sorted(v6).filter(n => n < ALL_V6 && (n < MAPPED || n >= MAPPED + ALL_V4))
  return [...ELSEWHERE, ...friendly(four).map(textV4), ...six.map(textV6)]
}

/** Within a block of several, an address a little past its first reads better. */
const friendly = (edges: readonly bigint[]): readonly bigint[] =>
  edges.flatMap((n, i) => {
    const next = edges[i + 1] ?? ALL_V4
    return next - n > 20n ? [n + 17n, n] : [n]
  })

const sorted = (numbers: ReadonlySet<bigint>): readonly bigint[] =>
  [...numbers].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))

function edges(block: Cidr, into: Set<bigint>): void {
  if (block.family === 4) {
    into.add(BigInt(block.base)).add(BigInt(block.base) + BigInt(block.size))
    return
  }
  const first = block.words.reduce((all, word) => (all << 16n) | BigInt(word), 0n)
  into.add(first).add(first + (1n << BigInt(128 - block.prefix)))
}

const textV4 = (n: bigint): string => [24n, 16n, 8n, 0n].map(shift => (n >> shift) & 255n).join('.')

const textV6 = (n: bigint): string =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map(shift => ((n >> shift) & 0xffffn).toString(16)).join(':')
