import { type Entity, sameEntity } from '../policy/entity.ts'
import type { InterpretedQuestion } from './interpret.ts'
import { mentions, said, saysAny, stemOf } from './translator/words.ts'

/** Below this an allow is only given once whoever asks has confirmed the question. */
export const SURE = 0.8

const ACTION = 0.25
const THING = 0.1
const NAME = 0.3
const WORD = 0.2

/** Words that ask, greet or join, and say nothing of what is asked. */
const SMALL: ReadonlySet<string> = new Set(
  `a an the this that these those some any all every each one my our your their his her its me i we us you they them it he she
  who whom whose which what when where how why is are am was were be been being do does did done have has had having get got can
  could may might shall should will would must let lets please thanks thank hi hey hello there here ok okay fine good right alright
  allowed permitted permission able possible so or and but if then than to of for from in into on onto at by with about as up out
  just now still also too hm hmm uh um well like want wants need needs try trying going gonna go ask asking know tell check see say
  whether me mine own again really quick quickly question behalf user`
    .split(/\s+/)
    .map(stemOf),
)

/**
 * How far a reading by a model says what the text says, from 0 to 0.95: less for each action, type and name that the text does
 * not have, for numbers that one of them has and the other has not, for each word
 * of the text that no question takes up, and for a `not` that the questions cannot say. `known` are
 * whoever asks and those they act for, whom `I` and `the user` name.
 */
export function faithfulness(text: string, read: readonly InterpretedQuestion[], known: readonly Entity[]): number {
  const words = said(text)
  const heard = said(read.map(({ sentence }) => sentence).join(' '))
  const asks = read.map(({ question }) => question)
  const missed = (list: readonly string[]): number => new Set(list.filter(name => !mentions(words, name))).size
  const things = asks.flatMap(({ resources }) => resources)
  const sought = asks.flatMap(ask => (ask.kind === 'search' && ask.sought.kind !== 'action' ? [ask.sought.types] : []))
  const types = [...things.map(({ type }) => type), ...sought.flatMap(of => (of.length === 1 ? of : []))]
  const people = asks
    .flatMap(({ subjects, actors }) => [...subjects, ...actors])
    .filter(one => !known.some(other => sameEntity(one, other)))
  const names = [...things.flatMap(({ id }) => (id === null ? [] : [id])), ...people.map(({ id }) => id)]
  const invented = [...heard.numbers].filter(n => !words.numbers.has(n)).length
  const lost = [...words.numbers].filter(n => !heard.numbers.has(n)).length
  const dropped = new Set(
    words.stems.filter(stem => !SMALL.has(stem) && !heard.stems.includes(stem) && !/^\d/.test(stem)),
  )
  const negated = saysAny(words, ['not', 'never', 'except', 'without', 'unless']) ? 1 : 0
  const doubt =
    missed(asks.flatMap(({ actions }) => actions)) * ACTION +
    missed(types) * THING +
    dropped.size * WORD +
    (missed(names) + invented + lost + negated) * NAME
  return Math.max(0, Math.round((0.95 - doubt) * 100) / 100)
}
