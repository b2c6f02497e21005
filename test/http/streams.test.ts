import assert from 'node:assert/strict'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import Koa from 'koa'
import { pino } from 'pino'
import { createStreams } from '../../src/http/streams.ts'

test('a reader that takes nothing is cut off, told where to go on, and costs one piece', async () => {
  const streams = createStreams(pino({ level: 'silent' }), 200)
  const made = { pieces: 0, ended: false }
  const app = new Koa()
  app.use(ctx => {
    ctx.state.requestId = 'r'
    streams.send(
      ctx,
      200,
      { 'content-type': 'text/plain' },
      {
        async *pieces() {
          try {
            for (;;) {
              made.pieces += 1
              yield 'x'.repeat(1_000_000)
            }
          } finally {
            made.ended = true
          }
        },
        parting: why => `resume after ${made.pieces}: ${why}`,
      },
    )
  })
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const response = await new Promise<IncomingMessage>(resolve => {
    get({ port, host: '127.0.0.1', agent: false }, resolve)
  })
  // Nothing is read until the server has given up.
  while (!made.ended) await new Promise(resolve => setTimeout(resolve, 10))
  assert.ok(made.pieces < 50, `${made.pieces} pieces were made for nobody`)
  let text = ''
  let size = 0
  response.setEncoding('utf8')
  for await (const chunk of response) {
    size += chunk.length
    text = (text + chunk).slice(-100)
  }
  assert.match(text, new RegExp(`x+resume after ${made.pieces}: too_slow$`))
  assert.ok(size > made.pieces * 1_000_000)
  server.close()
})
