/** An address: a number below 2^32 for IPv4, eight 16-bit words for IPv6. IPv4-mapped IPv6 is its IPv4. */
export type Address = number | readonly number[]

/** A block of addresses, as written in `text`. An IPv4 address is in no IPv6 block. */
export type Cidr =
  | { readonly family: 4; readonly text: string; readonly base: number; readonly size: number }
  | { readonly family: 6; readonly text: string; readonly words: readonly number[]; readonly prefix: number }

/** Dotted decimal, four parts without leading zeros; -1 for anything else. */
function parseV4(text: string): number {
  let value = 0
  let part = -1
  let parts = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 46) {
      if (part < 0 || parts === 3) return -1
      value = value * 256 + part
      parts += 1
      part = -1
    } else if (code >= 48 && code <= 57) {
      if (part === 0) return -1
      part = part < 0 ? code - 48 : part * 10 + code - 48
      if (part > 255) return -1
    } else return -1
  }
  return parts === 3 && part >= 0 ? value * 256 + part : -1
}

/** Words of one side of `::`; a dotted IPv4 may stand last. Null if a word is not 1 to 4 hex digits. */
function parseWords(text: string, last: boolean): readonly number[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const words: number[] = []
  for (const [i, part] of parts.entries()) {
    if (last && i === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part)
      if (v4 < 0) return null
      words.push(Math.floor(v4 / 65536), v4 % 65536)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) words.push(Number.parseInt(part, 16))
    else return null
  }
  return words
}

function parseV6(text: string): readonly number[] | null {
  if (text.length > 45) return null
  const cut = text.indexOf('::')
  if (cut < 0) {
    const words = parseWords(text, true)
    return words?.length === 8 ? words : null
  }
  const head = parseWords(text.slice(0, cut), false)
  const tail = parseWords(text.slice(cut + 2), true)
  if (head === null || tail === null || head.length + tail.length > 7) return null
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

const isMapped = (words: readonly number[]): boolean =>
  words[5] === 0xffff && words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0 && words[4] === 0

const lastV4 = (words: readonly number[]): number => (words[6] ?? 0) * 65536 + (words[7] ?? 0)

/** Reads an address; null for anything that is not exactly one, zone ids and leading zeros included. */
export function parseAddress(text: string): Address | null {
  const v4 = parseV4(text)
  if (v4 >= 0) return v4
  const words = parseV6(text)
  return words === null ? null : isMapped(words) ? lastV4(words) : words
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or one address; null for anything else, bits set beyond the prefix included. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/')
  const host = slash < 0 ? text : text.slice(0, slash)
  const v4 = parseV4(host)
  const words = v4 >= 0 ? null : parseV6(host)
  if (v4 < 0 && words === null) return null
  const bits = words === null ? 32 : 128
  const tail = slash < 0 ? String(bits) : text.slice(slash + 1)
  if (!/^(?:0|[1-9]\d{0,2})$/.test(tail) || Number(tail) > bits) return null
  const prefix = Number(tail)
  if (words === null) return v4Block(text, v4, prefix)
  if (isMapped(words) && prefix >= 96) return v4Block(text, lastV4(words), prefix - 96)
  const clean = words.every((word, i) => (word & ~maskOf(prefix, i) & 0xffff) === 0)
  return clean ? { family: 6, text, words, prefix } : null
}

function v4Block(text: string, base: number, prefix: number): Cidr | null {
  const size = 2 ** (32 - prefix)
  return base % size === 0 ? { family: 4, text, base, size } : null
}

/** Which bits of word `i` a prefix covers. */
function maskOf(prefix: number, i: number): number {
  const bits = Math.min(16, Math.max(0, prefix - i * 16))
  return (0xffff << (16 - bits)) & 0xffff
}

export function inCidr(address: Address, block: Cidr): boolean {
  if (typeof address === 'number') {
    return block.family === 4 && address >= block.base && address < block.base + block.size
  }
  if (block.family === 4) return false
  for (let i = 0; i * 16 < block.prefix; i++) {
    if (((address[i] ?? 0) & maskOf(block.prefix, i)) !== (block.words[i] ?? 0)) return false
  }
  return true
}
