import type { Trace, TraceNode } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Facts, GrantFact, Truth } from '../policy/question.ts'
import type { Request } from '../policy/request.ts'
import { type Asking, answerAt, ask, grantQuestion, PENDING, startAsking } from './asking.ts'
import { candidatesOf } from './candidates.ts'
import type { Call, Clause, CompiledRule, Conjunct, Link } from './clause.ts'
import type { PolicySet } from './compile.ts'
import { callOf, combine, linksOf } from './decide.ts'
import { factNodes, factOf } from './evidence.ts'
import { takeOne } from './grants.ts'
import { withEvidence } from './held.ts'
import { resolve } from './reduce.ts'
import { settle } from './settle.ts'
import { specialize } from './specialize.ts'
import { truthOf } from './truth.ts'
import { tell } from './words.ts'

/**
 * Decides again and shows every rule that could apply, with every clause answered. What `facts` does not answer at
 * once counts as unavailable.
 */
export function explain(set: PolicySet, request: Request, facts: Facts): Trace {
  const answered: Facts = {
    answer: question => facts.answer(question) ?? { kind: 'unavailable', why: 'it was not fetched' },
    condition: facts.condition,
    stands: facts.stands,
    task: facts.task,
  }
  const links = linksOf(request).map((link, i) => explainLink(set, link, callOf(request, i === 0, facts), answered))
  const { type, id } = request.subject
  return {
    verdict: withEvidence(combine(links.map(l => l.verdict)), request, facts.stands),
    subject: { type, id },
    links: links.map(l => l.node),
  }
}

const LINK_TRUTH = { allow: 'yes', deny: 'no', escalate: 'unknown' } as const
const DOES = { forbid: 'forbids', approval: 'needs approval', permit: 'permits' } as const

function explainLink(set: PolicySet, link: Link, given: Call, facts: Facts) {
  const residual = specialize(set, link, facts)
  if (residual.kind === 'needs') throw new Error('facts that answer everything left a question open')
  const verdict = settle(residual, given)
  const asking = startAsking(set, link, facts)
  const call = { ...given, link, answers: asking.answers }
  const { forbids, approvals, permits } = candidatesOf(set.index, link)
  const children = [...forbids, ...approvals, ...permits].map(rule => ruleNode(rule, asking, call))
  for (const grant of residual.left.grants) children.push(grantNode(grant, call))
  const { type, id } = link.resource
  const text = `${printEntity(link.subject)} · ${link.action} · ${id === null ? type : `${type}:${id}`}: ${verdict.effect}`
  const node: TraceNode = { kind: 'link', text, truth: LINK_TRUTH[verdict.effect], children }
  return { verdict, node }
}

/** A yes that no rule asked for permits by itself. */
function grantNode(grant: GrantFact, call: Call): TraceNode {
  const truth = takeOne([grant], call) === null ? 'no' : 'yes'
  return { kind: 'rule', text: `grants: ${grant.says}`, truth, rule: grant.id, children: [] }
}

function ruleNode(rule: CompiledRule, asking: Asking, call: Call): TraceNode {
  const clauses = rule.conjuncts.map(({ clause, says }) => ({ clause: resolve(clause, asking), says }))
  const truth = truthOf({ kind: 'all', of: clauses.map(c => c.clause) }, call)
  const children = clauses.map(conjunct => conjunctNode(conjunct, asking, call))
  if (rule.effect === 'approval') children.push(...grantNodes(rule, truth, asking))
  const does = rule.lift === null ? DOES[rule.effect] : 'forbids everyone else'
  return { kind: 'rule', text: `${does}: ${rule.text}`, truth, rule: rule.id, children }
}

function conjunctNode({ clause, says }: Conjunct, asking: Asking, call: Call): TraceNode {
  const node = clauseNode(clause, asking, call)
  if (clause.kind === 'not') return { ...node, text: says }
  const list = clause.kind === 'all' || clause.kind === 'any'
  return { ...node, text: list ? `${says} (${node.text})` : `${says}: ${node.text}` }
}

function clauseNode(clause: Clause, asking: Asking, call: Call): TraceNode {
  const truth = truthOf(clause, call)
  switch (clause.kind) {
    case 'all':
    case 'any': {
      const children = clause.of.map(part => clauseNode(part, asking, call))
      return { kind: 'clause', text: clause.kind === 'all' ? 'all of' : 'any of', truth, children }
    }
    case 'not':
      return { kind: 'clause', text: 'not', truth, children: [clauseNode(clause.of, asking, call)] }
    default: {
      const text = tell(clause, { org: asking.org, link: asking.link, call })
      return { kind: 'clause', text, truth, children: factNodes(clause, asking, call) }
    }
  }
}

function grantNodes(rule: CompiledRule, truth: Truth, asking: Asking): readonly TraceNode[] {
  const question = grantQuestion(asking, rule.id)
  if (truth === 'no' || question === null) return []
  const place = ask(asking, -1 - rule.order, { kind: 'grant', rule: rule.id }, question)
  return place === PENDING ? [] : [factOf(question, answerAt(asking, place))]
}
