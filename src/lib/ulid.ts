const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

/** 128 bits as 32 hex digits, written as a ULID: 26 digits that sort the same. */
export function ulidOf(hex: string): string {
  let rest = BigInt(`0x${hex}`)
  let text = ''
  for (let i = 0; i < 26; i++) {
    text = DIGITS.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}

/** The 32 hex digits a ULID stands for, or null where it is none. */
export function hexOf(ulid: string): string | null {
  if (!ULID.test(ulid)) return null
  let bits = 0n
  for (const digit of ulid) bits = (bits << 5n) | BigInt(DIGITS.indexOf(digit))
  return bits.toString(16).padStart(32, '0')
}

/** The milliseconds since the epoch a ULID begins with. */
export const timeOf = (ulid: string): number => Number.parseInt(hexOf(ulid)?.slice(0, 12) ?? '0', 16)
