import type { Expr, Fold } from './expr.ts'
import { LIBRARY } from './library.ts'
import { ANY, BOOL, fits, type Known, plain, printType, resolved, type Signature, type Type } from './types.ts'
import { DURATION, TIMESTAMP, typeName } from './value.ts'

/** `vague` holds the calls for which more than one signature may be meant. */
export type Checked =
  | { readonly ok: true; readonly type: Type; readonly vague: ReadonlySet<number> }
  | { readonly ok: false; readonly why: string }

/** Names that stand for types. */
export const TYPE_NAMES: ReadonlySet<string> = new Set([
  ...['bool', 'bytes', 'double', 'int', 'uint', 'string', 'list', 'map', 'null_type', 'type'],
  TIMESTAMP,
  DURATION,
])

interface Checking {
  readonly known: Known
  readonly vague: Set<number>
  readonly problems: string[]
  fresh: number
}

type Scope = ReadonlyMap<string, Type>

/** What an expression gives, or the first thing that is wrong with it. */
export function checkExpr(expr: Expr, parameters: Scope): Checked {
  const c: Checking = { known: new Map(), vague: new Set(), problems: [], fresh: 0 }
  const type = resolved(typeOf(c, expr, parameters), c.known)
  const [why] = c.problems
  return why === undefined ? { ok: true, type, vague: c.vague } : { ok: false, why }
}

function problem(c: Checking, why: string): Type {
  c.problems.push(why)
  return ANY
}

function typeOf(c: Checking, e: Expr, scope: Scope): Type {
  switch (e.kind) {
    case 'constant':
      return plain(short(typeName(e.value)))
    case 'name':
      return typeOfName(c, e.name, scope)
    case 'field': {
      const name = qualified(e)
      if (name !== null && !e.test && TYPE_NAMES.has(name)) return plain('type')
      const of = resolved(typeOf(c, e.of, scope), c.known)
      if (of.kind === 'map') return e.test ? BOOL : of.value
      if (of.kind === 'any' || of.kind === 'variable') return e.test ? BOOL : ANY
      return problem(c, `\`${printType(of)}\` has no fields, so no \`${e.field}\``)
    }
    case 'list':
      return {
        kind: 'list',
        of: joined(
          c,
          e.of.map(one => typeOf(c, one, scope)),
        ),
      }
    case 'map': {
      const keys = e.entries.map(([key]) => typeOf(c, key, scope))
      const bad = keys.map(k => resolved(k, c.known)).find(k => !isKey(k))
      if (bad !== undefined) return problem(c, `\`${printType(bad)}\` can be no key of a map`)
      const values = e.entries.map(([, value]) => typeOf(c, value, scope))
      return { kind: 'map', key: joined(c, keys), value: joined(c, values) }
    }
    case 'call':
      return typeOfCall(c, e, scope)
    case 'fold':
      return typeOfFold(c, e, scope)
  }
}

const short = (name: string): string => (name === TIMESTAMP ? 'timestamp' : name === DURATION ? 'duration' : name)

const isKey = (t: Type): boolean =>
  t.kind === 'any' ||
  t.kind === 'variable' ||
  (t.kind === 'plain' && ['bool', 'int', 'uint', 'double', 'string'].includes(t.name))

function typeOfName(c: Checking, name: string, scope: Scope): Type {
  const found = scope.get(name)
  if (found !== undefined) return found
  return TYPE_NAMES.has(name) ? plain('type') : problem(c, `\`${name}\` is not a parameter of the condition`)
}

/** `a.b.c` as a name, or null. */
export function qualified(e: Expr): string | null {
  if (e.kind === 'name') return e.name
  if (e.kind !== 'field' || e.test) return null
  const of = qualified(e.of)
  return of === null ? null : `${of}.${e.field}`
}

/** One type where all are of it, else any. */
function joined(c: Checking, types: readonly Type[]): Type {
  const [first, ...rest] = types
  if (first === undefined) return { kind: 'variable', name: `#${c.fresh++}` }
  let type = first
  for (const next of rest) {
    if (!isAny(type, c) && !isAny(next, c) && fits(next, type, c.known)) continue
    type = ANY
  }
  return type
}

