import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer as createHttp } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createTls } from 'node:tls'
import { createSyslog } from '../../src/adapters/siem/syslog.ts'
import { type App, makeOrg, startApp } from '../support/app.ts'
import { CERTIFICATE, CERTIFICATE_KEY } from '../support/certificate.ts'
import { freePort } from '../support/services.ts'

const ORG = 'watched'
const admin = `/orgs/${ORG}/api/v1/admin`

async function until(good: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const end = Date.now() + 60_000; !(await good()); await sleep(50)) assert.ok(Date.now() < end, what)
}

/** Messages of a stream in octet counting. */
function framesIn(bytes: Buffer): string[] {
  const frames: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, space))
    assert.ok(Number.isInteger(length) && length > 0, 'a frame begins with its length')
    frames.push(bytes.toString('utf8', space + 1, space + 1 + length))
    at = space + 1 + length
  }
  return frames
}

/** A syslog server that reads to the end of each connection; `drop` breaks them off unread. */
async function syslogServer(port = 0) {
  const messages: string[] = []
  const state = { drop: false }
  const server = createServer({ allowHalfOpen: true }, (socket: Socket) => {
    const chunks: Buffer[] = []
    socket.on('error', () => {})
    if (state.drop) return void socket.resetAndDestroy()
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('end', () => {
      messages.push(...framesIn(Buffer.concat(chunks)))
      socket.end()
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    messages,
    state,
    port: (server.address() as AddressInfo).port,
    close: () => new Promise(resolve => server.close(resolve)),
  }
}

const FORM =
  /^<(\d+)>1 (\d{4}-\d\d-\d\dT\S+Z) watched lumoauth - (\S+) \[audit@32473 org="watched" seq="(\d+)" (.*?[^\\])\] \ufeff(\{.*\})$/s

const seqOf = (message: string): number => Number(FORM.exec(message)?.[4] ?? Number.NaN)

describe('the record on its way to a SIEM', () => {
  const apps: App[] = []
  after(async () => {
    for (const app of apps) await app.close()
  })
  const start = async (allow: string): Promise<App> => {
    const app = await startApp({ FETCH_ALLOW: allow })
    apps.push(app)
    await makeOrg(
      app,
      ORG,
      'model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define viewer: [user]\n',
      'Viewers of the doc can view docs.',
    )
    return app
  }
  const write = async (app: App, n: number): Promise<void> => {
    const body = { writes: [{ object: `doc:${n}`, relation: 'viewer', user: 'user:ann' }] }
    assert.equal((await app.send('POST', `${admin}/tuples`, { body })).status, 200)
  }
  const head = async (app: App): Promise<number> => (await app.running.service.store.auditHead(ORG)).seq

  test('syslog over TCP: every event, whole, though the server breaks off and is away for a while', async () => {
    const server = await syslogServer()
    const app = await start(`127.0.0.1:${server.port}`)
    const made = await app.send('POST', `${admin}/siem-sinks`, {
      body: { name: 'soc', via: { type: 'syslog', host: '127.0.0.1', port: server.port, transport: 'tcp' } },
    })
    assert.equal(made.status, 201, made.text)
    const from = made.json.data.cursor as number
    for (let n = 0; n < 5; n += 1) await write(app, n)
    const all = (to: number) => Array.from({ length: to - from }, (_, i) => from + 1 + i)
    const arrived = (messages: readonly string[]) => new Set(messages.map(seqOf))
    const last = await head(app)
    await until(() => all(last).every(seq => arrived(server.messages).has(seq)), 'the first events')
    const found = FORM.exec(server.messages.find(one => one.includes('relations.written')) ?? '')
    assert.equal(found?.[1], String(13 * 8 + 6))
    const event = JSON.parse(found?.[6] ?? '')
    assert.deepEqual([event.kind, event.org, event.hash.length], ['relations.written', ORG, 64])
    server.state.drop = true
    for (let n = 5; n < 8; n += 1) await write(app, n)
    await sleep(300)
    await server.close()
    for (let n = 8; n < 10; n += 1) await write(app, n)
    const again = await syslogServer(server.port)
    const end = await head(app)
    await until(
      () => all(end).every(seq => arrived([...server.messages, ...again.messages]).has(seq)),
      'what came meanwhile',
    )
    const shown = await app.send('GET', `${admin}/siem-sinks`)
    assert.equal(shown.json.data.length, 1)
    const off = await app.send('PATCH', `${admin}/siem-sinks/${made.json.data.id}`, { body: { active: false } })
    assert.equal(off.json.data.active, false)
    const count = again.messages.length
    await write(app, 10)
    await sleep(500)
    assert.ok(!again.messages.slice(count).some(one => one.includes('doc:10')))
    await app.send('PATCH', `${admin}/siem-sinks/${made.json.data.id}`, { body: { active: true } })
    await until(() => again.messages.some(one => one.includes('doc:10')), 'what happened while it was off')
    const gone = await app.send('DELETE', `${admin}/siem-sinks/${made.json.data.id}`)
    assert.equal(gone.status, 204)
    assert.equal((await app.send('GET', `${admin}/siem-sinks/${made.json.data.id}`)).status, 404)
    await again.close()
  })

  test('a webhook: only kinds it wants, authorized, again after a failure, and the secret is shown nowhere', async () => {
    const got: { authorization: string | undefined; body: { kind: string; seq: number } }[] = []
    let broken = true
    const server = createHttp((request, response) => {
      let text = ''
      request.on('data', chunk => {
        text += chunk
      })
      request.on('end', () => {
        if (broken) {
          broken = false
          return void response.writeHead(500).end()
        }
        got.push({ authorization: request.headers.authorization, body: JSON.parse(text) })
        response.writeHead(204).end()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const app = await start(`127.0.0.1:${port}`)
    const via = { type: 'webhook', url: `http://127.0.0.1:${port}/in`, authorization: 'Splunk hunter2' }
    const made = await app.send('POST', `${admin}/siem-sinks`, { body: { name: 'hec', via, kinds: ['relations.*'] } })
    assert.equal(made.status, 201, made.text)
    assert.equal(made.json.data.via.authorization, 'hidden')
    for (let n = 0; n < 3; n += 1) await write(app, n)
    await app.send('PATCH', `${admin}/organization`, { body: { name: 'Another' } })
    await write(app, 3)
    await until(() => new Set(got.map(({ body }) => body.seq)).size === 4, 'four events')
    assert.ok(got.every(one => one.authorization === 'Splunk hunter2' && one.body.kind === 'relations.written'))
    const exported = await app.send('GET', `${admin}/audit-logs/export`)
    assert.doesNotMatch(exported.text, /hunter2/)
    server.close()
  })

  test('what a sink may not be', async () => {
    const app = await start('')
    for (const via of [
      { type: 'webhook', url: 'http://127.0.0.1:9/x' },
      { type: 'webhook', url: 'file:///etc/passwd' },
      { type: 'syslog', host: 'a b' },
      { type: 'syslog', host: 'logs.example.com', port: 0 },
      { type: 'carrier_pigeon' },
    ]) {
      assert.equal((await app.send('POST', `${admin}/siem-sinks`, { body: { name: 'x', via } })).status, 400)
    }
  })

  test('over TLS, to whom the certificate names; over UDP as datagrams; nowhere else', async () => {
    const [key, cert] = [CERTIFICATE_KEY, CERTIFICATE]
    const frames: string[] = []
    const server = createTls({ key, cert, allowHalfOpen: true }, socket => {
      const chunks: Buffer[] = []
      socket.on('error', () => {})
      socket.on('data', chunk => chunks.push(chunk))
      socket.on('end', () => {
        frames.push(...framesIn(Buffer.concat(chunks)))
        socket.end()
      })
    })
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const allow = [`localhost:${port}`, `127.0.0.1:${port}`]
    const send = createSyslog({ allow, ca: cert })
    const place = { host: 'localhost', port, transport: 'tls' } as const
    await Promise.all(['one', 'zwei ü', 'three'].map(text => send(place, text)))
    assert.deepEqual(frames.sort(), ['one', 'three', 'zwei ü'])
    await assert.rejects(createSyslog({ allow })(place, 'x'), { code: 'unreachable' })
    await assert.rejects(createSyslog({ allow: [] })(place, 'x'), { code: 'forbidden_address' })
    await assert.rejects(createSyslog({ allow: [] })({ ...place, transport: 'udp' }, 'x'), {
      code: 'forbidden_address',
    })
    const free = await freePort()
    const nobody = createSyslog({ allow: [`127.0.0.1:${free}`] })
    await assert.rejects(nobody({ host: '127.0.0.1', port: free, transport: 'tcp' }, 'x'), { code: 'unreachable' })
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const heard = once(socket, 'message')
    const udp = { host: '127.0.0.1', port: socket.address().port, transport: 'udp' } as const
    await createSyslog({ allow: [`127.0.0.1:${udp.port}`] })(udp, 'a datagram')
    assert.equal(String((await heard)[0]), 'a datagram')
    await assert.rejects(createSyslog({ allow: [`127.0.0.1:${udp.port}`] })(udp, 'x'.repeat(9_000)), {
      code: 'too_large',
    })
    socket.close()
    server.close()
  })
})
