const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '0\r\n\r\n'

/** Whether `bytes` hold one whole HTTP/1.1 answer; only what the servers of this bench send is understood. */
export function isWhole(bytes: Buffer): boolean {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return false
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase()
  const at = head.indexOf('content-length:')
  if (at < 0) return head.includes('transfer-encoding: chunked') && bytes.subarray(-LAST_CHUNK.length).equals(LAST)
  return bytes.length >= headEnd + HEAD_END.length + Number.parseInt(head.slice(at + 15), 10)
}

const LAST = Buffer.from(LAST_CHUNK)

export const statusOf = (bytes: Buffer): string => bytes.toString('latin1', 9, 12)

/** How often `sign` is in an answer. */
export function timesIn(bytes: Buffer, sign: Buffer): number {
  let times = 0
  for (let at = bytes.indexOf(sign); at >= 0; at = bytes.indexOf(sign, at + sign.length)) times += 1
  return times
}
