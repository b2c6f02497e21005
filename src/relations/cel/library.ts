import { RE2JS } from '@bufbuild/re2'
import { add, divide, multiply, negate, remainder, subtract } from './arithmetic.ts'
import { convert } from './convert.ts'
import { inBlock } from './ip.ts'
import { partOfDuration, partOfTimestamp } from './time.ts'
import { type Signature, signature } from './types.ts'
import { compare, equal, fault, isList, keyOf, type Result, sizeOf, typeName, type Value } from './value.ts'

/** A function or an operator: what the checker takes, what it does, and what it costs where that is not 1. */
export interface Func {
  /** The target of a method is its first argument. */
  readonly method: boolean
  readonly signatures: readonly Signature[]
  readonly call: (args: readonly Value[]) => Result
  readonly cost?: (args: readonly Value[]) => number
}

const NUMBERS = ['int', 'uint', 'double']
const ORDERED = [...NUMBERS, 'bool', 'string', 'bytes', 'timestamp', 'duration']

const func = (
  signatures: readonly string[],
  call: Func['call'],
  more: Partial<Pick<Func, 'method' | 'cost'>> = {},
): Func => ({ method: false, signatures: signatures.map(signature), call, ...more })

const same = (names: readonly string[], result?: string): string[] => names.map(n => `${n},${n}->${result ?? n}`)

const traversed = (length: number): number => Math.ceil(length * 0.1)
const shorter = ([a = null, b = null]: readonly Value[]): number => traversed(Math.min(sizeOf(a), sizeOf(b)))
const ofTexts = (args: readonly Value[]): number =>
  typeof args[0] === 'string' || args[0] instanceof Uint8Array ? shorter(args) : 1
const ofSum = ([a = null, b = null]: readonly Value[]): number =>
  typeof a === 'string' || a instanceof Uint8Array ? traversed(sizeOf(a) + sizeOf(b)) : 1

export const wrong = (args: readonly Value[]): Result =>
  fault(`no such operation on ${args.map(typeName).join(' and ')}`)

function ordered(test: (by: number) => boolean): Func['call'] {
  return args => {
    const [a = null, b = null] = args
    const by = compare(a, b)
    if (by !== null) return test(by)
    return typeof a === 'number' || typeof b === 'number'
      ? Number.isNaN(a) || Number.isNaN(b)
        ? false
        : wrong(args)
      : wrong(args)
  }
}

const comparison = (test: (by: number) => boolean): Func =>
  func(same(ORDERED, 'bool'), ordered(test), { cost: ofTexts })

const texts =
  (call: (a: string, b: string) => Result): Func['call'] =>
  args =>
    typeof args[0] === 'string' && typeof args[1] === 'string' ? call(args[0], args[1]) : wrong(args)

function matches(text: string, pattern: string): Result {
  try {
    return RE2JS.compile(pattern).test(text)
  } catch {
    return fault(`\`${pattern}\` is not a regular expression`)
  }
}

export const isPattern = (text: string): boolean => typeof matches('', text) === 'boolean'

const matching = {
  cost: ([text = null, pattern = null]: readonly Value[]) =>
    traversed(1 + sizeOf(text)) * Math.ceil(sizeOf(pattern) * 0.25),
}

const PARTS = ['getFullYear', 'getMonth', 'getDayOfYear', 'getDayOfMonth', 'getDate', 'getDayOfWeek']
const CLOCK = ['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds']

const part = (name: string, duration: boolean): Func =>
  func(
    ['timestamp->int', 'timestamp,string->int', ...(duration ? ['duration->int'] : [])],
    args => {
      const [of = null, zone = ''] = args
      if (typeof of !== 'object' || of === null || !('kind' in of) || typeof zone !== 'string') return wrong(args)
      if (of.kind === 'timestamp') return partOfTimestamp(of.nanos, name, zone)
      return of.kind === 'duration' && duration && args.length === 1 ? partOfDuration(of.nanos, name) : wrong(args)
    },
    { method: true },
  )

const SIZED = ['string', 'bytes', 'list(A)', 'map(A,B)'].map(t => `${t}->int`)
const size: Func['call'] = args => {
  const [of = null] = args
  const sized =
    typeof of === 'string' || (typeof of === 'object' && of !== null && (!('kind' in of) || of.kind === 'map'))
  return sized ? BigInt(sizeOf(of)) : wrong(args)
}

function within(args: readonly Value[]): Result {
  const [one = null, among = null] = args
  if (typeof among !== 'object' || among === null || among instanceof Uint8Array) return wrong(args)
  if (isList(among)) return among.some(other => equal(one, other))
  if (among.kind !== 'map') return wrong(args)
  const key = keyOf(one)
  return key !== null && among.entries.has(key)
}

