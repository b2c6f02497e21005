import { DAY, instantOf, MINUTE } from '../../lib/zone.ts'
import { PdpError } from '../../pdp/errors.ts'
import type { Case } from '../../pdp/policy-tests.ts'
import { understandIn } from '../../pdp/questions.ts'
import { type Entity, parseEntity } from '../../policy/entity.ts'
import type { Request } from '../../policy/request.ts'
import { instantFrom } from '../request.ts'
import { relationCases, relationTimes } from './relation-cases.ts'
import { asksModel, type Scene, type TestShape } from './test-shape.ts'

/** Every test, its lists multiplied out. Fails with `invalid_request`, also where that makes more than `most`. */
export function casesOf(
  tests: readonly TestShape[],
  scene: Scene,
  now: number,
  most = Number.POSITIVE_INFINITY,
): readonly Case[] {
  const all = tests.reduce((sum, test) => sum + timesOf(test), 0)
  if (all > most) throw fault(`these tests ask ${all} questions; expected at most ${most} at once`)
  return tests.flatMap(test => expand(test, scene, now))
}

const timesOf = (test: TestShape): number => (asksModel(test) ? relationTimes(test) : requestTimes(test))

const requestTimes = ({ subjects, actions, resources }: TestShape): number =>
  (subjects?.length ?? 1) * (actions?.length ?? 1) * (resources?.length ?? 1)

const fault = (message: string): PdpError => new PdpError('invalid_request', message)

function expand(test: TestShape, scene: Scene, now: number): readonly Case[] {
  if (asksModel(test)) return relationCases(test)
  if (test.tuples.length > 0)
    throw fault(
      `${test.name}: \`tuples\` go with \`check\`, \`list_objects\` and \`list_users\`: say these under \`given\``,
    )
  if (test.ask !== undefined) return [askedCase(test, test.ask, scene, now)]
  if (test.finds !== undefined || test.as !== undefined)
    throw fault(`${test.name}: \`as\` and \`finds\` go with \`ask\``)
  const subjects = oneOf(test, 'subject', 'subjects')
  const actions = oneOf(test, 'action', 'actions')
  const resources = oneOf(test, 'resource', 'resources')
  const many = subjects.length * actions.length * resources.length > 1
  const at = test.at ?? scene.at
  const shared = {
    org: scene.org,
    actors: test.actors.map(text => entityFrom(text, `${test.name}: actors`)),
    context: test.context,
    at: at === undefined ? now : instantIn(at, scene.zone, test.name),
  }
  const { properties } = test
  return subjects.flatMap(subject =>
    actions.flatMap(action =>
      resources.map(resource => ({
        name: many ? `${test.name} (${subject} ${action} ${resource})` : test.name,
        asks: {
          kind: 'request' as const,
          request: {
            ...shared,
            subject: {
              ...entityFrom(subject, `${test.name}: subject`),
              ...(properties.subject !== undefined && { properties: properties.subject }),
            },
            action,
            resource: {
              ...resourceFrom(resource, `${test.name}: resource`),
              ...(properties.resource !== undefined && { properties: properties.resource }),
            },
          } as Request,
        },
        timed: at !== undefined,
        expect: test.expect ?? 'allow',
        because: test.because ?? null,
        missing: test.missing ?? null,
      })),
    ),
  )
}

const NOT_BESIDE_ASK = ['subject', 'subjects', 'action', 'actions', 'resource', 'resources'] as const

/** A test in English. What its words for time are told from must be said, or it would mean something else each day. */
function askedCase(test: TestShape, question: string, scene: Scene, now: number): Case {
  const { name } = test
  const twice = NOT_BESIDE_ASK.find(member => test[member] !== undefined)
  const more = test.actors.length > 0 || Object.keys(test.context).length > 0 || Object.keys(test.properties).length > 0
  if (twice !== undefined || more)
    throw fault(`${name}: \`ask\` says it all: expected no \`${twice ?? 'actors, context or properties'}\` beside it`)
  const at = test.at ?? scene.at
  const told = at === undefined ? now : instantIn(at, scene.zone, name)
  const asker = test.as === undefined ? null : entityFrom(test.as, `${name}: as`)
  const { question: ask, canonical } = understandIn(
    scene.vocabulary,
    question,
    { asker, now: told, zone: scene.zone },
    name,
  )
  if (at === undefined && ask.at !== null) {
    const later = { asker, now: told + 8 * DAY + HOUR, zone: scene.zone }
    if (understandIn(scene.vocabulary, question, later, name).canonical !== canonical)
      throw fault(`${name}: ask: it depends on the day it is asked: say when with \`at\``)
  }
  if (test.finds !== undefined && ask.kind !== 'search')
    throw fault(`${name}: \`finds\` is for questions that look for something`)
  return {
    name,
    asks: { kind: 'question', ask, canonical, now: told, finds: test.finds ?? null },
    timed: at !== undefined || ask.at !== null,
    expect: test.expect ?? 'allow',
    because: test.because ?? null,
    missing: test.missing ?? null,
  }
}

function oneOf<K extends 'subject' | 'action' | 'resource'>(test: TestShape, one: K, many: `${K}s`): readonly string[] {
  const single = test[one]
  const list = test[many] as readonly string[] | undefined
  if ((single === undefined) === (list === undefined)) {
    throw fault(`${test.name}: expected either \`${one}\` or a list of \`${many}\``)
  }
  return single === undefined ? (list ?? []) : [single]
}

/** `type:id`. Fails with `invalid_request`. */
export function entityFrom(text: string, where: string): Entity {
  const entity = parseEntity(text)
  if (entity === null) throw fault(`${where}: \`${text}\` is no entity: expected \`type:id\`, such as \`user:alice\``)
  return entity
}

/** `type:id`, or a type alone. */
export const resourceFrom = (text: string, where: string): { readonly type: string; readonly id: string | null } =>
  text !== '' && !text.includes(':') ? { type: text, id: null } : entityFrom(text, where)

const HOUR = 60 * MINUTE
const LOCAL = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})$/

/** An instant with its offset, or a wall clock of the org's zone. */
function instantIn(text: string, zone: string, name: string): number {
  const [, date, hours, minutes] = LOCAL.exec(text) ?? []
  try {
    return date === undefined ? instantFrom(text, 'at') : instantOf(date, Number(hours) * 60 + Number(minutes), zone)
  } catch {
    const wanted = `expected \`2026-03-04 10:00\`, in ${zone}, or \`2026-03-04T10:00:00+01:00\``
    throw fault(`${name}: at: \`${text}\` is no time: ${wanted}`)
  }
}
