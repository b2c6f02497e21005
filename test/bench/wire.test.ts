import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { isWhole, timesIn } from '../../bench/http/answer.ts'
import { heard, startModule, stop } from '../../bench/http/children.ts'
import type { FromClient, Load, Seen } from '../../bench/http/load.ts'
import { askerOf, writtenFor } from '../../bench/wire/asked.ts'
import { FGA_MODEL } from '../../bench/wire/model.ts'
import { grpcDoors } from '../../bench/wire/spicedb-grpc.ts'
import { buildWorld, documentId, tuplesOf, userId } from '../../bench/wire/world.ts'
import { createGraph } from '../../src/relations/graph.ts'
import { parseModel } from '../../src/relations/model.ts'

test('questions have the answers that the relations of the world give', () => {
  const world = buildWorld(3_000)
  const parsed = parseModel(FGA_MODEL)
  assert.ok(parsed.ok)
  const graph = createGraph(parsed.model, 25)
  for (const tuple of tuplesOf(world)) graph.write(tuple)
  const asker = askerOf(world)
  const asked = [...asker.next(600), ...asker.groups(4, 50).flat()]
  for (const tuple of writtenFor(asked, 500)) graph.write(tuple)
  for (const one of asked) {
    const document = { type: 'document', id: documentId(one.document) }
    const user = { kind: 'entity', entity: { type: 'user', id: userId(one.user) } } as const
    assert.equal(graph.check(document, one.action, user).truth === 'yes', one.allowed, JSON.stringify(one))
  }
  const allowed = asked.filter(one => one.allowed).length
  assert.ok(allowed > asked.length / 4 && allowed < (asked.length * 3) / 4, `${allowed} of ${asked.length} are allowed`)
  assert.equal(new Set(asked.map(one => JSON.stringify(one))).size, asked.length)
  assert.ok(asker.groups(3, 50).every(group => new Set(group.map(one => one.user)).size === 1))
})

const ASKED = { user: 300, action: 'view', document: 7, allowed: true } as const
const SHARED = { object: 'document:d7', relation: 'shared_with', user: 'team:nobody1', condition: null } as const

/** What SpiceDB's own client sends for the same. */
const MESSAGES = {
  single: 'CgIgARIOCghkb2N1bWVudBICZDcaBHZpZXciDgoMCgR1c2VyEgR1MzAw',
  batch:
    'CgIIARImCg4KCGRvY3VtZW50EgJkNxIEdmlldxoOCgwKBHVzZXISBHUzMDASKAoOCghkb2N1bWVudBICZDgSBmRlbGV0ZRoOCgwKBHVzZXISBHUzMDA=',
  write: 'CjQIARIwCg4KCGRvY3VtZW50EgJkNxILc2hhcmVkX3dpdGgaEQoPCgR0ZWFtEgdub2JvZHkx',
  takeBack: 'CjQIAxIwCg4KCGRvY3VtZW50EgJkNxILc2hhcmVkX3dpdGgaEQoPCgR0ZWFtEgdub2JvZHkx',
} as const

test('messages of gRPC are those of the client of SpiceDB', () => {
  const full = grpcDoors('fullyConsistent', {})
  const least = grpcDoors('minimizeLatency', {})
  assert.equal(full.single.body(ASKED), MESSAGES.single)
  assert.equal(least.batch.body([ASKED, { ...ASKED, action: 'delete', document: 8 }]), MESSAGES.batch)
  assert.deepEqual(full.write?.pair(SHARED), [MESSAGES.write, MESSAGES.takeBack])
})

const ANSWERS = [
  { text: 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nyes!', whole: true },
  { text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nyes!', whole: false },
  { text: 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n', whole: false },
  { text: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nyes!\r\n0\r\n\r\n', whole: true },
  { text: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nyes!\r\n', whole: false },
] as const

for (const { text, whole } of ANSWERS) {
  test(`${JSON.stringify(text)} is ${whole ? '' : 'not '}whole`, () => assert.equal(isWhole(Buffer.from(text)), whole))
}

test('signs in an answer are counted', () => {
  assert.equal(timesIn(Buffer.from('yes no yes'), Buffer.from('yes')), 2)
  assert.equal(timesIn(Buffer.from('no'), Buffer.from('yes')), 0)
})

let server: Server
let got: string[] = []

before(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      got.push(`${request.url} ${body}`)
      response.statusCode = body === '"refuse"' ? 500 : 200
      response.end(body === '"allow"' ? 'yes' : 'no')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(() => server.close())

async function sent(load: Partial<Load>): Promise<Seen> {
  got = []
  const client = startModule(0, './client.ts', [])
  try {
    await heard(client)
    const { port } = server.address() as AddressInfo
    const bodies = ['"allow"', '"deny"']
    client.send({ port, path: '/check', headers: {}, bodies, connections: 1, count: 10, ...load } satisfies Load)
    const answer = await heard<FromClient>(client)
    assert.equal(answer.kind, 'seen')
    return answer.kind === 'seen' ? answer.seen : assert.fail()
  } finally {
    await stop(client)
  }
}

test('a client sees wrong answers and refusals', async () => {
  const right = await sent({ expects: { sign: 'yes', times: [1, 0] } })
  assert.deepEqual([right.sent, right.failed, right.wrong], [10, 0, 0])
  const wrong = await sent({ expects: { sign: 'yes', times: [1, 1] } })
  assert.deepEqual([wrong.sent, wrong.failed, wrong.wrong], [10, 0, 5])
  const refused = await sent({ bodies: ['"allow"', '"refuse"'], expects: { sign: 'yes', times: [1, 0] } })
  assert.deepEqual([refused.sent, refused.failed, refused.wrong], [10, 5, 0])
})

test('a client writes as often as it is told, and takes all of it back', async () => {
  const pairs = Array.from({ length: 8 }, (_, n) => [`"make ${n}"`, `"take ${n}"`] as const)
  for (const connections of [1, 4]) {
    const seen = await sent({ connections, count: 60, writes: { every: 4, path: '/write', headers: {}, pairs } })
    const writes = got.filter(line => line.startsWith('/write')).map(line => line.slice('/write '.length))
    const of = (what: string) => writes.filter(w => w.includes(what)).map(w => w.slice(6))
    assert.deepEqual(of('make').toSorted(), of('take').toSorted())
    assert.equal(seen.written, writes.length)
    assert.equal(seen.sent, got.length)
    assert.ok(writes.length >= 15 && writes.length <= 15 + connections, `${writes.length} writes`)
  }
})

test('a client asks what comes first most', async () => {
  await sent({ order: 'zipf', count: 3_000, connections: 4, bodies: Array.from({ length: 100 }, (_, n) => `${n}`) })
  const times = (n: number) => got.filter(line => line === `/check ${n}`).length
  assert.ok(times(0) > 1.5 * times(1) && times(1) > 2 * times(9), `${times(0)}, ${times(1)}, ${times(9)} times`)
  assert.ok(new Set(got).size > 80)
})
