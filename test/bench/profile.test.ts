import assert from 'node:assert/strict'
import { test } from 'node:test'
import { roomOf, sharesOf } from '../../bench/profile/shares.ts'

const ROOMS = [
  ['file:///somewhere/src/engine/settle.ts', 'settle', 'engine'],
  ['file:///somewhere/src/pdp/tokens/issue.ts', 'issue', 'pdp'],
  ['file:///somewhere/src/server.ts', 'start', 'src'],
  ['file:///somewhere/dist/src/../node_modules/@koa/router/src/router.js', 'match', '@koa/router'],
  ['file:///somewhere/node_modules/zod/v4/core.js', 'parse', 'zod'],
  ['file:///somewhere/bench/profile/work.ts', 'work', 'the bench itself'],
  ['node:internal/http', 'write', 'Node.js'],
  ['wasm://wasm/0123', 'f', 'WebAssembly'],
  ['', '(garbage collector)', 'collecting garbage'],
  ['', '(program)', 'native code'],
  ['', 'replace', 'built into V8'],
] as const

for (const [url, functionName, room] of ROOMS) {
  test(`${functionName} of ${url || 'no file'} is ${room}`, () => assert.equal(roomOf({ functionName, url }), room))
}

test('shares are of the time the thread was busy, and name no place of the machine', () => {
  const frame = (functionName: string, url: string) => ({
    callFrame: { functionName, url, scriptId: '1', lineNumber: 0, columnNumber: 0 },
  })
  const { busy, rooms, functions } = sharesOf({
    startTime: 0,
    endTime: 100,
    nodes: [
      { id: 1, ...frame('(root)', '') },
      { id: 2, ...frame('(idle)', '') },
      { id: 3, ...frame('settle', 'file:///home/someone/src/engine/settle.ts') },
      { id: 4, ...frame('settle', 'file:///home/someone/src/engine/settle.ts') },
      { id: 6, ...frame('post', 'node:inspector') },
      { id: 5, ...frame('parse', 'file:///home/someone/node_modules/zod/v4/core.js') },
    ],
    samples: [6, 2, 3, 4, 5, 2],
    timeDeltas: [500, 10, 30, 15, 15, 30],
  })
  assert.equal(busy, 0.6)
  assert.deepEqual(rooms, [
    ['engine', 0.75],
    ['zod', 0.25],
  ])
  assert.deepEqual(functions, [
    { name: 'settle', place: 'src/engine/settle.ts', room: 'engine', share: 0.75 },
    { name: 'parse', place: 'zod/v4/core.js', room: 'zod', share: 0.25 },
  ])
})