const isAny = (t: Type, c: Checking): boolean => resolved(t, c.known).kind === 'any'

function typeOfCall(c: Checking, e: Extract<Expr, { kind: 'call' }>, scope: Scope): Type {
  const all = e.target === null ? e.args : [e.target, ...e.args]
  const args = all.map(one => typeOf(c, one, scope))
  const found = signaturesOf(e.name, e.target !== null)
  if (found === null) return problem(c, `\`${e.name.replace(/^@|_/g, '')}\` is not a function`)
  let result: Type | null = null
  let matches = 0
  for (const signature of found) {
    const learned: Known = new Map(c.known)
    const { args: wanted, result: gives } = freshen(c, signature)
    if (wanted.length !== args.length || !args.every((a, i) => fits(a, wanted[i] ?? ANY, learned))) continue
    matches++
    if (matches === 1) {
      for (const [name, type] of learned) c.known.set(name, type)
      result = gives
    } else if (result !== null && printType(resolved(gives, learned)) !== printType(resolved(result, c.known)))
      result = ANY
  }
  if (matches > 1) c.vague.add(e.id)
  if (result !== null) return result
  const given = args.map(a => `\`${printType(resolved(a, c.known))}\``).join(', ')
  return problem(c, `\`${e.name.replace(/^@|_/g, '')}\` does not take (${given})`)
}

const OWN: Readonly<Record<string, Signature>> = {
  '_&&_': { args: [BOOL, BOOL], result: BOOL },
  '_||_': { args: [BOOL, BOOL], result: BOOL },
  '@not_strictly_false': { args: [BOOL], result: BOOL },
  '_?_:_': {
    args: [BOOL, { kind: 'variable', name: 'A' }, { kind: 'variable', name: 'A' }],
    result: { kind: 'variable', name: 'A' },
  },
}

const INDEX: readonly Signature[] = [
  {
    args: [{ kind: 'list', of: { kind: 'variable', name: 'A' } }, plain('int')],
    result: { kind: 'variable', name: 'A' },
  },
  {
    args: [
      { kind: 'map', key: { kind: 'variable', name: 'A' }, value: { kind: 'variable', name: 'B' } },
      { kind: 'variable', name: 'A' },
    ],
    result: { kind: 'variable', name: 'B' },
  },
]

function signaturesOf(name: string, method: boolean): readonly Signature[] | null {
  if (name === '_[_]') return INDEX
  const own = OWN[name]
  if (own !== undefined) return [own]
  const funcs = LIBRARY.get(name)?.filter(f => f.method === method) ?? []
  return funcs.length === 0 ? null : funcs.flatMap(f => f.signatures)
}

/** The signature with variables of its own. */
function freshen(c: Checking, { args, result }: Signature): Signature {
  const suffix = `#${c.fresh++}`
  const own = (t: Type): Type => {
    switch (t.kind) {
      case 'variable':
        return { kind: 'variable', name: t.name + suffix }
      case 'list':
        return { kind: 'list', of: own(t.of) }
      case 'map':
        return { kind: 'map', key: own(t.key), value: own(t.value) }
      default:
        return t
    }
  }
  return { args: args.map(own), result: own(result) }
}

function typeOfFold(c: Checking, e: Fold, scope: Scope): Type {
  const range = resolved(typeOf(c, e.range, scope), c.known)
  const item = range.kind === 'list' ? range.of : range.kind === 'map' ? range.key : ANY
  if (range.kind === 'plain' || (range.kind === 'any' && range.closed))
    return problem(c, `\`${printType(range)}\` is no list and no map`)
  const start = typeOf(c, e.start, scope)
  const inner = new Map(scope).set(e.result, start).set(e.item, item)
  const going = typeOf(c, e.going, inner)
  if (!fits(going, BOOL, c.known)) return problem(c, 'what decides whether to go on is no yes or no')
  const step = typeOf(c, e.step, inner)
  if (!fits(step, start, c.known)) {
    return problem(
      c,
      `a step gives \`${printType(resolved(step, c.known))}\`, not \`${printType(resolved(start, c.known))}\``,
    )
  }
  return typeOf(c, e.end, new Map(scope).set(e.result, start))
}
