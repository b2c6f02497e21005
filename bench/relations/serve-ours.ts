import { readConfig } from '../../src/config.ts'
import { mintKey } from '../../src/pdp/keys.ts'
import { defaultStoreId } from '../../src/pdp/stores.ts'
import { startServer } from '../../src/server.ts'
import { batchesOf, DEPTH, MODEL } from './world.ts'

/** Tuples of one change. */
const AT_ONCE = 10_000

/** The real service with a world of tuples, a key that checks and one that writes. Tells its parent where it listens. */
const size = Number(process.argv[2])
const settings = { PORT: '0', DATA_DIR: 'memory', LOG_LEVEL: 'silent', RELATION_HOPS: String(DEPTH + 10) }
const { service, url } = await startServer(readConfig(settings))
const org = { slug: 'bench', name: 'Bench', zone: 'UTC' }
await service.createOrg(org)
const state = await service.orgs.get(org.slug)
const checker = mintKey(org.slug, 'checker', 'checker', service.clock())
const admin = mintKey(org.slug, 'admin', 'admin', service.clock())
await service.write(state, [
  { kind: 'model', id: `model_${'0'.repeat(32)}`, dsl: MODEL },
  { kind: 'key', key: checker.record },
  { kind: 'key', key: admin.record },
])
for (const writes of batchesOf(size, AT_ONCE)) {
  await service.write(state, [{ kind: 'tuples', writes, deletes: [] }])
}
process.on('disconnect', () => process.exit())
process.send?.({
  port: Number(new URL(url).port),
  key: checker.text,
  admin: admin.text,
  store: defaultStoreId(org.slug),
})
