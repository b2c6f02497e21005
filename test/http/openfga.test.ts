import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ourTarget, realTarget, type Target } from '../support/fga.ts'
import { countCases, runSuite } from '../support/fga-suite.ts'

test('the suite is not small', () => assert.ok(countCases() >= 150, `${countCases()} cases`))

describe('OpenFGA’s API, ours', () => {
  let target: Target
  before(async () => {
    target = await ourTarget()
  })
  after(() => target.close())
  runSuite(() => target)
})

const real = await realTarget()

describe('OpenFGA’s API, a real server', { skip: typeof real === 'string' ? real : false }, () => {
  after(() => (typeof real === 'string' ? undefined : real.close()))
  runSuite(() => {
    if (typeof real === 'string') throw new Error(real)
    return real
  })
})
