import { compilePolicies, type PolicySet } from '../../src/engine/compile.ts'
import { decide } from '../../src/engine/decide.ts'
import { decimalOf } from '../../src/lib/decimal.ts'
import type {
  AttributeRef,
  CompareOp,
  Condition,
  ResourcePhrase,
  Rule,
  SubjectPhrase,
  Term,
} from '../../src/policy/ast.ts'
import type { Verdict } from '../../src/policy/decision.ts'
import { type Entity, parseEntity } from '../../src/policy/entity.ts'
import type { Json } from '../../src/policy/json.ts'
import { printRule } from '../../src/policy/print.ts'
import type { Answer, Facts } from '../../src/policy/question.ts'
import type { Request } from '../../src/policy/request.ts'
import type { AttributeType, Literal } from '../../src/policy/value.ts'
import { questionText } from './random.ts'

/** `type:id`. */
export function entity(text: string): Entity {
  const parsed = parseEntity(text)
  if (parsed === null) throw new Error(`not an entity: ${text}`)
  return parsed
}

export const me: Term = { kind: 'subject' }
export const it: Term = { kind: 'resource' }
export const the = (text: string): Term => ({ kind: 'entity', entity: entity(text) })
export const their = (type: string): Term => ({ kind: 'some', type, relation: 'member', of: me })

export const anyone: SubjectPhrase = { kind: 'anyone' }
export const each = (type: string, where: Condition | null = null) => ({ kind: 'type', type, where }) as const
export const named = (text: string) => ({ kind: 'named', entity: entity(text) }) as const
export const role = (relation: string, on: string): SubjectPhrase => ({ kind: 'role', relation, on: the(on) })

export const related = (object: Term, relation: string, user: Term): Condition => ({
  kind: 'related',
  object,
  relation,
  user,
})
export const weekdays: Condition = { kind: 'weekday', days: [1, 2, 3, 4, 5], zone: null }
export const corporate: Condition = {
  kind: 'network',
  network: { name: 'corporate network', ranges: ['10.0.0.0/8', '192.0.2.0/24'] },
}

export function decimal(n: number) {
  const made = decimalOf(n)
  if (made === null) throw new Error('not finite')
  return made
}

export const usd = (n: number): Literal => ({ kind: 'money', amount: decimal(n), currency: 'USD' })
export const text = (value: string): Literal => ({ kind: 'text', text: value })

export function attribute(path: string, type: AttributeType | null = null): AttributeRef {
  const [of = '', name = ''] = path.split('.')
  return { kind: 'attribute', of: of as AttributeRef['of'], name, type }
}

export const compare = (left: AttributeRef, op: CompareOp, right: Literal | AttributeRef): Condition => ({
  kind: 'compare',
  left,
  op,
  right,
})

export const all = (...of: Condition[]): Condition => ({ kind: 'all', of })
export const either = (...of: Condition[]): Condition => ({ kind: 'any', of })
export const not = (of: Condition): Condition => ({ kind: 'not', of })

export function rule(
  effect: Rule['effect'],
  subject: SubjectPhrase,
  action: string | null,
  resource: ResourcePhrase,
  condition: Condition | null = null,
): Rule {
  const approver = effect === 'approval' ? { relation: 'owner', on: me } : null
  return { kind: 'rule', effect, subject, actions: action === null ? null : [action], resource, condition, approver }
}

/** Rules are `r1`, `r2`, … with the sentences the printer gives them. */
export const policies = (...rules: Rule[]): PolicySet =>
  compilePolicies(
    rules.map((r, i) => ({ id: `r${i + 1}`, text: printRule(r), rule: r })),
    { org: 'acme', zone: 'Europe/Berlin', version: 1 },
  )

/** Monday 4 May 2026, 09:30 in Berlin. */
export const MONDAY = Date.UTC(2026, 4, 4, 7, 30)
export const SUNDAY = Date.UTC(2026, 4, 3, 7, 30)

/** `alice edit document:1`, with whatever else is given. */
export function request(sentence: string, more: Partial<Request> = {}): Request {
  const [subject = '', action = '', resource = ''] = sentence.split(' ')
  const what = resource.includes(':') ? entity(resource) : { type: resource, id: null }
  return { org: 'acme', subject: entity(subject), actors: [], action, resource: what, context: {}, at: MONDAY, ...more }
}

type Told = Json | { readonly away: string }

/**
 * Facts by their text: relations that hold as `team:eng#member@user:alice`, grants as `grant …`, attributes as
 * `payment:1.amount`. `{ away }` cannot be had. Relations not listed do not hold, attributes not listed are absent.
 */
export function facts(told: Record<string, Told>): Facts {
  return {
    answer(question): Answer {
      const key = questionText(question)
      const value = Object.hasOwn(told, key) ? told[key] : undefined
      if (typeof value === 'object' && value !== null && 'away' in value) {
        return { kind: 'unavailable', why: String(value.away) }
      }
      if (question.kind === 'attribute') {
        return value === undefined ? { kind: 'absent' } : { kind: 'value', value: value as Json }
      }
      if (value !== true) return { kind: 'truth', truth: 'no' }
      const [object = '', rest = ''] = key.split('#')
      const [relation = '', user = ''] = rest.split('@')
      return { kind: 'truth', truth: 'yes', proof: () => [{ object, relation, user }] }
    },
  }
}

export function decided(set: PolicySet, asked: Request, told: Record<string, Told> = {}): Verdict {
  const verdict = decide(set, asked, facts(told))
  if ('kind' in verdict) throw new Error('needs facts')
  return verdict
}

/** A verdict in a line: effect, reasons as `rule effect`, what is missing. */
export function brief({ effect, reasons, missing }: Verdict): string {
  const named = reasons.map(r => `${r.rule} ${r.effect}${r.truth === 'unknown' ? '?' : ''} for ${r.for}`)
  return [effect, ...named, ...missing.map(m => `${m.text}${m.truth === 'unknown' ? '?' : ''}`)].join(' | ')
}
