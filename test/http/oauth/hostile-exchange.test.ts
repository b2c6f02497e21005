import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Agent } from '../../../src/agents/agent.ts'
import { subjectOf } from '../../../src/agents/identity.ts'
import { type App, startApp } from '../../support/app.ts'
import {
  agentWithSecret,
  claimsIn,
  dpopProof,
  issuerOf,
  keyPair,
  nowSeconds,
  orgOf,
  postForm,
  type Registree,
  serviceWithSecret,
  signed,
  tokenOf,
} from '../../support/oauth.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const TYPES = 'urn:ietf:params:oauth:token-type:'
const ACCESS = `${TYPES}access_token`
const [TOOLS, NOTES, LISTED] = [
  'https://tools.acme.test/mcp',
  'https://notes.acme.test/mcp',
  'https://api.acme.test/v1',
]
const CAPABILITIES = ['read:documents', 'write:documents', 'delegate:user']
const MAY_ACT = { actsForUsers: true, users: null, maxDepth: null, requireConsent: false }

type Params = Readonly<Record<string, string>> | readonly (readonly [string, string])[]
type Row = readonly [what: string, params: () => Params | Promise<Params>, status: number, error: string | null]

/** Requests for less, for more, and for what is not theirs: of the exchange, and of resources. */
describe('hostile exchanges and resources', () => {
  let app: App
  let bot: Registree
  let tool: Registree
  let mute: Registree
  let job: Registree
  const key = keyPair('EdDSA')

  before(async () => {
    app = await startApp({ TOKEN_RATE_PER_CLIENT: '100000', TOKEN_RATE_PER_ADDRESS: '100000' })
    for (const org of ['acme', 'other']) await orgOf(app, org)
    const acting = { capabilities: CAPABILITIES, delegation: MAY_ACT }
    bot = await agentWithSecret(app, 'acme', 'bot', { ...acting, allowedAudiences: [TOOLS, NOTES, LISTED] })
    tool = await agentWithSecret(app, 'acme', 'tool', acting)
    mute = await agentWithSecret(app, 'acme', 'mute', { capabilities: ['read:documents'], delegation: MAY_ACT })
    job = await serviceWithSecret(app, 'acme', 'job', { capabilities: ['read:documents'] })
    await agentWithSecret(app, 'other', 'bot', acting)
    for (const [name, resource_uri] of [
      ['Tools', TOOLS],
      ['Notes', NOTES],
    ]) {
      const body = { name, resource_uri, scopes_supported: ['read:documents'] }
      assert.equal((await app.send('POST', '/orgs/acme/api/v1/admin/mcp/servers', { body })).status, 201)
    }
    for (const org of ['acme', 'other']) {
      const made = await app.send('POST', `/orgs/${org}/api/v1/admin/users`, { body: { id: 'alice' } })
      assert.equal(made.status, 201, made.text)
    }
  })
  after(() => app?.close())

  const own = async (of: Registree, more: object = {}): Promise<string> =>
    (await tokenOf(app, 'acme', of, more)).json.access_token
  const ofUser = async (more: object = {}, org = 'acme'): Promise<string> => {
    const body = { scopes: ['read:documents'], ...more }
    const made = await app.send('POST', `/orgs/${org}/api/v1/admin/users/alice/token`, { body })
    assert.equal(made.status, 201, made.text)
    return made.json.data.accessToken
  }
  const exchange = (subject: string, actor: string | null, more: object = {}): Params => ({
    grant_type: EXCHANGE,
    subject_token: subject,
    subject_token_type: ACCESS,
    ...(actor !== null && { actor_token: actor, actor_token_type: ACCESS }),
    ...more,
  })
  const acting = async (): Promise<string> => {
    const got = await postForm(app, 'acme', 'token', exchange(await ofUser(), await own(bot)))
    assert.equal(got.status, 200, got.text)
    return got.json.access_token
  }
  /** A token of ours by all it says, that somebody else signed. */
  const forged = async (claims: object = {}): Promise<string> => {
    const real = await ofUser()
    const kid = JSON.parse(Buffer.from(real.split('.')[0] ?? '', 'base64url').toString()).kid
    return signed(key, { typ: 'at+jwt', kid }, { ...claimsIn(real), ...claims })
  }
  const onlyFor = async (actor: string): Promise<string> => {
    const state = await app.running.service.orgs.get('acme')
    const agent = state.registry.agents.get(bot.id) as Agent
    const issued = await app.running.service.tokens.issue(state, {
      client: agent,
      subject: { type: 'user', id: 'alice' },
      actors: [subjectOf(agent)],
      grant: 'test',
      ip: '127.0.0.1',
      scopes: null,
      resources: [],
      narrowed: {
        scopes: ['read:documents'],
        audience: [issuerOf(app, 'acme')],
        notAfter: Date.now() + 60_000,
        lineage: [],
        consents: [],
        task: null,
        mayAct: { type: 'agent', id: actor },
      },
    })
    assert.ok(issued.kind === 'issued')
    return issued.text
  }
  const revoked = async (text: string): Promise<string> => {
    assert.equal((await postForm(app, 'acme', 'revoke', { token: text })).status, 200)
    return text
  }
  const ended = async (text: string): Promise<string> => {
    const left = (claimsIn(text).exp as number) * 1000 - Date.now()
    await new Promise(resolve => setTimeout(resolve, Math.max(0, left) + 20))
    return text
  }
  const bound = async (): Promise<string> => {
    const dpop = dpopProof(key, 'POST', `${issuerOf(app, 'acme')}/oauth/token`)
    const { id, secret } = tool
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: secret }
    return (await postForm(app, 'acme', 'token', form, { dpop })).json.access_token
  }
  const asked = (more: readonly (readonly [string, string])[], of = bot): Params => [
    ['grant_type', 'client_credentials'],
    ['client_id', of.id],
    ['client_secret', of.secret],
    ...more,
  ]

  const SUBJECTS: readonly Row[] = [
    ['good', async () => exchange(await ofUser(), await own(bot)), 200, null],
    [
      'one that has ended',
      async () => exchange(await ended(await ofUser({ ttl: 1 })), await own(bot)),
      400,
      'invalid_request',
    ],
    [
      'one that was revoked',
      async () => exchange(await revoked(await ofUser()), await own(bot)),
      400,
      'invalid_request',
    ],
    ['one of another org', async () => exchange(await ofUser({}, 'other'), await own(bot)), 400, 'invalid_request'],
    ['one that nobody signed', async () => exchange(await forged(), await own(bot)), 400, 'invalid_request'],
    ['none', async () => exchange('', await own(bot)), 400, 'invalid_request'],
    [
      'as an id token',
      async () => exchange(await ofUser(), await own(bot), { subject_token_type: `${TYPES}id_token` }),
      400,
      'unsupported_token_type',
    ],
    [
      'as a refresh token',
      async () => exchange(await ofUser(), await own(bot), { subject_token_type: `${TYPES}refresh_token` }),
      400,
      'unsupported_token_type',
    ],
    [
      'as nothing known',
      async () => exchange(await ofUser(), await own(bot), { subject_token_type: 'urn:x' }),
      400,
      'unsupported_token_type',
    ],
  ]
  const ACTORS: readonly Row[] = [
    [
      'one that was revoked',
      async () => exchange(await ofUser(), await revoked(await own(bot))),
      400,
      'invalid_request',
    ],
    [
      'one that nobody signed',
      async () => exchange(await ofUser(), await forged({ sub: 'agent:bot' })),
      400,
      'invalid_request',
    ],
    ['one that acts for somebody', async () => exchange(await ofUser(), await acting()), 400, 'invalid_request'],
    ['a service', async () => exchange(await ofUser(), await own(job)), 400, 'invalid_request'],
    [
      'without the capability to act',
      async () => exchange(await ofUser(), await own(mute)),
      403,
      'delegation_not_allowed',
    ],
    [
      'as an id token',
      async () => exchange(await ofUser(), await own(bot), { actor_token_type: `${TYPES}id_token` }),
      400,
      'unsupported_token_type',
    ],
    [
      'a token without its type',
      async () => exchange(await ofUser(), await own(bot), { actor_token_type: '' }),
      400,
      'invalid_request',
    ],
    [
      'bound to a key that is not proved',
      async () => exchange(await ofUser(), await bound()),
      400,
      'invalid_dpop_proof',
    ],
    [
      'not the one that `may_act` names',
      async () => exchange(await onlyFor('mute'), await own(tool)),
      403,
      'delegation_not_allowed',
    ],
    ['the one that `may_act` names', async () => exchange(await onlyFor('tool'), await own(tool)), 200, null],
    ['back again', async () => exchange(await acting(), await own(bot)), 403, 'delegation_not_allowed'],
  ]
  const WIDER: readonly Row[] = [
    [
      'a scope the user\u2019s token lacks',
      async () => exchange(await ofUser(), await own(bot), { scope: 'write:documents' }),
      400,
      'invalid_scope',
    ],
    [
      'a scope the own token lacks',
      async () => exchange(await own(bot, { scope: 'read:documents' }), null, { scope: 'write:documents' }),
      400,
      'invalid_scope',
    ],
    [
      'one scope more',
      async () =>
        exchange(await own(bot, { scope: 'read:documents' }), null, { scope: 'read:documents write:documents' }),
      400,
      'invalid_scope',
    ],
    [
      'the org, of a token for a server',
      async () => exchange(await own(bot, { resource: TOOLS }), null, { resource: issuerOf(app, 'acme') }),
      400,
      'invalid_target',
    ],
    [
      'another server',
      async () => exchange(await own(bot, { resource: TOOLS }), null, { resource: NOTES }),
      400,
      'invalid_target',
    ],
    [
      'the same server',
      async () => exchange(await own(bot, { resource: TOOLS }), null, { resource: TOOLS }),
      200,
      null,
    ],
    [
      'a server the agent may not have',
      async () => exchange(await own(tool), null, { audience: LISTED }),
      400,
      'invalid_target',
    ],
    [
      'another kind of token',
      async () => exchange(await own(bot), null, { requested_token_type: `${TYPES}id_token` }),
      400,
      'unsupported_token_type',
    ],
  ]
  const RESOURCES: readonly Row[] = [
    ['a server', () => asked([['resource', TOOLS]]), 200, null],
    ['with a slash behind', () => asked([['resource', `${TOOLS}/`]]), 200, null],
    ['with the host in capitals', () => asked([['resource', TOOLS.replace('tools.acme', 'TOOLS.ACME')]]), 200, null],
    ['with the path in capitals', () => asked([['resource', TOOLS.replace('/mcp', '/MCP')]]), 400, 'invalid_target'],
    ['with two slashes behind', () => asked([['resource', `${TOOLS}//`]]), 400, 'invalid_target'],
    ['with a query', () => asked([['resource', `${TOOLS}?x=1`]]), 400, 'invalid_target'],
    ['with a fragment', () => asked([['resource', `${TOOLS}#x`]]), 400, 'invalid_target'],
    ['with an empty fragment', () => asked([['resource', `${TOOLS}#`]]), 400, 'invalid_target'],
    [
      'with a name in front',
      () => asked([['resource', TOOLS.replace('https://', 'https://tools.acme.test@')]]),
      400,
      'invalid_target',
    ],
    ['below', () => asked([['resource', `${TOOLS}/x`]]), 400, 'invalid_target'],
    ['above', () => asked([['resource', 'https://tools.acme.test']]), 400, 'invalid_target'],
    ['with dots', () => asked([['resource', 'https://tools.acme.test/x/../mcp']]), 400, 'invalid_target'],
    ['without TLS', () => asked([['resource', TOOLS.replace('https:', 'http:')]]), 400, 'invalid_target'],
    [
      'a host that begins alike',
      () => asked([['resource', 'https://tools.acme.test.evil.test/mcp']]),
      400,
      'invalid_target',
    ],
    ['one on the list', () => asked([['audience', LISTED]]), 200, null],
    ['one on the list of another', () => asked([['audience', LISTED]], tool), 400, 'invalid_target'],
    [
      'two servers',
      () =>
        asked([
          ['resource', TOOLS],
          ['resource', NOTES],
        ]),
      400,
      'invalid_target',
    ],
    [
      'a server twice',
      () =>
        asked([
          ['resource', TOOLS],
          ['resource', `${TOOLS}/`],
        ]),
      200,
      null,
    ],
    [
      'a server and the org',
      () =>
        asked([
          ['resource', TOOLS],
          ['audience', issuerOf(app, 'acme')],
        ]),
      400,
      'invalid_target',
    ],
    [
      'eleven',
      () => asked(Array.from({ length: 11 }, (_, i) => ['resource', `https://r${i}.test`] as const)),
      400,
      'invalid_target',
    ],
    ['another org', () => asked([['resource', issuerOf(app, 'other')]]), 400, 'invalid_target'],
  ]

  for (const [table, rows] of Object.entries({ SUBJECTS, ACTORS, WIDER, RESOURCES })) {
    for (const [what, params, status, error] of rows) {
      test(`${table.toLowerCase()}: ${what}`, async () => {
        const got = await postForm(app, 'acme', 'token', await params())
        assert.deepEqual([got.status, got.json.error ?? null], [status, error], got.text)
        assert.equal(got.headers['cache-control'], 'no-store')
      })
    }
  }

  test('what an exchange gives ends no later than what it came from', async () => {
    const subject = await ofUser({ ttl: 30 })
    const got = await postForm(app, 'acme', 'token', exchange(subject, await own(bot)))
    assert.equal(claimsIn(got.json.access_token).exp, claimsIn(subject).exp)
    assert.ok((claimsIn(subject).exp as number) <= nowSeconds() + 30)
  })
})
