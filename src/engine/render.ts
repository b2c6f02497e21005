import type { Missing, Reason, Trace, TraceNode } from '../policy/decision.ts'

const SIGN = { yes: '✓', no: '✗', unknown: '?' } as const

/** A trace as a tree to read: the verdict, what determined it, then every link, rule, clause, fact and tuple. */
export function renderTrace({ verdict, links }: Trace): string {
  const lines: string[] = [verdict.effect]
  const whose = (one: { readonly for: string }): string => (links.length > 1 ? `, for ${one.for}` : '')
  for (const reason of verdict.reasons) lines.push(`  because ${oneLine(reasonText(reason) + whose(reason))}`)
  for (const one of verdict.obligations) {
    const who = one.relation === null ? one.on : `${one.relation} of ${one.on}`
    lines.push(`  needs a yes from ${oneLine(who + whose(one))}`)
  }
  for (const missing of verdict.missing) lines.push(`  missing ${oneLine(missingText(missing) + whose(missing))}`)
  if (verdict.validUntil !== null) lines.push(`  until ${new Date(verdict.validUntil).toISOString()}`)
  for (const link of links) {
    lines.push('')
    draw(link, '', lines)
  }
  return `${lines.join('\n')}\n`
}

const reasonText = ({ sentence, effect, truth, rule }: Reason): string =>
  `${truth === 'unknown' ? `${effect}, not known: ` : `${effect}: `}${sentence} [${rule}]`

const missingText = ({ text, clause }: Missing): string => (clause === '' ? text : `${text} (${clause})`)

function draw(node: TraceNode, indent: string, lines: string[]): void {
  const rule = node.rule === undefined ? '' : ` [${node.rule}]`
  lines.push(`${indent}${SIGN[node.truth]} ${oneLine(node.text + rule)}`)
  for (const child of node.children) draw(child, `${indent}  `, lines)
}

/** Ids and values come from outside: they may not break or steer the lines. */
function oneLine(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    c => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
