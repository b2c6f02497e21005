import { clauseOf, detailOf } from './circumstances.ts'
import type { Clause, Joined, Listed, Mod, Phrase, Predicate, RuleNode, TermNode } from './syntax.ts'
import type { Token } from './token.ts'

type Children = readonly unknown[]
type Builder = (d: Children) => unknown

const phrases = (value: unknown): Listed<Phrase> => value as Listed<Phrase>
const one = (phrase: Phrase): Listed<Phrase> => ({ items: [phrase], conjs: [] })
const clauses = (value: unknown): readonly Joined<Clause>[] => (value ?? []) as readonly Joined<Clause>[]
const listOf = (value: unknown): readonly Predicate[] => (value as Listed<Predicate>).items

function rule(
  effect: RuleNode['effect'],
  subjects: Listed<Phrase> | null,
  predicates: readonly Predicate[],
  tail: unknown,
  approver: unknown = null,
): RuleNode {
  return {
    kind: 'rule',
    effect,
    subjects,
    predicates,
    tail: clauses(tail),
    approver: approver as Phrase | null,
    front: [],
  }
}

/** What is done as a list of predicates: `verbs` null for anything. */
const doing = (verbs: unknown, resources: unknown): readonly Predicate[] => [
  { kind: 'verbs', verbs: (verbs as Listed<Token> | null)?.items ?? null, resources: phrases(resources) },
]
const same = (token: unknown): Predicate => ({ kind: 'same', token: token as Token })
const pronoun = (token: unknown): Phrase => ({ kind: 'pronoun', token: token as Token })
const everyone = (at: unknown): Phrase => ({ kind: 'someone', token: at as Token, mods: [] })

/** Forbidden to all unless the clauses hold. */
const unless = (within: unknown): readonly Joined<Clause>[] => [
  { conj: null, mark: null, intro: null, node: { kind: 'not', of: { kind: 'group', clauses: clauses(within) } } },
]

const except = (of: Listed<Phrase>, at: unknown, but: unknown): Listed<Phrase> =>
  one({ kind: 'except', token: at as Token, of, but: phrases(but) })

/** In `documents can be edited by their owner` it is the documents that have one. */
function itsOwn(by: unknown): Listed<Phrase> {
  const { items, conjs } = phrases(by)
  const own = (phrase: Phrase): Phrase => {
    if (phrase.kind === 'noun' && phrase.owner?.word === 'their' && phrase.mods.length === 0)
      return { ...phrase, owner: { ...phrase.owner, word: 'its' } }
    if (phrase.kind === 'except') return { ...phrase, of: itsOwn(phrase.of), but: itsOwn(phrase.but) }
    return phrase.kind === 'grouped' ? { ...phrase, list: itsOwn(phrase.list) } : phrase
  }
  return { items: items.map(own), conjs }
}

/** Everyone but the members of what is named. */
function outsiders(at: unknown, term: unknown): Listed<Phrase> {
  const token = at as Token
  const of: Joined<Mod> = {
    conj: null,
    mark: null,
    intro: null,
    node: { kind: 'of', token, term: term as TermNode },
  }
  const members: Phrase = {
    kind: 'noun',
    det: null,
    owner: null,
    words: [{ ...token, text: 'members', word: 'members', is: ['word'] }],
    mods: [of],
  }
  return except(one(everyone(at)), at, one(members))
}

/** `nobody outside the EU`, `nobody without MFA`: what is said of nobody is when it is forbidden. */
function whoAre(token: Token, tail: unknown): readonly Joined<Clause>[] {
  const detail = detailOf(token)
  const they: TermNode = { kind: 'pronoun', token: { ...token, text: 'they', word: 'they' } }
  const node: Clause =
    detail.kind === 'place'
      ? detail.where
      : detail.kind === 'clause'
        ? detail.clause
        : { kind: 'said', actor: they, token, detail }
  const alone = { conj: null, mark: null, intro: null }
  const rest = clauses(tail)
  return rest.length === 0
    ? [{ ...alone, node }]
    : [
        { ...alone, node },
        { ...alone, node: { kind: 'group', clauses: rest } },
      ]
}