const CONVERSIONS: Readonly<Record<string, readonly string[]>> = {
  bool: ['bool', 'string'],
  bytes: ['bytes', 'string'],
  double: ['double', 'int', 'string', 'uint'],
  duration: ['duration', 'string'],
  int: ['int', 'double', 'duration', 'string', 'timestamp', 'uint'],
  string: ['string', 'bool', 'bytes', 'double', 'duration', 'int', 'timestamp', 'uint'],
  timestamp: ['timestamp', 'int', 'string'],
  uint: ['uint', 'double', 'int', 'string'],
  ipaddress: ['string'],
}

const conversion = ([to, from]: [string, readonly string[]]): [string, Func] => {
  const call: Func['call'] = args => convert(args[0] ?? null, to)
  const cost = ([of = null]: readonly Value[]): number =>
    (to === 'bytes' && typeof of === 'string') || (to === 'string' && of instanceof Uint8Array)
      ? traversed(sizeOf(of))
      : 1
  return [
    to,
    func(
      from.map(f => `${f}->${to}`),
      call,
      { cost },
    ),
  ]
}

export const CONVERT: ReadonlySet<string> = new Set([
  ...Object.keys(CONVERSIONS).filter(n => n !== 'ipaddress'),
  'dyn',
  'type',
])

/** Operators by their names in a parsed expression; `&&`, `||`, `?:` and indexing are the evaluator's own. */
export const LIBRARY: ReadonlyMap<string, readonly Func[]> = new Map<string, readonly Func[]>([
  ['_==_', [func(['A,A->bool'], ([a = null, b = null]) => equal(a, b), { cost: shorter })]],
  ['_!=_', [func(['A,A->bool'], ([a = null, b = null]) => !equal(a, b), { cost: shorter })]],
  ['_<_', [comparison(by => by < 0)]],
  ['_<=_', [comparison(by => by <= 0)]],
  ['_>_', [comparison(by => by > 0)]],
  ['_>=_', [comparison(by => by >= 0)]],
  [
    '_+_',
    [
      func(
        [
          ...same([...NUMBERS, 'string', 'bytes', 'duration', 'list(A)']),
          'duration,timestamp->timestamp',
          'timestamp,duration->timestamp',
        ],
        add,
        { cost: ofSum },
      ),
    ],
  ],
  [
    '_-_',
    [
      func(
        [...same([...NUMBERS, 'duration']), 'timestamp,duration->timestamp', 'timestamp,timestamp->duration'],
        subtract,
      ),
    ],
  ],
  ['_*_', [func(same(NUMBERS), multiply)]],
  ['_/_', [func(same(NUMBERS), divide)]],
  ['_%_', [func(same(['int', 'uint']), remainder)]],
  ['-_', [func(['int->int', 'double->double'], negate)]],
  ['!_', [func(['bool->bool'], args => (typeof args[0] === 'boolean' ? !args[0] : wrong(args)))]],
  [
    '@in',
    [
      func(['A,list(A)->bool', 'A,map(A,B)->bool'], within, {
        cost: ([, among = null]) =>
          typeof among === 'object' && among !== null && Array.isArray(among) ? among.length : 1,
      }),
    ],
  ],
  ['size', [func(SIZED, size), func(SIZED, size, { method: true })]],
  [
    'contains',
    [
      func(
        ['string,string->bool'],
        texts((a, b) => a.includes(b)),
        { method: true, cost: ([a = null, b = null]) => traversed(sizeOf(a)) * traversed(sizeOf(b)) },
      ),
    ],
  ],
  [
    'startsWith',
    [
      func(
        ['string,string->bool'],
        texts((a, b) => a.startsWith(b)),
        { method: true, cost: ([a = null]) => traversed(sizeOf(a)) },
      ),
    ],
  ],
  [
    'endsWith',
    [
      func(
        ['string,string->bool'],
        texts((a, b) => a.endsWith(b)),
        { method: true, cost: ([a = null]) => traversed(sizeOf(a)) },
      ),
    ],
  ],
  [
    'matches',
    [
      func(['string,string->bool'], texts(matches)),
      func(['string,string->bool'], texts(matches), { method: true, ...matching }),
    ],
  ],
  [
    'in_cidr',
    [
      func(
        ['ipaddress,string->bool'],
        args => {
          const [ip = null, block] = args
          if (
            typeof ip !== 'object' ||
            ip === null ||
            !('kind' in ip) ||
            ip.kind !== 'ipaddress' ||
            typeof block !== 'string'
          )
            return wrong(args)
          return inBlock(ip, block) ?? fault(`\`${block}\` is not a network such as \`10.0.0.0/8\``)
        },
        { method: true },
      ),
    ],
  ],
  ['type', [func(['A->type'], ([of = null]) => ({ kind: 'type', name: typeName(of) }))]],
  ['dyn', [func(['A->dyn'], ([of = null]) => of)]],
  ...Object.entries(CONVERSIONS)
    .map(conversion)
    .map(([name, f]): [string, readonly Func[]] => [name, [f]]),
  ...PARTS.map((name): [string, readonly Func[]] => [name, [part(name, false)]]),
  ...CLOCK.map((name): [string, readonly Func[]] => [name, [part(name, true)]]),
])
