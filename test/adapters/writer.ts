import { openStore } from '../../src/adapters/store.ts'
import { ERROR, tuple, writes } from './suite/bench.ts'

/** Writes tuples to the org `kill` of a directory for ever, one at a time, and prints the revision of each once it has it. */
const store = await openStore({ kind: 'directory', path: process.argv[2] ?? '' })
if ((await store.org('kill')) === null) await store.createOrg({ slug: 'kill', name: 'kill', zone: 'UTC' })
for (let n = (await store.revision('kill')) + 1; ; n += 1) {
  await store.write('kill', [writes(tuple(`d:${n}`, 'viewer', 'user:a'))], ERROR)
  process.stdout.write(`${n}\n`)
}
