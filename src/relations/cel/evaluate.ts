import { qualified, TYPE_NAMES } from './check.ts'
import type { Expr, Fold } from './expr.ts'
import { CONVERT, LIBRARY } from './library.ts'
import { equal, fault, isFault, isList, keyOf, type MapValue, type Result, type Value } from './value.ts'

/** One evaluation: what it has cost, and what it may cost. Past that nothing is evaluated any more. */
export interface Evaluation {
  cost: number
  readonly most: number
  /** Calls the checker could not tie to one signature: they cost 1. */
  readonly vague: ReadonlySet<number>
}

type Scope = ReadonlyMap<string, Value>

const LIST_COST = 10
const MAP_COST = 30

export const spent = (x: Evaluation): boolean => x.cost > x.most

export function evaluate(x: Evaluation, e: Expr, scope: Scope): Result {
  if (spent(x)) return fault('it costs too much')
  switch (e.kind) {
    case 'constant':
      return e.value
    case 'name':
      x.cost += 1
      return scope.get(e.name) ?? nameOf(e.name, scope)
    case 'field':
      return field(x, e, scope)
    case 'list': {
      const values = all(x, e.of, scope)
      if (!isConstant(e)) x.cost += LIST_COST
      return values
    }
    case 'map':
      return makeMap(x, e, scope)
    case 'call':
      return call(x, e, scope)
    case 'fold':
      return fold(x, e, scope)
  }
}

function nameOf(name: string, scope: Scope): Result {
  if (scope.has(name)) return null
  return TYPE_NAMES.has(name) ? { kind: 'type', name } : fault(`\`${name}\` has no value`)
}

function all(x: Evaluation, of: readonly Expr[], scope: Scope): readonly Value[] | Extract<Result, { kind: 'fault' }> {
  const values: Value[] = []
  for (const one of of) {
    const value = evaluate(x, one, scope)
    if (isFault(value)) return value
    values.push(value)
  }
  return values
}

function field(x: Evaluation, e: Extract<Expr, { kind: 'field' }>, scope: Scope): Result {
  const name = qualified(e)
  if (name !== null && TYPE_NAMES.has(name)) {
    x.cost += 1
    return { kind: 'type', name }
  }
  const of = evaluate(x, e.of, scope)
  if (isFault(of)) return of
  x.cost += hasName(e.of) ? 1 : 2
  if (!isMap(of)) return fault(`there is no \`${e.field}\` in what is no map`)
  const found = of.entries.get(`s${e.field}`)
  if (e.test) return found !== undefined
  return found === undefined ? fault(`no such key: \`${e.field}\``) : found[1]
}

/** A chain of fields and places that starts at a name is paid for where the name is. */
function hasName(e: Expr): boolean {
  if (e.kind === 'name') return true
  if (e.kind === 'field') return true
  return e.kind === 'call' && e.name === '_[_]'
}

const isMap = (v: Value): v is MapValue => typeof v === 'object' && v !== null && 'kind' in v && v.kind === 'map'

function makeMap(x: Evaluation, e: Extract<Expr, { kind: 'map' }>, scope: Scope): Result {
  const entries = new Map<string, readonly [Value, Value]>()
  for (const [k, v] of e.entries) {
    const key = evaluate(x, k, scope)
    if (isFault(key)) return key
    const value = evaluate(x, v, scope)
    if (isFault(value)) return value
    const text = keyOf(key)
    if (text === null) return fault('a value of this type can be no key')
    entries.set(text, [key, value])
  }
  if (!isConstant(e)) x.cost += MAP_COST
  return { kind: 'map', entries }
}

/** Worked out once where nothing in it can change, so it costs nothing. */
function isConstant(e: Expr): boolean {
  switch (e.kind) {
    case 'constant':
      return true
    case 'list':
      return e.of.every(isConstant)
    case 'map':
      return e.entries.every(([k, v]) => isConstant(k) && isConstant(v))
    case 'call':
      return e.target === null && e.args.length === 1 && CONVERT.has(e.name) && e.args.every(isConstant)
    default:
      return false
  }
}

