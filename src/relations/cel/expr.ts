import { parse } from '@bufbuild/cel'
import type { Value } from './value.ts'

/** An expression as plain data, its macros written out. `id` is unique within one expression. */
export type Expr =
  | { readonly kind: 'constant'; readonly id: number; readonly value: Value }
  | { readonly kind: 'name'; readonly id: number; readonly name: string }
  | { readonly kind: 'field'; readonly id: number; readonly of: Expr; readonly field: string; readonly test: boolean }
  | {
      readonly kind: 'call'
      readonly id: number
      readonly name: string
      readonly target: Expr | null
      readonly args: readonly Expr[]
    }
  | { readonly kind: 'list'; readonly id: number; readonly of: readonly Expr[] }
  | { readonly kind: 'map'; readonly id: number; readonly entries: readonly (readonly [Expr, Expr])[] }
  | Fold

/** What a macro such as `exists` comes to. */
export interface Fold {
  readonly kind: 'fold'
  readonly id: number
  readonly item: string
  readonly range: Expr
  readonly result: string
  readonly start: Expr
  readonly going: Expr
  readonly step: Expr
  readonly end: Expr
}

export type ParsedExpr =
  | { readonly ok: true; readonly expr: Expr }
  | { readonly ok: false; readonly why: string; readonly line: number; readonly column: number }

/** Deeper than any expression of 512 bytes that someone wrote by hand. */
const DEEPEST = 200

export function parseExpr(text: string): ParsedExpr {
  if (tooDeep(text)) return { ok: false, why: 'it is nested too deeply', line: 1, column: 1 }
  try {
    const parsed = parse(text).expr
    if (parsed === undefined) return { ok: false, why: 'it is empty', line: 1, column: 1 }
    return { ok: true, expr: plain(parsed) }
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    const [, line = '1', column = '1', why = message] = /^<input>:(\d+):(\d+): ([\s\S]*)$/.exec(message) ?? []
    return { ok: false, why: why || 'it cannot be read', line: Number(line), column: Number(column) }
  }
}

function tooDeep(text: string): boolean {
  let depth = 0
  for (const c of text) {
    if (c === '(' || c === '[' || c === '{' || c === '?') depth++
    else if (c === ')' || c === ']' || c === '}') depth--
    if (depth > DEEPEST) return true
  }
  return false
}

type Proto = NonNullable<ReturnType<typeof parse>['expr']>

/** Fails on what no condition can use: messages of other types. */
function plain(e: Proto): Expr {
  const id = Number(e.id)
  const { exprKind: kind } = e
  switch (kind.case) {
    case 'constExpr':
      return { kind: 'constant', id, value: constant(kind.value.constantKind) }
    case 'identExpr':
      return { kind: 'name', id, name: kind.value.name }
    case 'selectExpr':
      return { kind: 'field', id, of: must(kind.value.operand), field: kind.value.field, test: kind.value.testOnly }
    case 'callExpr': {
      const { function: name, target, args } = kind.value
      return { kind: 'call', id, name, target: target === undefined ? null : plain(target), args: args.map(plain) }
    }
    case 'listExpr':
      return { kind: 'list', id, of: kind.value.elements.map(plain) }
    case 'structExpr': {
      if (kind.value.messageName !== '') throw new Error(`\`${kind.value.messageName}\` cannot be made in a condition`)
      const entries = kind.value.entries.map(
        ({ keyKind, value }) => [must(keyKind.case === 'mapKey' ? keyKind.value : undefined), must(value)] as const,
      )
      return { kind: 'map', id, entries }
    }
    case 'comprehensionExpr': {
      const { iterVar, iterRange, accuVar, accuInit, loopCondition, loopStep, result } = kind.value
      return {
        kind: 'fold',
        id,
        item: iterVar,
        range: must(iterRange),
        result: accuVar,
        start: must(accuInit),
        going: must(loopCondition),
        step: must(loopStep),
        end: must(result),
      }
    }
    default:
      throw new Error('it cannot be read')
  }
}

function must(e: Proto | undefined): Expr {
  if (e === undefined) throw new Error('a part of it is missing')
  return plain(e)
}

type Constant = Extract<Proto['exprKind'], { case: 'constExpr' }>['value']['constantKind']

function constant(c: Constant): Value {
  switch (c.case) {
    case 'uint64Value':
      if (c.value > 18_446_744_073_709_551_615n) throw new Error(`\`${c.value}u\` does not fit into 64 bits`)
      return { kind: 'uint', value: c.value }
    case 'nullValue':
      return null
    case 'int64Value':
      if (c.value > 9_223_372_036_854_775_807n || c.value < -9_223_372_036_854_775_808n) {
        throw new Error(`\`${c.value}\` does not fit into 64 bits`)
      }
      return c.value
    case 'stringValue':
    case 'boolValue':
    case 'doubleValue':
    case 'bytesValue':
      return c.value
    default:
      throw new Error('a constant of it cannot be read')
  }
}
