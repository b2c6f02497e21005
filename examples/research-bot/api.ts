/** A service that runs, and the org the story is told in. */
export interface Place {
  /** Where it listens, as `http://localhost:8080`. */
  readonly url: string
  readonly org: string
  /** An API key that may make orgs. */
  readonly adminKey: string
}

export interface Heard {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: the story reads what the API documents
  readonly body: any
}

export type Credentials = { readonly key: string } | { readonly token: string }

const headersOf = (who: Credentials | null): Record<string, string> => {
  if (who === null) return {}
  return 'key' in who ? { 'x-api-key': who.key } : { authorization: `Bearer ${who.token}` }
}

/** One call of the org's API. */
export async function call(
  { url, org }: Place,
  who: Credentials | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<Heard> {
  const answer = await fetch(`${url}/orgs/${org}/api/v1${path}`, {
    method,
    headers: { ...headersOf(who), ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return { status: answer.status, body: /^[[{]/.test(text) ? JSON.parse(text) : text }
}

/** The token endpoint, with a form as OAuth has it. */
export async function token({ url, org }: Place, form: Readonly<Record<string, string>>): Promise<Heard> {
  const answer = await fetch(`${url}/orgs/${org}/api/v1/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  })
  return { status: answer.status, body: await answer.json() }
}

/** Fails with what the service said, unless it said one of these. */
export function expecting({ status, body }: Heard, ...wanted: readonly number[]): Heard['body'] {
  if (wanted.includes(status)) return body
  throw new Error(`expected ${wanted.join(' or ')}, got ${status}: ${JSON.stringify(body)}`)
}

export interface Told {
  readonly event: string
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly data: any
}

/** Server-sent events, one after the other, until the signal. */
export async function* events(place: Place, who: Credentials, path: string, signal: AbortSignal): AsyncGenerator<Told> {
  const answer = await fetch(`${place.url}/orgs/${place.org}/api/v1${path}`, {
    headers: { ...headersOf(who), accept: 'text/event-stream' },
    signal,
  })
  if (answer.status !== 200 || answer.body === null) throw new Error(`no stream: ${answer.status}`)
  let text = ''
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    text += part
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      const field = (name: string): string =>
        lines
          .filter(line => line.startsWith(`${name}:`))
          .map(line => line.slice(name.length + 1).trim())
          .join('\n')
      const data = field('data')
      if (data !== '') yield { event: field('event'), data: JSON.parse(data) }
    }
  }
}