/** Builders of whole sentences, beside those of their parts in build.ts. */
export const FORM_BUILDERS: Readonly<Record<string, Builder>> = {
  permit: d => rule('permit', phrases(d[0]), listOf(d[2]), d[3]),
  forbid: d => rule('forbid', phrases(d[0]), listOf(d[2]), d[3]),
  only: d => rule('only', phrases(d[1]), listOf(d[3]), d[4]),
  nobody: d => rule('forbid', null, listOf(d[2]), d[3]),
  exclusive: d => rule('only', phrases(d[2]), listOf(d[4]), d[5]),
  nobody_outside: d => rule('forbid', outsiders(d[1], d[2]), listOf(d[4]), d[5]),
  nobody_said: d => rule('forbid', null, listOf(d[3]), whoAre(d[1] as Token, d[4])),
  forbid_no: d => rule('forbid', phrases(d[1]), listOf(d[3]), d[4]),
  approval: d => rule('approval', phrases(d[0]), listOf(d[4]), d[5], d[2]),
  with_approval: d => rule('approval', phrases(d[0]), listOf(d[2]), d[5], d[4]),

  no_without: d => rule('approval', phrases(d[1]), listOf(d[3]), d[6], d[5]),
  nobody_without: d => rule('approval', one(everyone(d[0])), listOf(d[2]), d[5], d[4]),

  allow: d => rule('permit', phrases(d[1]), listOf(d[3]), d[4]),
  only_allow: d => rule('only', phrases(d[2]), listOf(d[4]), d[5]),
  never_allow: d => rule('forbid', phrases(d[2]), listOf(d[4]), d[5]),
  bar: d => rule('forbid', phrases(d[1]), listOf(d[3]), d[4]),
  bar_access: d => rule('forbid', phrases(d[1]), doing(null, d[3]), d[4]),
  grant: d => rule('permit', phrases(d[1]), doing(null, d[3]), d[4]),
  block: d => rule('forbid', null, doing(null, one(pronoun(d[1]))), d[2]),
  block_on: d => rule('forbid', null, doing(null, d[2]), d[3]),
  restrict: d => rule('forbid', null, doing(null, one(pronoun(d[1]))), unless(d[2])),
  restrict_who: d => rule('forbid', except(one(everyone(d[0])), d[0], d[2]), doing(null, one(pronoun(d[1]))), []),
  restrict_on: d => rule('forbid', null, doing(null, d[2]), unless(d[4])),
  restrict_who_on: d => rule('forbid', except(one(everyone(d[0])), d[0], d[4]), doing(null, d[2]), []),
  require: d => rule('approval', one(everyone(d[0])), listOf(d[4]), d[5], d[2]),
  this_needs: d => rule('approval', one(pronoun(d[0])), [same(d[0])], d[3], d[2]),

  passive_permit: d => rule('permit', itsOwn(d[5]), doing(d[3], d[0]), d[6]),
  passive_only: d => rule('only', itsOwn(d[6]), doing(d[4], d[0]), d[7]),
  passive_only_by: d => rule('only', itsOwn(d[6]), doing(d[3], d[0]), d[7]),
  passive_only_when: d => rule('forbid', null, doing(d[4], d[0]), unless(d[6])),
  passive_forbid: d => rule('forbid', itsOwn(d[5]), doing(d[3], d[0]), d[6]),
  passive_except: d => rule('forbid', except(one(everyone(d[4])), d[4], itsOwn(d[6])), doing(d[3], d[0]), d[7]),
  passive_nobody: d => rule('forbid', null, doing(d[3], d[0]), d[4]),
  passive_approval: d => rule('approval', one(everyone(d[3])), doing(d[5], d[0]), d[6], d[2]),
  doing_needs: d => rule('approval', one(everyone(d[1])), listOf(d[0]), d[3], d[2]),
  doing_never: d => rule('forbid', null, listOf(d[0]), d[4]),
  doing_forbidden: d => rule('forbid', null, listOf(d[0]), d[3]),

  do_any: () => ({ kind: 'verbs', verbs: null, resources: null }),
  do_any_to: d => ({ kind: 'verbs', verbs: null, resources: d[3] }),
  verbs_on: d => ({ kind: 'verbs', verbs: (d[0] as Listed<Token>).items, resources: d[1] }),
  spending: d => ({
    kind: 'verbs',
    verbs: (d[0] as Listed<Token>).items,
    resources: null,
    limit: clauseOf(d[1] as Token),
  }),
  do_this: d => same(d[1]),

  pronoun_phrase: d => pronoun(d[0]),
  bracketed: d => ({ kind: 'grouped', list: d[1] }),
  except: d => except(phrases(d[0]), d[1], d[2]),
  acting: d => one({ kind: 'acting', token: d[1] as Token, actor: phrases(d[0]), for: phrases(d[2]) }),
}
