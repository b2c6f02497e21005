import type { Missing, Verdict } from '../policy/decision.ts'
import type { Facts, Question } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { merged } from './charges.ts'
import type { Call, Link } from './clause.ts'
import type { PolicySet } from './compile.ts'
import { withEvidence } from './held.ts'
import { fitsIn } from './limit.ts'
import { MOST_MISSING } from './nearness.ts'
import type { Needs, Residual } from './residual.ts'
import { settle } from './settle.ts'
import { specialize } from './specialize.ts'

export type { Call, Link } from './clause.ts'

/** The subject's own link first, then one for each actor, judged as if it asked for itself. */
export function linksOf({ subject, actors, action, resource, task }: Request): readonly Link[] {
  const tasked = task != null
  const who = { type: subject.type, id: subject.id }
  const what = { type: resource.type, id: resource.id }
  const chain = [who, ...actors]
  return chain.map((entity, i) => ({
    subject: entity,
    principal: i === 0 ? null : who,
    actors: i === 0 ? actors : chain,
    action,
    resource: what,
    ...(tasked && { tasked }),
  }))
}

/** What is known beside the request while it is settled. */
export type CallFacts = Pick<Facts, 'stands' | 'task'>

const NOTHING_KNOWN: CallFacts = {}

/**
 * What a request says for one of its links, to settle what is left of it: properties of the subject are no one else's,
 * but an actor acts for it.
 */
export function callOf(
  request: Request,
  isSubject: boolean,
  { stands, task: known }: CallFacts = NOTHING_KNOWN,
  residual?: Residual,
): Call {
  const { context, at, subject, resource, task } = request
  return {
    context,
    at,
    subjectProperties: isSubject ? subject.properties : undefined,
    principalProperties: isSubject ? undefined : subject.properties,
    resourceProperties: resource.properties,
    task,
    taskFacts: task == null ? null : (known?.(task) ?? null),
    fits: stands === undefined ? undefined : charge => fitsIn(charge, stands(charge)),
    stands,
    link: residual?.link,
    answers: residual?.answers,
  }
}

/** Decides a request, or says which facts it needs first. */
export function decide(set: PolicySet, request: Request, facts: Facts): Verdict | Needs {
  const residuals: Residual[] = []
  const questions: Question[] = []
  for (const link of linksOf(request)) {
    const left = specialize(set, link, facts)
    if (left.kind === 'needs') questions.push(...left.questions)
    else residuals.push(left)
  }
  if (questions.length > 0) return { kind: 'needs', questions }
  const verdicts = residuals.map((residual, i) => settle(residual, callOf(request, i === 0, facts, residual)))
  return withEvidence(combine(verdicts), request, facts.stands)
}

/** One verdict of a chain: any deny denies, else any escalation escalates. No link denies. */
export function combine(verdicts: readonly Verdict[]): Verdict {
  const [only, ...more] = verdicts
  if (only === undefined) return { effect: 'deny', reasons: [], obligations: [], missing: [], validUntil: null }
  if (more.length === 0) return only
  const effect = verdicts.some(v => v.effect === 'deny')
    ? 'deny'
    : verdicts.some(v => v.effect === 'escalate')
      ? 'escalate'
      : 'allow'
  const deciding = verdicts.filter(v => v.effect === effect)
  const ends = verdicts.map(v => v.validUntil ?? Number.POSITIVE_INFINITY)
  const end =
    effect === 'deny' ? Math.max(...deciding.map(v => v.validUntil ?? Number.POSITIVE_INFINITY)) : Math.min(...ends)
  const charges = effect === 'allow' ? merged(verdicts.flatMap(v => v.charges ?? [])) : []
  const over = effect === 'deny' && deciding.every(v => v.over !== undefined) ? deciding.flatMap(v => v.over ?? []) : []
  return {
    effect,
    reasons: deciding.flatMap(v => v.reasons),
    obligations: deciding.flatMap(v => v.obligations),
    missing: fairly(deciding.map(v => v.missing)),
    validUntil: Number.isFinite(end) ? end : null,
    ...(charges.length > 0 && { charges }),
    ...(over.length > 0 && { over }),
  }
}

/** The first of each link before the second of any, so that every link that denies is heard. */
function fairly(lists: readonly (readonly Missing[])[]): readonly Missing[] {
  const picked = new Set<Missing>()
  for (let i = 0; picked.size < MOST_MISSING && lists.some(list => i < list.length); i++) {
    for (const list of lists) {
      const one = list[i]
      if (one !== undefined && picked.size < MOST_MISSING) picked.add(one)
    }
  }
  return lists.flat().filter(one => picked.has(one))
}
