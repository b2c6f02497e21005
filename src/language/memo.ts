import { Generations } from '../lib/generations.ts'
import type { Definition, Rule } from '../policy/ast.ts'
import type { Vocabulary } from '../policy/vocabulary.ts'
import type { Lexicon } from './lexicon.ts'
import { type Read, readTokens } from './read.ts'
import type { Fault, Past } from './scope.ts'
import type { Sentence } from './split.ts'

/** A sentence and its shape; its tokens are read where its meaning is not known yet. */
export interface Item {
  readonly sentence: Sentence
  readonly shape: Read['shape']
  readonly read: Read | null
}

/** INVARIANT: a sentence of this text was read without fault before, if it is not read already. */
export const readOf = ({ sentence, read }: Item): Read => read ?? (readTokens(sentence) as Read)

/** What a sentence says after what was said before. Faults count from its start, so that they hold wherever it stands. */
export interface Meant {
  readonly before: Past
  /** The author's words with white space folded. */
  readonly text: string
  readonly rules: readonly Rule[]
  readonly faults: readonly Fault[]
  readonly past: Past
}

/** A vocabulary with what certain definitions add to it, and what sentences mean in their light. */
export interface World {
  readonly vocabulary: Vocabulary
  /** The definitions' sentences, in order. */
  readonly key: string
  readonly added: Vocabulary
  readonly words: Lexicon
  /** By the place of its sentence among the definitions. */
  readonly definitions: readonly { readonly nth: number; readonly definition: Definition }[]
  readonly meanings: Generations<string, Meant>
}

/**
 * What compiling keeps of earlier texts, so that only what changed is read again. Bounded, whatever is compiled with it.
 * INVARIANT: compiling with a memo gives what compiling without one gives.
 */
export interface Memo<Compiled> {
  readonly shapes: Generations<string, Read['shape']>
  worlds: readonly World[]
  /** The last texts, compiled. */
  texts: readonly KnownText<Compiled>[]
}

interface KnownText<Compiled> {
  readonly text: string
  readonly file: string
  readonly vocabulary: Vocabulary
  readonly compiled: Compiled
}

const SENTENCES = 20_000
const WORLDS = 3
const TEXTS = 2

export function createMemo<Compiled>(): Memo<Compiled> {
  return { shapes: new Generations(SENTENCES), worlds: [], texts: [] }
}

export const knownWorld = (memo: Memo<unknown>, vocabulary: Vocabulary, key: string): World | undefined =>
  memo.worlds.find(world => world.vocabulary === vocabulary && world.key === key)

export const newWorld = (parts: Omit<World, 'meanings'>): World => ({ ...parts, meanings: new Generations(SENTENCES) })

export function keepWorld(memo: Memo<unknown>, world: World): void {
  memo.worlds = [world, ...memo.worlds].slice(0, WORLDS)
}

/** The same text under the same vocabulary, compiled before. */
export const knownText = <Compiled>(
  memo: Memo<Compiled>,
  { text, file, vocabulary }: Omit<KnownText<Compiled>, 'compiled'>,
): Compiled | undefined =>
  memo.texts.find(known => known.vocabulary === vocabulary && known.file === file && known.text === text)?.compiled

export function keepText<Compiled>(memo: Memo<Compiled>, known: KnownText<Compiled>): void {
  memo.texts = [known, ...memo.texts].slice(0, TEXTS)
}

/** A fault as many characters further on. */
export const moved = (fault: Fault, by: number): Fault => ({ ...fault, start: fault.start + by, end: fault.end + by })
