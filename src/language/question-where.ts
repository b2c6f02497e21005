import { parseAddress, parseCidr } from '../lib/cidr.ts'
import type { Stated } from '../policy/ask.ts'
import { countryName } from '../policy/countries.ts'
import type { Entity } from '../policy/entity.ts'
import { fold } from './lexicon.ts'
import { countryOf } from './question-match.ts'
import { statedOf } from './question-stated.ts'
import type { Circumstance } from './question-syntax.ts'
import { type TimeWords, whenOf } from './question-when.ts'
import { type Asker, resolvePerson } from './question-who.ts'
import { resolveClauses } from './resolve-clause.ts'
import { resolveRef } from './resolve-compare.ts'
import { compareAny } from './resolve-compared.ts'
import { fail, placeOf, type Scope } from './scope.ts'
import type { Token } from './token.ts'

/** What a question says besides who, what and to what. `behalf`: for whom, nearest to who acts first. */
export interface Where {
  readonly behalf: readonly Entity[]
  readonly ip: string | null
  readonly country: string | null
  readonly call: readonly Stated[]
  readonly at: number | null
}

const TIME: ReadonlySet<Circumstance['kind']> = new Set(['relative', 'days', 'date', 'time', 'schedule'])

const isTime = (circ: Circumstance): circ is TimeWords => TIME.has(circ.kind)

export function whereOf(
  circumstances: readonly Circumstance[],
  asker: Asker,
  scope: Scope,
  notes: string[],
): Where | null {
  const when = whenOf(circumstances.filter(isTime), asker, scope, notes)
  const behalf: Entity[] = []
  const call: Stated[] = []
  let ip: string | null = null
  let country: string | null = null
  let failed = when === null
  for (const circ of circumstances) {
    switch (circ.kind) {
      case 'ranges':
      case 'network': {
        const found: string | null = ip === null ? addressOf(circ.token, scope, notes) : twice(circ.token, scope)
        failed ||= found === null
        ip ??= found
        break
      }
      case 'country': {
        const found: string | null = country === null ? countryOf(circ.token.parts) : twice(circ.token, scope)
        failed ||= found === null
        country ??= found
        break
      }
      case 'behalf': {
        const whom = resolvePerson(circ.of, asker, scope)
        if (whom?.kind === 'one') behalf.push(...whom.actors.toReversed(), whom.entity)
        else failed = whom === null || nobodyInParticular(circ, scope)
        break
      }
      case 'clause':
      case 'state': {
        const said = circ.kind === 'state' ? statedBy(circ, scope, notes) : supposedBy(circ, scope, notes)
        failed ||= said === null
        if (said !== null && 'country' in said) country ??= said.country
        else call.push(...(said ?? []))
      }
    }
  }
  if (failed || when === null) return null
  return { behalf, ip, country, call, at: when.at }
}

const twice = (token: Token, scope: Scope): null =>
  fail(scope, 'wrong_value', token, `\`${token.text}\` says again where it is from`, { expected: ['one place'] })

/** One address: as it stands, or the first of the network that is named. */
function addressOf(token: Token, scope: Scope, notes: string[]): string | null {
  const network = token.kind === 'ranges' ? undefined : scope.words.networks.get(fold(token.word))
  const ranges =
    token.kind === 'ranges' ? token.parts.filter(part => part.kind === 'range').map(r => r.text) : network?.ranges
  const [first, second] = ranges ?? []
  if (first === undefined || parseCidr(first) === null || (token.kind === 'ranges' && second !== undefined)) {
    return fail(scope, 'wrong_value', token, `\`${token.text}\` is not one address`, {
      expected: ['`10.1.2.3`, `2001:db8::1` or a defined network'],
    })
  }
  const address = first.replace(/\/.*/, '')
  if (parseAddress(first) === null) notes.push(`\`${token.text}\` is asked from ${address}, its first address`)
  return address
}

function nobodyInParticular(circ: Extract<Circumstance, { kind: 'behalf' }>, scope: Scope): true {
  const at =
    circ.of.kind === 'noun' ? placeOf(circ.of.words) : 'token' in circ.of ? circ.of.token : { start: 0, end: 1 }
  fail(scope, 'unknown_name', at, 'on whose behalf, is not said: this is nobody in particular', {
    expected: ['a name, such as `user:alice`'],
  })
  return true
}

/** `with MFA`, `from a managed device`, `from the EU`: a clause of a rule, where one call can be like that. */
function supposedBy(
  { clause, token }: Extract<Circumstance, { kind: 'clause' }>,
  scope: Scope,
  notes: string[],
): readonly Stated[] | { readonly country: string } | null {
  const condition = resolveClauses([{ conj: null, mark: null, intro: null, node: clause }], scope)
  if (condition === null) return null
  if (condition.kind === 'compare' && condition.left.of === 'context') {
    return statedOf(condition, 'request', token, scope, notes)
  }
  const [country, second] = condition.kind === 'place' ? condition.region.countries : []
  if (condition.kind !== 'place' || condition.of.of !== 'context' || country === undefined) {
    return fail(scope, 'wrong_value', token, `\`${token.text}\` can be in many ways, and a question supposes one`, {
      expected: ['one time, as in `at 6pm`', 'one place, as in `from Germany`'],
    })
  }
  if (second !== undefined) notes.push(`\`${token.text}\` is asked from ${countryName(country)}`)
  return { country }
}

/** `if the request's channel is "mobile"`: an attribute of the call. */
function statedBy(
  { ref, comparison }: Extract<Circumstance, { kind: 'state' }>,
  scope: Scope,
  notes: string[],
): readonly Stated[] | null {
  const left = resolveRef(ref, scope)
  const at = placeOf(ref.name)
  if (left === null) return null
  if (left.of !== 'context') {
    return fail(scope, 'syntax', at, 'a question can suppose something of the request only', {
      expected: ["`if the request's …`", 'what is so of the resource, as in `a payment whose status is draft`'],
    })
  }
  const condition = compareAny(left, comparison, scope)
  return condition === null ? null : statedOf(condition, 'request', at, scope, notes)
}
