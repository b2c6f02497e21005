import { readConfig } from '../../src/config.ts'
import { mintKey } from '../../src/pdp/keys.ts'
import { defaultStoreId } from '../../src/pdp/stores.ts'
import { startServer } from '../../src/server.ts'
import { OUR_MODEL } from './model.ts'
import { POLICY } from './rules.ts'
import { batchesOf, buildWorld } from './world.ts'

/** Tuples of one change. */
const AT_ONCE = 10_000

/** The real service with a world, a key that checks and one that writes. Tells its parent where it listens. */
const size = Number(process.argv[2])
const settings = JSON.parse(process.argv[3] ?? '{}') as Record<string, string>
const { service, url } = await startServer(
  readConfig({ PORT: '0', DATA_DIR: 'memory', LOG_LEVEL: 'silent', ...settings }),
)
const org = { slug: 'bench', name: 'Bench', zone: 'UTC' }
await service.createOrg(org)
const state = await service.orgs.get(org.slug)
const checker = mintKey(org.slug, 'checker', 'checker', service.clock())
const admin = mintKey(org.slug, 'admin', 'admin', service.clock())
await service.write(state, [
  { kind: 'model', id: `model_${'0'.repeat(32)}`, dsl: OUR_MODEL },
  { kind: 'policy', version: 1, text: POLICY, author: 'bench', note: '' },
  { kind: 'key', key: checker.record },
  { kind: 'key', key: admin.record },
])
const started = process.hrtime.bigint()
for (const writes of batchesOf(buildWorld(size), AT_ONCE)) {
  await service.write(state, [{ kind: 'tuples', writes, deletes: [] }])
}
const load = Number(process.hrtime.bigint() - started)
process.on('disconnect', () => process.exit())
process.send?.({
  port: Number(new URL(url).port),
  key: checker.text,
  admin: admin.text,
  store: defaultStoreId(org.slug),
  load,
})
