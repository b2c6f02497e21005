import { generateKeyPairSync } from 'node:crypto'
import { readConfig } from '../../src/config.ts'
import { createAgent } from '../../src/pdp/agents.ts'
import { startServer } from '../../src/server.ts'
import { englishOf, MODEL } from '../cases/english.ts'
import { buildRules } from '../cases/rules.ts'
import { freePort } from '../http/children.ts'
import { type Clients, RESOURCE, SCOPES } from './cases.ts'

/** The real service with an org of 100 rules, one of them about scopes, and two agents. Tells its parent where and who. */
const port = await freePort()
const running = await startServer(
  readConfig({
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATA_DIR: 'memory',
    LOG_LEVEL: 'silent',
    TOKEN_RATE_PER_CLIENT: '100000000',
    TOKEN_RATE_PER_ADDRESS: '100000000',
  }),
)
const { service } = running
const slug = 'bench'
await service.createOrg({ slug, name: 'Bench', zone: 'Europe/Berlin' })
const state = await service.orgs.get(slug)
const text = `${englishOf(buildRules(99))}
Agents cannot obtain the scope publish:documents on weekends.
`
const dsl = MODEL.replace('    define contractor: [user]', '    define contractor: [user]\n    define checker: [agent]')
await service.write(state, [
  { kind: 'model', id: 'model_bench', dsl },
  {
    kind: 'tuples',
    writes: [{ object: `org:${slug}`, relation: 'checker', user: 'agent:bot', condition: null }],
    deletes: [],
  },
  { kind: 'policy', version: 1, text, author: 'bench', note: '' },
])
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const jwk = { ...publicKey.export({ format: 'jwk' }), alg: 'EdDSA', kid: 'key' }
const capabilities = [...SCOPES, 'check:org_access']
const said = { capabilities, allowedAudiences: [RESOURCE] }
const bot = await createAgent(service, state, { ...said, name: 'Bot' }, 'service:bench')
const keys = { jwks: { keys: [jwk as Record<string, string>] } }
const keyed = await createAgent(service, state, { ...said, name: 'Keyed', keys }, 'service:bench')
const issuer = service.tokens.issuers.of(slug)
const clients: Clients = {
  port,
  path: `/orgs/${slug}/api/v1/oauth/token`,
  issuer,
  secretId: bot.agent.id,
  secret: bot.shown.clientSecret ?? '',
  keyId: keyed.agent.id,
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
}
process.on('disconnect', () => process.exit())
process.send?.(clients)
