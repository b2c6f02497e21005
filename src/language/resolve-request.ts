import type { AttributeRef, Condition, Duration } from '../policy/ast.ts'
import { attributesOfRequest } from './lexicon.ts'
import { zoneOf } from './resolve-zone.ts'
import { fail, type Scope, textOf } from './scope.ts'
import type { AgoNode, Clause, DurationNode, Words } from './syntax.ts'
import { readQuoted } from './values.ts'

/** An attribute of the call: as defined, as known without, or of no type. */
export function ofRequest(name: string, scope: Scope): AttributeRef {
  const type = attributesOfRequest(scope.words).find(d => d.name === name)?.type ?? null
  return { kind: 'attribute', of: 'context', name, type }
}

export function durationOf(node: DurationNode, scope: Scope): Duration | null {
  if (!Number.isNaN(node.count)) return { count: node.count, unit: node.unit }
  return fail(scope, 'wrong_value', node, 'a stretch of time is a whole number above zero', {
    expected: [`\`1 ${node.unit}\`, \`90 ${node.unit}s\``],
  })
}

const named = (words: Words): string => {
  const quoted = words[0]?.kind === 'quoted' ? readQuoted(words[0].text) : null
  return (
    quoted ??
    textOf(words)
      .toLowerCase()
      .replace(/[\s-]+/g, '_')
  )
}

const holds = (left: AttributeRef, text: string): Condition => ({
  kind: 'compare',
  left,
  op: 'contains',
  right: { kind: 'text', text },
})

type CallClause = Extract<Clause, { kind: 'device' | 'signed-with' | 'signed-in' }>

/** How the call comes in: from which kind of device, and how and when whoever calls signed in. */
export function resolveCall(clause: CallClause, scope: Scope): Condition | null {
  switch (clause.kind) {
    case 'device': {
      const kind = named(clause.words)
      const denied = /^un(?=managed|trusted|known|registered|verified|secured)/.exec(kind)
      const left = ofRequest('device', scope)
      return denied === null ? holds(left, kind) : { kind: 'not', of: holds(left, kind.slice(2)) }
    }
    case 'signed-with':
      return holds(ofRequest('amr', scope), named(clause.words))
    case 'signed-in':
      return sinceOrUntil(ofRequest('auth_time', scope), clause.ago, 'since', scope)
  }
}

/** `more than 30 days ago` of an instant. `usual` is the way where the words leave it open, null where none is. */
export function sinceOrUntil(
  instant: AttributeRef,
  ago: AgoNode,
  usual: 'since' | 'until' | null,
  scope: Scope,
): Condition | null {
  const duration = durationOf(ago.duration, scope)
  const zoned = zoneOf(ago.zone, scope)
  if (duration === null || zoned === null) return null
  const kind = instant.type?.kind ?? 'instant'
  if (kind !== 'date' && kind !== 'instant') {
    return fail(scope, 'wrong_value', ago.duration, `\`${instant.name}\` holds no date and no time`, {
      expected: [`\`… has ${instant.name} as a time\``],
    })
  }
  const direction = ago.direction === 'old' ? 'since' : (ago.direction ?? usual)
  if (direction === null) {
    const span = `${duration.count} ${duration.unit}${duration.count === 1 ? '' : 's'}`
    return fail(scope, 'ambiguous', ago.duration, `\`within ${span}\` may mean those gone by or those to come`, {
      expected: [`\`within the last ${span}\``, `\`within the next ${span}\``],
    })
  }
  return { kind: 'elapsed', direction, instant, op: ago.op, duration, ...zoned }
}
