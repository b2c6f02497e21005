import { instantOf } from '../lib/zone.ts'
import type { Effect } from '../policy/decision.ts'
import { printEntity } from '../policy/entity.ts'
import type { Request } from '../policy/request.ts'
import { instantFrom } from '../protocols/request.ts'
import { entityFrom, resourceFrom } from './asked.ts'
import { Fault } from './fault.ts'
import type { TestFile, TestShape } from './test-shape.ts'

/** One question and the answer it must get. */
export interface Case {
  readonly name: string
  readonly request: Request
  /** False where the file names no time: then the answer may not depend on it. */
  readonly timed: boolean
  readonly expect: Effect
  readonly because: string | null
  readonly missing: string | null
}

/** Every test of a file, lists multiplied out. Fails with a `Fault`. */
export const casesOf = (file: TestFile, now: number): readonly Case[] => file.tests.flatMap(t => expand(t, file, now))

function expand(test: TestShape, file: TestFile, now: number): readonly Case[] {
  const subjects = oneOf(test, 'subject', 'subjects')
  const actions = oneOf(test, 'action', 'actions')
  const resources = oneOf(test, 'resource', 'resources')
  const many = subjects.length * actions.length * resources.length > 1
  const at = test.at ?? file.at
  const shared = {
    org: file.org,
    actors: test.actors.map(text => entityFrom(text, `${test.name}: actors`)),
    context: test.context,
    at: at === undefined ? now : instantIn(at, file.zone, test.name),
  }
  return subjects.flatMap(subject =>
    actions.flatMap(action =>
      resources.map(resource => ({
        name: many ? `${test.name} (${subject} ${action} ${resource})` : test.name,
        request: {
          ...shared,
          subject: {
            ...entityFrom(subject, `${test.name}: subject`),
            ...(test.properties.subject !== undefined && { properties: test.properties.subject }),
          },
          action,
          resource: {
            ...resourceFrom(resource, `${test.name}: resource`),
            ...(test.properties.resource !== undefined && { properties: test.properties.resource }),
          },
        } as Request,
        timed: at !== undefined,
        expect: test.expect,
        because: test.because ?? null,
        missing: test.missing ?? null,
      })),
    ),
  )
}

function oneOf<K extends 'subject' | 'action' | 'resource'>(test: TestShape, one: K, many: `${K}s`): readonly string[] {
  const single = test[one]
  const list = test[many] as readonly string[] | undefined
  if ((single === undefined) === (list === undefined)) {
    throw new Fault(`${test.name}: expected either \`${one}\` or a list of \`${many}\``)
  }
  return single === undefined ? (list ?? []) : [single]
}

const LOCAL = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}):(\d{2})$/

/** An instant with its offset, or a wall clock of the org's zone. */
function instantIn(text: string, zone: string, name: string): number {
  const [, date, hours, minutes] = LOCAL.exec(text) ?? []
  try {
    return date === undefined ? instantFrom(text, 'at') : instantOf(date, Number(hours) * 60 + Number(minutes), zone)
  } catch {
    throw new Fault(
      `${name}: at: \`${text}\` is no time: expected \`2026-03-04 10:00\`, in ${zone}, or \`2026-03-04T10:00:00+01:00\``,
    )
  }
}

/** What a case asks, in one line. */
export function questionOf({ subject, actors, action, resource, at }: Request): string {
  const through = actors.map(actor => ` through ${printEntity(actor)}`).join('')
  const what = resource.id === null ? resource.type : `${resource.type}:${resource.id}`
  return `${printEntity(subject)}${through} ${action} ${what} at ${new Date(at).toISOString()}`
}
