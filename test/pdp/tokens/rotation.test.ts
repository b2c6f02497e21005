import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SigningKey } from '../../../src/agents/signing-key.ts'
import { newMasterKeyText, readMasterKey } from '../../../src/lib/master-key.ts'
import { isDue } from '../../../src/pdp/tokens/rotation.ts'
import { isPublished, signingAt } from '../../../src/pdp/tokens/signing-keys.ts'

const key = (id: string, more: Partial<SigningKey> = {}): SigningKey => ({
  kind: 'signing_key',
  id,
  alg: 'EdDSA',
  publicJwk: {},
  sealed: '',
  sealedBy: 'm',
  createdAt: 0,
  notBefore: 0,
  retiredAt: null,
  removedAt: null,
  ...more,
})

test('of keys that overlap, the one signs whose time it is', () => {
  const old = key('old', { retiredAt: 200, removedAt: 500 })
  const young = key('young', { createdAt: 100, notBefore: 200 })
  const at = (now: number) => signingAt([old, young], 'EdDSA', 'm', now)?.id
  assert.deepEqual([at(0), at(199), at(200), at(900)], ['old', 'old', 'young', 'young'])
  assert.deepEqual([isPublished(old, 499), isPublished(old, 500), isPublished(young, 0)], [true, false, true])
})

test('a key of another algorithm, or sealed by another master key, does not sign', () => {
  assert.equal(signingAt([key('one')], 'RS256', 'm', 1), null)
  assert.equal(signingAt([key('one')], 'EdDSA', 'other', 1), null)
})

test('keys are due by the newest of each algorithm', () => {
  assert.equal(isDue([], 100), false)
  assert.equal(isDue([key('old'), key('young', { createdAt: 150 })], 100), false)
  assert.equal(isDue([key('old'), key('young', { createdAt: 150 })], 200), true)
  assert.equal(isDue([key('one', { createdAt: 150 }), key('two', { alg: 'RS256' })], 100), true)
})

test('a master key opens what it sealed, for what it was sealed for, and nothing else', () => {
  const text = newMasterKeyText()
  const [one, same, other] = [text, text, newMasterKeyText()].map(readMasterKey)
  assert.ok(one != null && same != null && other != null)
  const sealed = one.seal(Buffer.from('secret'), 'acme ed-1')
  assert.equal(same.open(sealed, 'acme ed-1')?.toString(), 'secret')
  assert.equal(same.id, one.id)
  for (const open of [other.open(sealed, 'acme ed-1'), one.open(sealed, 'acme ed-2'), one.open('AAAA', 'acme ed-1')]) {
    assert.equal(open, null)
  }
  const broken = Buffer.from(sealed, 'base64url')
  broken[20] = (broken[20] ?? 0) ^ 1
  assert.equal(one.open(broken.toString('base64url'), 'acme ed-1'), null)
  for (const bad of ['', 'x', 'ab'.repeat(31), `${text}x`]) assert.equal(readMasterKey(bad), null, bad)
  assert.ok(readMasterKey('ab'.repeat(32)) !== null)
})
