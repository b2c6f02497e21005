import { mentions, said } from '../../language/translator/words.ts'
import { type Ask, requestsOf } from '../../policy/ask.ts'
import type { Entity } from '../../policy/entity.ts'
import type { JsonObject } from '../../policy/json.ts'
import { printAsk } from '../../policy/print-question.ts'
import type { Request } from '../../policy/request.ts'
import { PdpError } from '../errors.ts'
import type { Interpreter } from '../interpreter.ts'
import type { OrgState } from '../org.ts'
import { permissionAsked } from '../permissions.ts'
import { withUsers } from '../question-users.ts'
import { understand } from '../questions.ts'
import type { Service } from '../service.ts'
import { type Hints, hintsIn, withRest } from './hints.ts'

/** What somebody asks of themselves: by the name of an action, in English, or both. */
export interface AskOrder {
  readonly action: string | null
  readonly question: string | null
  readonly context: JsonObject
  /** Who asks: a subject, through its actors. */
  readonly chain: Chain
  readonly ip: string
}

export type Chain = Pick<Request, 'subject' | 'actors'>

export type Part =
  | { readonly kind: 'requests'; readonly join: 'all' | 'any'; readonly requests: readonly Request[] }
  | { readonly kind: 'search'; readonly ask: Extract<Ask, { readonly kind: 'search' }> }

/** What was understood: of all parts, each must be allowed. A search stands alone. */
export interface Reading {
  readonly by: 'action' | 'question' | 'hints' | 'model'
  readonly parts: readonly Part[]
  /** The questions as the grammar says them. */
  readonly understood: readonly string[]
  readonly assumptions: readonly string[]
  /** 1 where nothing was guessed. */
  readonly confidence: number
  /** Whether it supposes another moment or place than those of the call. */
  readonly supposed: boolean
}

type Meant = { readonly question: Ask; readonly canonical: string; readonly assumptions: readonly string[] }

/** Sentences of one question that all must hold. */
const MOST = 4
/** A context that says what is asked, of a question whose words agree, and of one whose words do not. */
const AGREES = 0.9
const DIFFERS = 0.5

/**
 * Reads what is asked: an action as it is named; a question by the grammar; what that cannot read by the language model, as
 * a question; and else by what the context says of it. Fails with `question_refused`, `invalid_request`.
 */
export async function readOrder(
  service: Service,
  interpreter: Interpreter,
  state: OrgState,
  order: AskOrder,
): Promise<Reading> {
  const hints = hintsIn(order.context)
  const now = service.clock()
  const { question } = order
  if (question === null) {
    const action = order.action ?? hints.action
    if (action === null) throw new PdpError('invalid_request', 'expected an `action` or a `question`')
    return byHints(service, state, order, { ...hints, action }, now, 'action', 1)
  }
  const told = { ...hints, action: order.action ?? hints.action }
  const { subject, actors } = order.chain
  const line = [subject, ...actors].toReversed()
  const [asker = subject, ...behalf] = line
  const read = (text: string): Meant => understand(state, text, asker, now, behalf)
  try {
    return meant(service, state, order, told, sentencesOf(question, read), now, 'question', 1)
  } catch (error) {
    if (!(error instanceof PdpError) || error.code !== 'question_refused') throw error
    const asking = { asker, behalf, now, zone: state.org.zone }
    const made = await interpreter.interpret(state, question, order.context, asking)
    if (made.kind === 'read') {
      const questions = made.questions.map(one => withUsers(state, one))
      return meant(service, state, order, told, questions, now, 'model', made.confidence)
    }
    if (told.action !== null && told.resource !== null && told.resource.type !== null) {
      const words = said(question)
      const agrees = mentions(words, told.action) && mentions(words, told.resource.type)
      return byHints(service, state, order, { ...told, action: told.action }, now, 'hints', agrees ? AGREES : DIFFERS)
    }
    throw new PdpError('question_refused', error.message, { ...error.detail, model: made.why })
  }
}

/** A question of several sentences is one of each; what is wrong is told of the whole. */
function sentencesOf(text: string, read: (text: string) => Meant): readonly Meant[] {
  const sentences = text.split(/(?<=\?)\s+/).filter(one => one.trim() !== '')
  if (sentences.length < 2 || sentences.length > MOST) return [read(text)]
  const all = sentences.map(read)
  if (all.every(({ question }) => question.kind === 'requests')) return all
  throw new PdpError('question_refused', 'a question that looks for something stands alone', { diagnostics: [] })
}

