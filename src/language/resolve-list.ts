import type { ResourcePhrase, SubjectPhrase } from '../policy/ast.ts'
import { printResource } from '../policy/print.ts'
import { resourceBefore, subjectBefore } from './past.ts'
import { resolveResource, valueNoun } from './resolve-resource.ts'
import { resolveSubject } from './resolve-subject.ts'
import { choose, fail, placeOf, type Scope } from './scope.ts'
import type { Listed, NounPhrase, Phrase } from './syntax.ts'

const EACH = new Set(['any', 'every', 'each'])

/** A noun with nothing of its own, that what the next noun says could be meant for as well. */
const bare = (phrase: Phrase): phrase is NounPhrase =>
  phrase.kind === 'noun' && phrase.owner === null && phrase.mods.length === 0 && !EACH.has(phrase.det?.word ?? '')

/**
 * `documents and folders shared with their team` may be about all documents or about shared ones. Each list in which a
 * bare noun stands before one with details is a fork; `any document and any folder …` says that each is by itself.
 */
function distributed(list: Listed<Phrase>, scope: Scope): readonly Phrase[] {
  const items = [...list.items]
  for (const [i, item] of items.entries()) {
    if (item.kind !== 'noun' || item.mods.length === 0 || i === 0 || !bare(items[i - 1] as Phrase)) continue
    if (EACH.has(item.det?.word ?? '')) continue
    const at = placeOf(item.words)
    const message = `what is said of \`${item.words.map(word => word.text).join(' ')}\` may hold for what stands before as well`
    if (choose(scope, at, message, 2) === 0) continue
    for (let j = i - 1; j >= 0; j--) {
      const before = items[j] as Phrase
      if (!bare(before)) break
      items[j] = { ...before, mods: item.mods }
    }
  }
  return items
}

/** What each of a list means, once for every way in which it can be taken; null where one of them means nothing. */
export function eachOf<T>(
  list: Listed<Phrase>,
  scope: Scope,
  resolve: (phrase: Phrase, scope: Scope) => T | null,
): readonly T[] | null {
  const found: T[] = []
  let failed = false
  for (const phrase of distributed(list, scope)) {
    const one = resolve(phrase, scope)
    if (one === null) failed = true
    else found.push(one)
  }
  return failed ? null : found
}

type Any<T> = T | { readonly kind: 'any-of'; readonly of: readonly T[] }

function each<T>(list: Listed<Phrase>, scope: Scope, resolve: (phrase: Phrase) => T | null): Any<T> | null {
  const found = eachOf(list, scope, resolve)
  const [only, second] = found ?? []
  if (found === null || only === undefined) return null
  return second === undefined ? only : { kind: 'any-of', of: found }
}

/** `users and agents except …`: all of them, or only the last; each is a reading. */
function before(list: Listed<Phrase>, at: Phrase & { readonly kind: 'except' | 'acting' }, scope: Scope) {
  const last = list.items.length - 1
  const message = `\`${at.token.text}\` may belong to the last of the list or to all of it`
  if (last === 0 || choose(scope, at.token, message, 2) === 0) return { rest: null, list }
  return {
    rest: { items: list.items.slice(0, last), conjs: list.conjs.slice(0, last - 1) },
    list: { items: list.items.slice(last), conjs: [] },
  }
}

const together = <T extends { readonly kind: string }>(rest: Any<T> | null, last: T): Any<T> =>
  rest === null
    ? last
    : { kind: 'any-of', of: rest.kind === 'any-of' && 'of' in rest ? [...(rest.of as T[]), last] : [rest as T, last] }

export function subjectList(list: Listed<Phrase>, scope: Scope): SubjectPhrase | null {
  return each<SubjectPhrase>(list, scope, phrase => subjectOf(phrase, scope))
}

function subjectOf(phrase: Phrase, scope: Scope): SubjectPhrase | null {
  switch (phrase.kind) {
    case 'pronoun':
      return subjectBefore(phrase.token, scope)
    case 'grouped':
      return subjectList(phrase.list, scope)
    case 'except': {
      const whom = before(phrase.of, phrase, scope)
      const rest = whom.rest === null ? null : subjectList(whom.rest, scope)
      const of = subjectList(whom.list, scope)
      const but = subjectList(phrase.but, scope)
      if (of === null || but === null || (whom.rest !== null && rest === null)) return null
      return together<SubjectPhrase>(rest, { kind: 'except', of, but })
    }
    case 'acting': {
      const whom = before(phrase.actor, phrase, scope)
      const rest = whom.rest === null ? null : subjectList(whom.rest, scope)
      const actor = subjectList(whom.list, scope)
      const of = subjectList(phrase.for, scope)
      if (actor === null || of === null || (whom.rest !== null && rest === null)) return null
      return together<SubjectPhrase>(rest, { kind: 'acting', actor, for: of })
    }
    default:
      return resolveSubject(phrase, scope)
  }
}

/** Whether two phrases are about different types. */
const apart = (of: ResourcePhrase, but: ResourcePhrase): boolean =>
  of.kind === 'type' && but.kind === 'type' && of.type !== but.type

/** `subject` is whom the sentence is about, in whose terms a pronoun may speak. */
export function resourceList(
  list: Listed<Phrase>,
  subject: SubjectPhrase | null,
  scope: Scope,
  of: readonly string[] = [],
): ResourcePhrase | null {
  return each<ResourcePhrase>(list, scope, phrase => resourceOf(phrase, subject, scope, of))
}

function resourceOf(
  phrase: Phrase,
  subject: SubjectPhrase | null,
  scope: Scope,
  within: readonly string[],
): ResourcePhrase | null {
  switch (phrase.kind) {
    case 'pronoun':
      return resourceBefore(phrase.token, subject, scope)
    case 'grouped':
      return resourceList(phrase.list, subject, scope, within)
    case 'except': {
      const what = before(phrase.of, phrase, scope)
      const rest = what.rest === null ? null : resourceList(what.rest, subject, scope)
      const of = resourceList(what.list, subject, scope)
      const types = of?.kind === 'type' ? [of.type] : []
      const but = resourceList(phrase.but, subject, scope, types)
      if (of === null || but === null || (what.rest !== null && rest === null)) return null
      if (apart(of, but)) {
        const [whole, part] = [printResource(of), printResource(but)]
        return fail(scope, 'wrong_value', phrase.token, `${part} are no ${whole}, so nothing is taken out of them`, {
          expected: [`some of the ${whole}, as in \`${whole} except …\``],
        })
      }
      return together<ResourcePhrase>(rest, { kind: 'except', of, but })
    }
    case 'noun': {
      const value = valueNoun(phrase, within, scope)
      return value ?? resolveResource(phrase, scope)
    }
    default:
      return resolveResource(phrase, scope)
  }
}
