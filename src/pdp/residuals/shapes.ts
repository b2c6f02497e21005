import { isPlain } from '../../engine/asking.ts'
import type { Left, Residual } from '../../engine/residual.ts'
import { createSeats, maySit, NONE, type Seats, seat, unseat } from '../../lib/columns.ts'
import { pairHash } from '../../lib/seeded.ts'
import type { Answer } from '../../policy/question.ts'

/** What is left of the rules without names, kept once for all links that took the same course. */
interface Shape {
  readonly left: Left
  /** Answers that are all said by their kind; null stands for one that the entry keeps. */
  readonly answers: readonly (Answer | null)[]
  /** Null for a shape that no other entry takes from now on. */
  course: Int32Array | null
  readonly spread: number
  readonly bytes: number
  uses: number
  /** What the last entry of other answers than the one before it keeps of them. */
  recent: readonly Answer[] | null
}

export interface Shapes {
  readonly shapes: (Shape | null)[]
  readonly free: number[]
  readonly seats: Seats
  bytes: number
}

export const createShapes = (): Shapes => ({ shapes: [], free: [], seats: createSeats(), bytes: 0 })

const ABSENT: Answer = Object.freeze({ kind: 'absent' })
const YES: Answer = Object.freeze({ kind: 'truth', truth: 'yes' })
const NO: Answer = Object.freeze({ kind: 'truth', truth: 'no' })

const shared = (answer: Answer): Answer | null => {
  if (!isPlain(answer)) return null
  if (answer.kind === 'truth') return answer.truth === 'yes' ? YES : NO
  return ABSENT
}

const shapeAt = (s: Shapes, number: number): Shape => s.shapes[number] as Shape

function hashOf(steps: readonly number[]): number {
  let h = steps.length
  for (let i = 0; i < steps.length; i += 1) h = pairHash(h, steps[i] as number)
  return h
}

const isSame = (course: Int32Array, steps: readonly number[]): boolean => {
  if (course.length !== steps.length) return false
  for (let i = 0; i < steps.length; i += 1) if (course[i] !== steps[i]) return false
  return true
}

function find({ seats, shapes }: Shapes, steps: readonly number[], spread: number): number {
  const { taken } = seats
  const mask = taken.length - 1
  for (let i = spread & mask; ; i = (i + 1) & mask) {
    const one = taken[i] as number
    if (one === 0) return NONE
    if (!maySit(one, spread, mask)) continue
    const number = (one & mask) - 1
    const shape = shapes[number]
    if (shape?.course && shape.spread === spread && isSame(shape.course, steps)) return number
  }
}

/** The shape of a residual, used once more. */
export function useShape(s: Shapes, { left, course, answers }: Residual): number {
  const steps = course === null || course.own ? null : course.steps
  const spread = steps === null ? 0 : hashOf(steps)
  const known = steps === null ? NONE : find(s, steps, spread)
  if (known !== NONE) {
    shapeAt(s, known).uses += 1
    return known
  }
  const number = s.free.pop() ?? s.shapes.length
  const bytes = weigh(left, steps?.length ?? 0)
  const kept = { left, answers: answers.map(shared), course: steps === null ? null : Int32Array.from(steps) }
  s.shapes[number] = { ...kept, spread, bytes, uses: 1, recent: null }
  if (steps !== null) seat(s.seats, number, one => shapeAt(s, one).spread)
  s.bytes += bytes
  return number
}

export function dropShape(s: Shapes, number: number): void {
  const shape = shapeAt(s, number)
  shape.uses -= 1
  if (shape.uses > 0) return
  if (shape.course !== null) unseat(s.seats, number, one => shapeAt(s, one).spread)
  s.bytes -= shape.bytes
  s.shapes[number] = null
  s.free.push(number)
}

/** From now on rules have other numbers: the same course is another one. */
export function forgetCourses(s: Shapes): void {
  for (const [number, shape] of s.shapes.entries()) {
    if (shape === null || shape.course === null) continue
    unseat(s.seats, number, one => shapeAt(s, one).spread)
    shape.course = null
  }
}

export const leftOf = (s: Shapes, number: number): Left => shapeAt(s, number).left

/**
 * What of a residual's answers its shape does not say, without what only whoever reads them at once can ask of them. What
 * most entries of a shape are answered, as what an attribute is where nobody ever said it, is one list for all of them.
 */
export function ownAnswers(s: Shapes, number: number, answers: readonly Answer[]): readonly Answer[] | null {
  const own: Answer[] = []
  for (const answer of answers) if (!isPlain(answer)) own.push(bare(answer))
  if (own.length === 0) return null
  const shape = shapeAt(s, number)
  if (shape.recent?.every((answer, i) => saysSame(answer, own[i]))) return shape.recent
  if (own.every(isSmall)) shape.recent = own
  return own
}

/** The list that an entry shares with the one before it, if it is answered the same. */
export const recentOf = (s: Shapes, number: number): readonly Answer[] | null => shapeAt(s, number).recent

const isSmall = (answer: Answer): boolean => answer.kind === 'value' && typeof answer.value !== 'object'

const saysSame = (a: Answer, b: Answer | undefined): boolean =>
  a.kind === 'value' && b?.kind === 'value' && a.value === b.value

function bare(answer: Answer): Answer {
  if (answer.kind !== 'truth' || (answer.proof === undefined && answer.missing === undefined)) return answer
  const { proof: _, missing: __, ...rest } = answer
  return rest
}

/** All answers of an entry, in the order of what was asked. */
export function answersOf(s: Shapes, number: number, own: readonly Answer[] | null): readonly Answer[] {
  const { answers } = shapeAt(s, number)
  if (own === null) return answers as readonly Answer[]
  let next = 0
  return answers.map(answer => answer ?? (own[next++] as Answer))
}

const SHAPE = 700
const RULE = 250
const ASKED = 16

/** An estimate of what a shape takes: rules are the set's own, what is left of each is not. */
const weigh = ({ forbids, approvals, permits, grants, near, asked }: Left, steps: number): number =>
  SHAPE +
  (forbids.length + approvals.length + permits.length + grants.length + near.length) * RULE +
  (asked.length + steps) * ASKED

/** What the answers that an entry keeps take beside their values, which the stores of facts hold as well. */
export const ownBytes = (own: readonly Answer[] | null): number => (own === null ? 0 : 40 + own.length * 48)
