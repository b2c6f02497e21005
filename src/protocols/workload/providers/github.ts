import type { TrustConfig } from '../../../agents/trust.ts'
import { fault } from '../fault.ts'
import { type JwtProvider, PLAIN_HEADERS, textOf } from './provider.ts'

/**
 * Tokens of GitHub Actions. Repository and owner are bound by id: names are given away again. A `sub` is never taken apart,
 * only compared whole, for its parts may be anything. Whoever may open a pull request can start its workflows, from a fork
 * too, and no claim tells; so those count only where `event_name` is bound to them.
 */
export const github: JwtProvider = {
  headers: [...PLAIN_HEADERS, 'x5t'],
  types: ['JWT'],
  keyUse: 'sig',
  needsIat: true,
  check(claims, { bind }: TrustConfig) {
    const event = textOf(claims.event_name)
    if (event === '') return fault('event', 'expected an `event_name`')
    return event.startsWith('pull_request') && bind.event_name !== event
      ? fault('event', `runs for \`${event}\` do not count unless \`event_name\` is bound to it`)
      : null
  },
  name: claims => `github:${textOf(claims.repository)}`,
}
