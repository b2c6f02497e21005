import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consistency } from '../../src/policy/consistency.ts'
import { consistencyFrom, withPreference } from '../../src/protocols/consistency.ts'

const LATENCY: Consistency = { kind: 'minimize_latency' }
const HIGHER: Consistency = { kind: 'higher_consistency' }
const FRESH: Consistency = { kind: 'at_least_as_fresh', revision: 42 }
const LEVELS: readonly Consistency[] = [LATENCY, FRESH, HIGHER]

const HEADERS: readonly (readonly [
  token: string | undefined,
  level: string | undefined,
  means: Consistency | RegExp,
])[] = [
  [undefined, undefined, LATENCY],
  [undefined, 'minimize_latency', LATENCY],
  [undefined, 'higher_consistency', HIGHER],
  [undefined, 'at_least_as_fresh', /needs the token/],
  [undefined, 'HIGHER_CONSISTENCY', /must be `minimize_latency`/],
  [undefined, '', /must be `minimize_latency`/],
  ['42', undefined, FRESH],
  ['42', 'at_least_as_fresh', FRESH],
  ['42', 'higher_consistency', { kind: 'higher_consistency', revision: 42 }],
  ['42', 'minimize_latency', /contradicts/],
  ['42', 'soon', /must be `minimize_latency`/],
  ['soon', undefined, /not a revision/],
  ['-1', undefined, /not a revision/],
  ['4.2', 'higher_consistency', /not a revision/],
  ['', undefined, /not a revision/],
  ['1234567890123456', undefined, /not a revision/],
]

for (const [token, level, means] of HEADERS) {
  test(`token \`${token}\` with level \`${level}\``, () => {
    const read = () => consistencyFrom({ 'x-consistency-token': token, 'x-consistency': level })
    if (means instanceof RegExp) assert.throws(read, { code: 'invalid_request', message: means })
    else assert.deepEqual(read(), means)
  })
}

test('a header sent twice is no level and no token', () => {
  assert.throws(() => consistencyFrom({ 'x-consistency-token': ['1', '2'] }), { code: 'invalid_request' })
  assert.throws(() => consistencyFrom({ 'x-consistency': ['higher_consistency', 'higher_consistency'] }), {
    code: 'invalid_request',
  })
})

test('a body in OpenFGA’s words can ask for more than the headers, never for less', () => {
  assert.deepEqual(withPreference(LATENCY, 'HIGHER_CONSISTENCY'), HIGHER)
  assert.deepEqual(withPreference(FRESH, 'HIGHER_CONSISTENCY'), { kind: 'higher_consistency', revision: 42 })
  for (const preference of ['MINIMIZE_LATENCY', 'UNSPECIFIED', 'whatever', null, undefined]) {
    for (const level of LEVELS) assert.deepEqual(withPreference(level, preference), level)
  }
})
