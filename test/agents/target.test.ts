import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { McpServer } from '../../src/agents/mcp-server.ts'
import { targetOf } from '../../src/agents/target.ts'
import { createRegistry } from '../../src/facts/registry.ts'
import { serverNamed } from '../support/registered.ts'

const servers: readonly McpServer[] = [
  serverNamed('invoices', { resourceUri: 'https://mcp.acme.com/invoices', aliases: ['urn:mcp:invoices'] }),
  serverNamed('root', { resourceUri: 'https://root.acme.com' }),
  serverNamed('off', { status: 'inactive' }),
  serverNamed('gone', { deletedAt: 1 }),
  serverNamed('money', { resourceUri: 'urn:mcp:financial-data', aliases: ['https://money.acme.com/v1/'] }),
]
const registry = createRegistry(servers)

const MEANS: readonly (readonly [text: string, slug: string | null])[] = [
  [serverNamed('invoices').id, 'invoices'],
  ['invoices', 'invoices'],
  ['https://mcp.acme.com/invoices', 'invoices'],
  ['https://mcp.acme.com/invoices/', 'invoices'],
  ['HTTPS://MCP.acme.COM/invoices', 'invoices'],
  ['https://mcp.acme.com:443/invoices', 'invoices'],
  ['urn:mcp:invoices', 'invoices'],
  ['https://root.acme.com/', 'root'],
  ['https://root.acme.com', 'root'],
  ['urn:mcp:financial-data', 'money'],
  ['https://money.acme.com/v1', 'money'],
  ['https://mcp.acme.com/Invoices', null],
  ['https://mcp.acme.com/invoices//', null],
  ['https://mcp.acme.com/invoices?x=1', null],
  ['https://mcp.acme.com/invoices#x', null],
  ['https://mcp.acme.com:8443/invoices', null],
  ['http://mcp.acme.com/invoices', null],
  ['https://mcp.acme.com', null],
  ['https://mcp.acme.com.evil.com/invoices', null],
  ['urn:mcp:INVOICES', null],
  ['Invoices', null],
  ['', null],
  ['off', null],
  [serverNamed('off').id, null],
  [serverNamed('off').resourceUri, null],
  ['gone', null],
]

for (const [text, slug] of MEANS) {
  test(`\`${text}\` means ${slug ?? 'nothing'}`, () => {
    assert.equal(targetOf(registry, text)?.slug ?? null, slug)
  })
}
