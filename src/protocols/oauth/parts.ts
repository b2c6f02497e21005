import type { OrgState } from '../../pdp/org.ts'
import type { Service } from '../../pdp/service.ts'
import type { FormBody } from '../route.ts'
import type { AuthenticateClient } from './client-auth.ts'
import { OauthError } from './error.ts'
import { type Params, readForm, readJson } from './params.ts'
import type { RateLimit } from './rate.ts'

/** What the endpoints of an issuer stand on. */
export interface OauthParts {
  readonly service: Service
  readonly authenticate: AuthenticateClient
  readonly perClient: RateLimit
  readonly perAddress: RateLimit
}

const LARGEST = 65_536

const unsupported = (type: string): OauthError =>
  new OauthError(
    'invalid_request',
    `expected \`content-type: application/x-www-form-urlencoded\`, not \`${type.slice(0, 100)}\``,
  )

const tooLarge = (): OauthError => new OauthError('invalid_request', `the body is larger than ${LARGEST} bytes`)

/** The body of an OAuth endpoint: a form, and JSON where clients are known to send it. */
export const formOf = (json: boolean): FormBody<Params> => ({
  limit: LARGEST,
  read: readForm,
  json: json ? readJson : null,
  unsupported,
  tooLarge,
})

/** The org of an endpoint's path; at once where it is loaded. Fails with `org_not_found`. */
const orgOf = (service: Service, params: Readonly<Record<string, string>>): OrgState | Promise<OrgState> =>
  service.open(params.org ?? '')

/** Does something with an org of the path, which stays in memory until it is done; at once where nothing has to wait. */
export function inOrg<T>(
  service: Service,
  params: Readonly<Record<string, string>>,
  work: (state: OrgState) => T | Promise<T>,
): T | Promise<T> {
  const state = orgOf(service, params)
  return state instanceof Promise ? state.then(loaded => holding(loaded, work)) : holding(state, work)
}

function holding<T>(state: OrgState, work: (state: OrgState) => T | Promise<T>): T | Promise<T> {
  state.held += 1
  let waits = false
  try {
    const done = work(state)
    if (!(done instanceof Promise)) return done
    waits = true
    return done.finally(() => {
      state.held -= 1
    })
  } finally {
    if (!waits) state.held -= 1
  }
}
