import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { AccessToken } from '../../src/agents/token.ts'
import type { Registered } from '../../src/facts/registry.ts'
import { PdpError } from '../../src/pdp/errors.ts'
import { authorizeTool } from '../../src/pdp/mcp.ts'
import type { OrgState } from '../../src/pdp/org.ts'
import { type Entity, printEntity } from '../../src/policy/entity.ts'
import { type App, startApp } from '../support/app.ts'
import { agentNamed, serverNamed } from '../support/registered.ts'

const entity = (text: string): Entity => ({
  type: text.slice(0, text.indexOf(':')),
  id: text.slice(text.indexOf(':') + 1),
})

const token = (chain: readonly string[], scopes: readonly string[]): AccessToken => {
  const [subject, ...actors] = chain.map(entity)
  return {
    jti: 'j',
    issuer: 'i',
    org: 'acme-corp',
    subject: subject as Entity,
    actors,
    clientId: 'c',
    audience: ['i'],
    scopes,
    issuedAt: 0,
    expiresAt: Number.MAX_SAFE_INTEGER,
    lineage: [],
    consents: [],
    jkt: null,
    task: null,
    mayAct: null,
  }
}

const REGISTERED: readonly Registered[] = [
  serverNamed('bank', {
    tools: [
      { name: 'pay', scope: 'bank:pay' },
      { name: 'look', scope: 'bank:look' },
    ],
  }),
  serverNamed('vault', { allowedAgents: ['payer'] }),
  agentNamed('payer', { capabilities: ['bank:pay', 'mcp:vault'] }),
  agentNamed('helper', { capabilities: ['mcp:bank', 'mcp:vault'] }),
  agentNamed('resting', { capabilities: ['mcp:bank'], status: 'suspended' }),
]

/** Chain and scopes of a token, server and tool, and what comes of it. */
const CASES: readonly (readonly [
  chain: readonly string[],
  scopes: readonly string[],
  server: string,
  tool: string,
  comes: string,
])[] = [
  [['agent:payer'], ['bank:pay'], 'bank', 'pay', 'allow'],
  [['agent:payer'], ['bank:pay'], serverNamed('bank').resourceUri, 'pay', 'allow'],
  [['agent:payer'], ['bank:pay'], 'bank', 'look', 'permission_denied'],
  [['agent:payer'], ['bank:look'], 'bank', 'look', 'deny'],
  [['agent:payer'], ['mcp:vault'], 'vault', 'open', 'allow'],
  [['agent:payer'], ['mcp:bank'], 'vault', 'open', 'permission_denied'],
  [['agent:helper'], ['mcp:vault'], 'vault', 'open', 'deny'],
  [['agent:helper'], ['mcp:bank'], 'bank', 'look', 'allow'],
  [['agent:helper'], ['mcp:bank'], 'bank', 'burn', 'deny'],
  [['agent:resting'], ['mcp:bank'], 'bank', 'look', 'deny'],
  [['agent:stranger'], ['mcp:bank'], 'bank', 'look', 'deny'],
  [['user:alice', 'agent:payer'], ['bank:pay'], 'bank', 'pay', 'allow'],
  [['user:alice', 'agent:payer', 'agent:helper'], ['bank:pay'], 'bank', 'pay', 'allow'],
  [['user:alice', 'agent:payer', 'agent:helper'], ['mcp:vault'], 'vault', 'open', 'deny'],
  [['user:alice', 'agent:resting', 'agent:helper'], ['mcp:bank'], 'bank', 'look', 'deny'],
  [['user:alice'], ['bank:pay'], 'bank', 'pay', 'permission_denied'],
  [['service:indexer'], ['bank:pay'], 'bank', 'pay', 'permission_denied'],
]

describe('tools of MCP servers for callers by token', () => {
  let app: App
  let state: OrgState
  before(async () => {
    app = await startApp()
    const { service } = app.running
    state = await service.orgs.get('acme-corp')
    await service.write(
      state,
      REGISTERED.map(entry => ({ kind: 'registered', entry, by: 'key:test' })),
    )
  })
  after(() => app.close())

  for (const [chain, scopes, server, tool, comes] of CASES) {
    test(`${chain.join(' → ')} with ${scopes.join(' ')}: ${tool} of ${server} is ${comes}`, async () => {
      const principal = { kind: 'token', org: 'acme-corp', token: token(chain, scopes) } as const
      let got: string
      try {
        const answer = await authorizeTool(app.running.service, state, principal, { server, tool }, '127.0.0.1')
        got = answer.decision.effect
        assert.equal(`agent:${answer.agent}`, printEntity(entity(chain.at(-1) as string)))
      } catch (error) {
        if (!(error instanceof PdpError)) throw error
        got = error.code
      }
      assert.equal(got, comes)
    })
  }
})
