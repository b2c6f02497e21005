import { article, listed, singular } from '../policy/print-words.ts'
import { fold, outlineOf } from './lexicon.ts'
import { nearest } from './nearest.ts'
import { fail, type Place, type Scope } from './scope.ts'

/** The types there are, as far as they fit into a line. */
function known(scope: Scope): string {
  const names = [...new Set(scope.words.types.values())]
  return `a type: ${listed(
    names.slice(0, 12).map(name => `\`${name}\``),
    'or',
  )}`
}

export function unknownType(scope: Scope, at: Place, word: string, define?: string): null {
  const near = nearest(fold(word), scope.words.types.keys())
  return fail(scope, 'unknown_type', at, `\`${word}\` is not a type this org knows`, {
    expected: define === undefined ? [known(scope)] : [`a line that defines it: \`${define}\``],
    suggestion: near ?? define ?? null,
  })
}

/** No such relation: says which there are, and the line of the model that would add it. */
export function unknownRelation(
  scope: Scope,
  at: Place,
  word: string,
  types: readonly string[],
  define?: string,
): null {
  const type = types[0]
  const names =
    (type === undefined ? null : outlineOf(scope.words, type))?.relations.map(relation => relation.name) ?? []
  const near = nearest(fold(word), names)
  const line = define ?? `define ${singular(fold(word))}: [user]`
  const what = type === undefined ? 'no type has' : `${article(type)} has no`
  const has =
    names.length === 0
      ? []
      : [
          `a relation of ${type}: ${listed(
            names.slice(0, 12).map(name => `\`${name}\``),
            'or',
          )}`,
        ]
  return fail(scope, 'unknown_relation', at, `${what} relation for \`${word}\``, {
    expected: [...has, `or in the model, under \`type ${type ?? '…'}\`: \`${line}\``],
    suggestion: near ?? line,
  })
}