function meant(
  service: Service,
  state: OrgState,
  order: AskOrder,
  hints: Hints,
  read: readonly Meant[],
  now: number,
  by: Reading['by'],
  confidence: number,
): Reading {
  const at = { org: state.org.slug, now }
  const parts = read.map(({ question }): Part => {
    if (question.kind === 'search') return { kind: 'search', ask: withCall(question, order) }
    const requests = requestsOf(question, at).map(request => withContext(request, hints, order.ip))
    return { kind: 'requests', join: question.join, requests }
  })
  const shared = {
    by,
    understood: read.map(one => one.canonical),
    assumptions: [...new Set(read.flatMap(one => one.assumptions))],
    supposed: read.some(({ question: { at, ip, country } }) => at !== null || ip !== null || country !== null),
  }
  const requests = parts.flatMap(part => (part.kind === 'requests' ? part.requests : []))
  const differs = differing(service, state, hints, requests)
  const { action, resource } = hints
  const whole = action !== null && resource !== null && resource.type !== null
  if (differs === null || parts.some(part => part.kind === 'search')) return { ...shared, parts, confidence }
  const assumptions = [...shared.assumptions, differs]
  if (!whole) return { ...shared, parts, assumptions, confidence: Math.min(confidence, DIFFERS) }
  // What the context asks for beside the question must be allowed as well.
  const also = byHints(service, state, order, { ...hints, action }, now, by, confidence)
  return {
    ...shared,
    parts: [...parts, ...also.parts],
    understood: [...shared.understood, ...also.understood],
    assumptions,
    confidence,
  }
}

/** What the context says is asked and the requests do not say; null where they agree. */
function differing(
  service: Service,
  state: OrgState,
  { action, resource }: Hints,
  requests: readonly Request[],
): string | null {
  const asked = action === null ? null : permissionAsked(service, state, action, thingOf(resource))
  const odd = requests.every(
    one =>
      (asked !== null && asked.action !== one.action) ||
      (resource?.type != null && resource.type !== one.resource.type) ||
      (resource?.id != null && resource.id !== one.resource.id),
  )
  return odd && (action !== null || resource !== null)
    ? 'the context names another action or thing than the question'
    : null
}

const thingOf = (resource: Hints['resource']) =>
  resource === null || resource.type === null ? null : { type: resource.type, id: resource.id }

function byHints(
  service: Service,
  state: OrgState,
  { chain, ip }: AskOrder,
  hints: Hints & { readonly action: string },
  now: number,
  by: Reading['by'],
  confidence: number,
): Reading {
  const asked = permissionAsked(service, state, hints.action, thingOf(hints.resource))
  const resource = { ...asked.resource, id: hints.resource?.id ?? asked.resource.id }
  const { subject, actors } = chain
  const bare = { org: state.org.slug, subject, actors, action: asked.action, resource, context: {}, at: now }
  const canonical = printAsk(
    {
      kind: 'requests',
      subjects: [subject],
      actors,
      actions: [asked.action],
      resources: [{ ...resource, stated: [] }],
      join: 'all',
      ip: null,
      country: null,
      call: [],
      at: null,
      explain: false,
    },
    state.org.zone,
  )
  return {
    by,
    parts: [{ kind: 'requests', join: 'all', requests: [withContext(bare, hints, ip)] }],
    understood: [canonical],
    assumptions: [],
    confidence,
    supposed: false,
  }
}

/** What the question says wins over what the context says, which wins over where the call comes from. */
const withContext = (request: Request, hints: Hints, ip: string): Request => ({
  ...request,
  context: { ip, ...hints.rest, ...request.context },
  resource: withRest(request.resource, hints),
})

const withCall = <T extends Ask>(ask: T, { ip }: AskOrder): T => (ask.ip === null ? { ...ask, ip } : ask)

/** Whoever holds a chain: the current actor, or the subject alone. */
export const holderIn = ({ subject, actors }: Chain): Entity => actors.at(-1) ?? { type: subject.type, id: subject.id }