function call(x: Evaluation, e: Extract<Expr, { kind: 'call' }>, scope: Scope): Result {
  const [first, second, third] = e.args
  switch (e.name) {
    case '_&&_':
    case '_||_':
      return first && second ? either(x, e.name === '_||_', first, second, scope) : fault('a side is missing')
    case '_?_:_': {
      if (!first || !second || !third) return fault('a side is missing')
      const test = evaluate(x, first, scope)
      if (isFault(test)) return test
      if (typeof test !== 'boolean') return fault('what stands before `?` is no yes or no')
      return branch(x, test ? second : third, scope)
    }
    case '@not_strictly_false': {
      const value = first ? evaluate(x, first, scope) : false
      x.cost += 1
      return isFault(value) || value !== false
    }
    case '_[_]':
      return first && second ? index(x, first, second, scope) : fault('a side is missing')
  }
  const values = all(x, e.target === null ? e.args : [e.target, ...e.args], scope)
  if (isFault(values)) return values
  const func = LIBRARY.get(e.name)?.find(f => f.method === (e.target !== null))
  if (func === undefined) return fault(`\`${e.name}\` is not a function`)
  const result = func.call(values)
  if (!isFault(result) && !isConstant(e) && !(e.name === '@in' && second && isSet(second))) {
    x.cost += func.cost === undefined || x.vague.has(e.id) ? 1 : func.cost(values)
  }
  return result
}

/** A name that only stands as a branch costs nothing itself. */
function branch(x: Evaluation, e: Expr, scope: Scope): Result {
  const result = evaluate(x, e, scope)
  if (hasName(e) && !isFault(result)) x.cost -= 1
  return result
}

/** A list that is the same every time is looked into at no cost. */
const isSet = (e: Expr): boolean =>
  e.kind === 'list' && e.of.every(one => one.kind === 'constant' && !(one.value instanceof Uint8Array))

/** One side that decides settles it, even where the other fails. */
function either(x: Evaluation, decisive: boolean, first: Expr, second: Expr, scope: Scope): Result {
  const a = evaluate(x, first, scope)
  if (a === decisive) return decisive
  const b = evaluate(x, second, scope)
  if (b === decisive) return decisive
  if (isFault(a)) return a
  if (isFault(b)) return b
  return a === !decisive && b === !decisive ? !decisive : fault('a side is no yes or no')
}

function index(x: Evaluation, of: Expr, at: Expr, scope: Scope): Result {
  const container = evaluate(x, of, scope)
  if (isFault(container)) return container
  const key = evaluate(x, at, scope)
  if (isFault(key)) return key
  x.cost += hasName(of) ? 1 : 2
  if (isMap(container)) {
    const text = keyOf(key)
    const found = text === null ? undefined : container.entries.get(text)
    return found === undefined ? fault('no such key') : found[1]
  }
  if (typeof container !== 'object' || container === null || !isList(container)) return fault('this has no places')
  const place = container.findIndex((_, i) => equal(BigInt(i), key))
  return place < 0 ? fault('there is no such place in the list') : (container[place] ?? null)
}

function fold(x: Evaluation, e: Fold, scope: Scope): Result {
  const range = evaluate(x, e.range, scope)
  if (isFault(range)) return range
  const items = isMap(range)
    ? [...range.entries.values()].map(([key]) => key)
    : typeof range === 'object' && range !== null && isList(range)
      ? range
      : null
  if (items === null) return fault('this is no list and no map')
  const inner = new Map(scope)
  let result = evaluate(x, e.start, scope)
  for (const item of items) {
    inner.set(e.item, item)
    const going = evaluate(x, e.going, withResult(inner, e.result, result))
    if (going !== true) break
    result = evaluate(x, e.step, withResult(inner, e.result, result))
    if (spent(x)) return fault('it costs too much')
  }
  if (isFault(result)) return result
  return evaluate(x, e.end, new Map(scope).set(e.result, result))
}

/** A name that failed has no value; whoever reads it fails. */
function withResult(scope: Map<string, Value>, name: string, result: Result): Scope {
  if (isFault(result)) scope.delete(name)
  else scope.set(name, result)
  return scope
}
