import { z } from 'zod'
import { type Received, type ReceivePorts, receive } from '../../pdp/signals/receive.ts'
import type { SetFault } from '../../pdp/signals/set.ts'
import type { JsonObject } from '../../policy/json.ts'
import type { ErrorForm } from '../failure.ts'
import { createRateLimit } from '../oauth/rate.ts'
import { type FormBody, type Route, route } from '../route.ts'

const TYPE = 'application/secevent+jwt'
const LARGEST = 16_384

/** Why a security event token is refused; the message is for the transmitter. */
class SetError extends Error {
  readonly err: SetFault
  constructor(err: SetFault, message: string) {
    super(message)
    this.name = 'SetError'
    this.err = err
  }
}

const bad = (message: string): SetError => new SetError('invalid_request', message)

const form: FormBody<string> = {
  type: TYPE,
  limit: LARGEST,
  read: text => text,
  json: null,
  unsupported: type => bad(`expected \`content-type: ${TYPE}\`, not \`${type.slice(0, 100)}\``),
  tooLarge: () => bad(`the token is larger than ${LARGEST} bytes`),
}

const schema: JsonObject = {
  type: 'object',
  required: ['err', 'description'],
  properties: { err: { type: 'string' }, description: { type: 'string' }, message: { type: 'string' } },
}

/** As RFC 8935 section 2.3 has them. */
const errors: ErrorForm = {
  own: error =>
    error instanceof SetError ? { status: 400, code: error.err, message: error.message, details: {} } : null,
  body: { schema, of: ({ code, message }) => ({ err: code, description: message, message }) },
}

/** Where transmitters send their events (RFC 8935). Who sent one is told by its signature. */
export function receiveRoute(ports: ReceivePorts, perMinute: number): Route {
  const { service } = ports
  const perAddress = createRateLimit(perMinute, 'from this address', service.clock)
  return route({
    operation: 'receiveSecurityEvent',
    method: 'POST',
    path: '/orgs/{org}/api/v1/ssf/receive',
    tag: 'signals',
    summary: 'A security event token, of a transmitter the org believes',
    needs: 'public',
    errors,
    form,
    body: z.string(),
    answers: { 202: { description: 'it is taken' } },
    async handle({ params, body, ip, headers }) {
      perAddress.take(ip)
      const state = await service.open(params.org ?? '')
      const { authorization } = headers
      state.held += 1
      let got: Received
      try {
        got = await receive(ports, state, body.trim(), { kind: 'pushed', authorization })
      } finally {
        state.held -= 1
      }
      if (got.kind === 'refused') throw new SetError(got.err, got.description)
      return { status: 202, text: '' }
    },
  })
}
