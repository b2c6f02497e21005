import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf, linksOf } from '../../../src/engine/decide.ts'
import { factsIn, type Residual, residualOf } from '../../../src/engine/residual.ts'
import { settle } from '../../../src/engine/settle.ts'
import { specialize } from '../../../src/engine/specialize.ts'
import { answersOf, createShapes, dropShape, leftOf, ownAnswers, useShape } from '../../../src/pdp/residuals/shapes.ts'
import type { Facts } from '../../../src/policy/question.ts'
import type { Request } from '../../../src/policy/request.ts'
import { compileCase } from '../../engine/case.ts'
import { randomFacts, randomOf, randomRequest, randomRules } from '../../engine/random.ts'

/** Facts and verdicts as they are written down: proofs and what is missing are asked for, not kept. */
const written = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

interface Kept {
  readonly request: Request
  readonly index: number
  readonly shape: number
  readonly own: ReturnType<typeof ownAnswers>
}

/**
 * Many links over one shelf of shapes, each made again from what is kept of it: what a link's own residual says, it says,
 * whoever's the shape was first.
 */
function tried(seed: number): { readonly kept: number; readonly shapes: number } {
  const r = randomOf(seed)
  const set = compileCase(randomRules(r, 7))
  const facts: Facts = randomFacts(r.below(1_000_000))
  const fresh = (request: Request, index: number): Residual => {
    const made = specialize(set, linksOf(request)[index] as ReturnType<typeof linksOf>[number], facts)
    if (made.kind === 'needs') throw new Error('a needed fact was not answered')
    return made
  }
  const requests = Array.from({ length: 40 }, () => randomRequest(r))
  const shelf = createShapes()
  const all = requests.flatMap(request =>
    linksOf(request).map((_, index): Kept => {
      const residual = fresh(request, index)
      const shape = useShape(shelf, residual)
      return { request, index, shape, own: ownAnswers(shelf, shape, residual.answers) }
    }),
  )
  for (const { request, index, shape, own } of all) {
    const { link, ...alone } = fresh(request, index)
    const again = residualOf(link, leftOf(shelf, shape), answersOf(shelf, shape, own))
    assert.deepEqual(written(factsIn(again)), written(factsIn({ ...alone, link })), 'the facts it rests on')
    for (const other of [request, r.pick(requests), r.pick(requests)]) {
      const call = { ...callOf(other, index === 0, facts), task: request.task }
      assert.deepEqual(settle(again, call), settle(fresh(request, index), call), JSON.stringify(link))
    }
  }
  const shapes = new Set(all.map(one => one.shape)).size
  for (const { shape } of all) dropShape(shelf, shape)
  assert.deepEqual([shelf.seats.size, shelf.bytes], [0, 0], 'nothing is left of shapes that nobody uses')
  return { kept: all.length, shapes }
}

test('links that took the same course share what is left of the rules, and no verdict, text or fact is another', () => {
  let kept = 0
  let shapes = 0
  for (let seed = 0; seed < 250; seed += 1) {
    const found = tried(9_000_000 + seed)
    kept += found.kept
    shapes += found.shapes
  }
  assert.ok(shapes * 1.5 < kept, `${shapes} shapes of ${kept} residuals`)
})
