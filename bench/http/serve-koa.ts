import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'

/** Answers by `subject action resource`, as the service gave them. */
const answers = await new Promise<ReadonlyMap<string, string>>(resolve => {
  process.once('message', (entries: readonly (readonly [string, string])[]) => resolve(new Map(entries)))
})

interface Asked {
  readonly subject: { readonly id: string }
  readonly action: { readonly name: string }
  readonly resource: { readonly id: string }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Asked
}

/** The least a Koa server can do with the same bytes: read the body, find the answer, write it. */
const app = new Koa()
app.use(async ctx => {
  const { subject, action, resource } = await read(ctx.req)
  ctx.type = 'application/json'
  ctx.body = answers.get(`${subject.id} ${action.name} ${resource.id}`) ?? ''
})
const server = createServer(app.callback()).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit())
