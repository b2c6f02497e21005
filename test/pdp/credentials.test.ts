import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agentKeyId, matchesAny, mintAgentKey, mintSecret } from '../../src/pdp/credentials.ts'

test('secrets are 256 bits in characters that need no encoding, behind a known prefix', () => {
  const { text, hash } = mintSecret()
  assert.match(text, /^lms_[A-Za-z0-9_-]{43}$/)
  assert.equal(encodeURIComponent(text), text)
  assert.match(hash, /^[0-9a-f]{64}$/)
  assert.notEqual(mintSecret().text, text)
})

test('the text of an agent key names its credential', () => {
  const { id, text } = mintAgentKey()
  assert.equal(agentKeyId(text), id)
  for (const other of ['', 'lmk_agt_', `${text}x`, text.replace('agt', 'usr'), mintSecret().text]) {
    assert.equal(agentKeyId(other), null, other)
  }
})

test('only what was minted matches, among several or none', () => {
  const [one, two] = [mintSecret(), mintSecret()]
  assert.equal(matchesAny(one.text, [two.hash, one.hash]), true)
  assert.equal(matchesAny(one.text, [two.hash]), false)
  assert.equal(matchesAny(one.text, []), false)
  assert.equal(matchesAny('', ['']), false)
})
