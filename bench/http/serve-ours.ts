import { readConfig } from '../../src/config.ts'
import { mintKey } from '../../src/pdp/keys.ts'
import { startServer } from '../../src/server.ts'
import { englishOf, MODEL } from '../cases/english.ts'
import { tuplesOf } from '../cases/world.ts'
import { httpCase } from './cases.ts'

/** The real service with the org of the case, and a key that may only check. Tells its parent where it listens. */
const running = await startServer(readConfig({ PORT: '0', DATA_DIR: 'memory', LOG_LEVEL: 'silent' }))
const { service } = running
const { world, rules } = httpCase()
const org = { slug: 'bench', name: 'Bench', zone: 'Europe/Berlin' }
await service.createOrg(org)
const state = await service.orgs.get(org.slug)
const { text, record } = mintKey(org.slug, 'bench', 'checker', service.clock())
await service.write(state, [
  { kind: 'model', id: 'model_bench', dsl: MODEL },
  { kind: 'tuples', writes: [...tuplesOf(world)], deletes: [] },
  { kind: 'policy', version: 1, text: englishOf(rules), author: 'bench', note: '' },
  { kind: 'key', key: record },
])
process.on('disconnect', () => process.exit())
process.send?.({ port: Number(new URL(running.url).port), key: text })
