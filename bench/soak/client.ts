import { Agent, request } from 'node:http'

export interface Got {
  readonly status: number
  readonly text: string
}

export interface Client {
  send(method: string, path: string, body?: object | string, headers?: Readonly<Record<string, string>>): Promise<Got>
  close(): void
}

/** Few connections, kept open. A string is sent as a form. */
export function clientOf(url: string, key: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  return {
    send(method, path, body, headers = {}) {
      const payload = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
      const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json'
      const own = headers.authorization === undefined ? { 'x-api-key': key } : {}
      const typed = payload === '' ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(payload)) }
      return new Promise((done, fail) => {
        const sent = request(url + path, { method, agent, headers: { ...own, ...typed, ...headers } }, response => {
          let text = ''
          response.setEncoding('utf8')
          response.on('data', (chunk: string) => {
            text += chunk
          })
          response.on('error', fail)
          response.on('end', () => done({ status: response.statusCode ?? 0, text }))
        })
        sent.on('error', fail)
        sent.end(payload)
      })
    },
    close: () => agent.destroy(),
  }
}
