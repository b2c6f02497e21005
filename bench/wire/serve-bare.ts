import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'

/** Answers by `subject action resource`, as the service gave them. */
const answers = await new Promise<ReadonlyMap<string, string>>(resolve => {
  process.once('message', (entries: readonly (readonly [string, string])[]) => resolve(new Map(entries)))
})

interface Item {
  readonly action: { readonly name: string }
  readonly resource: { readonly id: string }
}

interface Body extends Item {
  readonly subject: { readonly id: string }
  readonly evaluations?: readonly Item[]
}

async function read(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Body
}

function answerTo(body: Body): string {
  const find = ({ action, resource }: Item): string =>
    answers.get(`${body.subject.id} ${action.name} ${resource.id}`) ?? ''
  return body.evaluations === undefined ? find(body) : `{"evaluations":[${body.evaluations.map(find).join()}]}`
}

/** The least a server can do with the same bytes: read the body, find the answer, write it. */
function koa(): RequestListener {
  const app = new Koa()
  app.use(async ctx => {
    const body = await read(ctx.req)
    ctx.type = 'application/json'
    ctx.body = answerTo(body)
  })
  return app.callback()
}

const node: RequestListener = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const answer = answerTo(JSON.parse(Buffer.concat(chunks).toString()) as Body)
    response.setHeader('content-type', 'application/json; charset=utf-8')
    response.setHeader('content-length', Buffer.byteLength(answer))
    response.end(answer)
  })
}

const server = createServer(process.argv[2] === 'koa' ? koa() : node).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit())
