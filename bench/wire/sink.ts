import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Takes what an exporter of traces sends and forgets it; says, when asked, how many bytes came. */
let taken = 0
const server = createServer((request, response) => {
  request.on('data', (chunk: Buffer) => {
    taken += chunk.length
  })
  request.on('end', () => {
    response.setHeader('content-type', request.headers['content-type'] ?? 'application/json')
    response.end(request.headers['content-type'] === 'application/json' ? '{}' : '')
  })
}).listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => process.send?.({ taken }))
process.on('disconnect', () => process.exit())
