import { parentPort, workerData } from 'node:worker_threads'
import { PGlite, types } from '@electric-sql/pglite'
import { yieldToDecisions } from '../threads.ts'
import type { PgliteCall, PgliteReply } from './pglite-calls.ts'

/** The thread PGlite lives in: it computes while the service goes on answering. Calls are carried out in the order they came. */
const parent = parentPort
if (parent === null) throw new Error('this module is the body of a worker thread')

yieldToDecisions()

const { dataDir } = workerData as { readonly dataDir: string }

/** The driver counts the bytes of a text one by one, and copies bytes as they are. */
const LONG = 1024
const encoder = new TextEncoder()
const asBytes = (text: string): unknown => (text.length < LONG ? text : encoder.encode(text))

const opening = PGlite.create(dataDir, {
  parsers: { [types.INT8]: Number },
  // What PostgreSQL takes as bytes for these types is the text itself.
  serializers: {
    [types.TEXT]: asBytes as () => string,
    [types.JSON]: asBytes as () => string,
    [types.BYTEA]: ((bytes: Uint8Array) => bytes) as unknown as () => string,
  },
}).then(async db => {
  // A file in memory that is written to its end bit by bit is copied again and again.
  await db.exec('set wal_init_zero = off')
  return db
})

async function carryOut(call: PgliteCall): Promise<readonly unknown[]> {
  const db = await opening
  switch (call.kind) {
    case 'query':
      return (await db.query(call.sql, [...call.params])).rows
    case 'exec':
      await db.exec(call.script)
      return []
    case 'close':
      await db.close()
      return []
  }
}

const reply = (value: PgliteReply): void => parent.postMessage(value)

let last: Promise<void> = opening.then(
  () => undefined,
  () => undefined,
)
parent.on('message', (call: PgliteCall) => {
  last = last.then(async () => {
    try {
      reply({ id: call.id, rows: await carryOut(call) })
    } catch (error) {
      const { code, severity, message, constraint } = error as Readonly<Record<string, unknown>>
      reply({ id: call.id, error: { code, severity, message, constraint } })
    }
  })
})
