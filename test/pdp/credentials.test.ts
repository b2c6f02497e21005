import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiKeyIn, isLive, matchesAny, mintApiKey, mintSecret } from '../../src/pdp/credentials.ts'

test('secrets are 256 bits in characters that need no encoding, behind a known prefix', () => {
  const { text, hash } = mintSecret()
  assert.match(text, /^lms_[A-Za-z0-9_-]{43}$/)
  assert.equal(encodeURIComponent(text), text)
  assert.match(hash, /^[0-9a-f]{64}$/)
  assert.notEqual(mintSecret().text, text)
})

test('the text of an API key names its org and its credential', () => {
  for (const kind of ['agent', 'service', 'user'] as const) {
    const { id, text } = mintApiKey('acme-corp', kind)
    assert.deepEqual(apiKeyIn(text), { org: 'acme-corp', id })
    for (const other of ['', 'lmk_agt_', `${text}x`, text.replace('lmk_', 'lms_'), text.replace('acme', 'ac_me')]) {
      assert.equal(apiKeyIn(other), null, other)
    }
  }
  assert.equal(apiKeyIn(mintSecret().text), null)
})

test('a credential counts until it is retired or has ended', () => {
  const of = { kind: 'agent', id: 'agt_1' } as const
  const one = { kind: 'credential', id: 'c', of, proof: { kind: 'secret', hash: '' }, createdAt: 0 } as const
  assert.equal(isLive({ ...one, expiresAt: null, retiredAt: null }, 5), true)
  assert.equal(isLive({ ...one, expiresAt: 5, retiredAt: null }, 4), true)
  assert.equal(isLive({ ...one, expiresAt: 5, retiredAt: null }, 5), false)
  assert.equal(isLive({ ...one, expiresAt: null, retiredAt: 9 }, 5), false)
})

test('only what was minted matches, among several or none', () => {
  const [one, two] = [mintSecret(), mintSecret()]
  assert.equal(matchesAny(one.text, [two.hash, one.hash]), true)
  assert.equal(matchesAny(one.text, [two.hash]), false)
  assert.equal(matchesAny(one.text, []), false)
  assert.equal(matchesAny('', ['']), false)
})
