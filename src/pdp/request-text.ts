import { isInstant, localTime } from '../lib/zone.ts'
import { printEntity } from '../policy/entity.ts'
import type { Request } from '../policy/request.ts'

const resourceText = ({ type, id }: { readonly type: string; readonly id: string | null }): string =>
  id === null ? `any ${type}` : printEntity({ type, id })

/** What a request asks, in one line of English: `may agent:bot on behalf of user:ann edit document:1 on 2026-03-04 at 10:00 in UTC?`. */
export function requestText({ subject, actors, action, resource, at }: Request, zone: string): string {
  const who = [...actors].reverse().map(printEntity)
  const doer = who.length === 0 ? printEntity(subject) : `${who.join(' for ')} on behalf of ${printEntity(subject)}`
  return `may ${doer} ${action} ${resourceText(resource)}${timeText(at, zone)}?`
}

function timeText(at: number, zone: string): string {
  if (!isInstant(at)) return ''
  const { date, minutes } = localTime(at, zone)
  const two = (n: number): string => String(n).padStart(2, '0')
  return ` on ${date} at ${two(Math.floor(minutes / 60))}:${two(minutes % 60)} in ${zone}`
}
