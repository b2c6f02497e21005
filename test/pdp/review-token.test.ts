import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newMasterKeyText, readMasterKey } from '../../src/lib/master-key.ts'
import { createReviewTokens } from '../../src/pdp/review-token.ts'

test("a cluster's token opens for its org and under its key alone", () => {
  const tokens = createReviewTokens(readMasterKey(newMasterKeyText()))
  const sealed = tokens.seal('acme', 'cluster-secret')
  assert.ok(!sealed.includes('cluster-secret'))
  assert.equal(tokens.open('acme', sealed), 'cluster-secret')
  assert.equal(tokens.open('other', sealed), null)
  assert.equal(tokens.open('acme', 'cluster-secret'), null)
  assert.equal(createReviewTokens(readMasterKey(newMasterKeyText())).open('acme', sealed), null)
  assert.equal(createReviewTokens(null).open('acme', sealed), null)
})

test('without a master key none is kept', () => {
  assert.throws(() => createReviewTokens(null).seal('acme', 'x'), { code: 'signing_off' })
})
