import { readConfig } from '../../src/config.ts'
import { createAgent } from '../../src/pdp/agents.ts'
import { startServer } from '../../src/server.ts'
import { freePort } from '../http/children.ts'

export interface Served {
  readonly url: string
  readonly issuer: string
  readonly adminKey: string
  readonly agent: string
}

/** The real service on its embedded database, with an org and an agent. */
const adminKey = 'bench-of-revocation-0123456789abcdef'
const port = await freePort()
const running = await startServer(
  readConfig({
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATA_DIR: 'memory',
    LOG_LEVEL: 'silent',
    LUMOAUTH_ADMIN_KEY: adminKey,
    FETCH_ALLOW: process.argv[2] ?? '',
  }),
)
const { service } = running
await service.createOrg({ slug: 'bench', name: 'Bench', zone: 'UTC' })
const state = await service.orgs.get('bench')
const capabilities = ['read:documents', 'payments:pay']
const { agent } = await createAgent(service, state, { name: 'Bot', capabilities }, 'service:bench')
const issuer = service.tokens.issuers.of('bench')
const served: Served = { url: running.url, issuer, adminKey, agent: agent.id }
process.on('disconnect', () => process.exit())
process.send?.(served)
