/** A server-sent event. */
export interface ServerEvent {
  readonly id: string | null
  readonly name: string
  readonly data: string
}

/** Characters of one event at the most: more is no feed of this service. */
const LONGEST = 256 * 1024

/** Cuts a text that comes in pieces into events. Fails for one without an end. */
export function createSseReader(): (piece: string) => readonly ServerEvent[] {
  let rest = ''
  return piece => {
    rest = (rest + piece).replaceAll('\r\n', '\n')
    const parts = rest.split('\n\n')
    rest = parts.pop() ?? ''
    if (rest.length > LONGEST) throw new RangeError('an event has no end')
    return parts.map(eventOf).filter(event => event !== null)
  }
}

function eventOf(text: string): ServerEvent | null {
  let id: string | null = null
  let name = 'message'
  const data: string[] = []
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':')
    if (colon === 0) continue
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'id') id = value
    else if (field === 'event') name = value
    else if (field === 'data') data.push(value)
  }
  return data.length === 0 ? null : { id, name, data: data.join('\n') }
}
