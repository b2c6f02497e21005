import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { TOKEN_CASES, type TokenCase } from './cases.ts'
import { DIFFERENCES } from './differences.ts'
import { startOurs } from './ours.ts'
import { startPeer } from './peer.ts'
import { type Got, post, type Sent, type Target } from './target.ts'

type Running = Awaited<ReturnType<typeof startOurs>>

/** The same requests to this server and to oidc-provider: the same answer, or a difference with its reason. */
describe('beside oidc-provider', () => {
  let ours: Running
  let peer: Running
  before(async () => {
    ;[ours, peer] = await Promise.all([startOurs(), startPeer()])
  })
  after(() => Promise.all([ours?.close(), peer?.close()]))

  test(`${TOKEN_CASES.length} cases have names of their own, and each difference is of one`, () => {
    const names = new Set(TOKEN_CASES.map(({ name }) => name))
    assert.equal(names.size, TOKEN_CASES.length)
    assert.ok(names.size >= 150)
    for (const name of DIFFERENCES.keys()) assert.ok(names.has(name), `no case is named \`${name}\``)
  })

  for (const one of TOKEN_CASES) {
    test(one.name, async () => {
      const [here, there] = [await deliver(ours.target, one), await deliver(peer.target, one)]
      const [answer, other] = [answerOf(here.got), answerOf(there.got)]
      const difference = DIFFERENCES.get(one.name)
      if (difference === undefined) {
        assert.deepEqual(answer, other, JSON.stringify([here.got.json, there.got.json]))
      } else {
        assert.deepEqual(answer, difference.ours)
        assert.notDeepEqual(answer, other, 'there is no difference any more')
      }
      checkHeaders(here.got, here.sent)
      checkSilent(here.got, here.sent, ours.target)
    })
  }
})

const answerOf = ({ status, error }: Got) => [status, error]

async function deliver(
  target: Target,
  { send, again }: TokenCase,
): Promise<{ readonly got: Got; readonly sent: Sent }> {
  const once = async () => {
    const sent = send(target)
    const [method = 'POST', query = ''] = (sent.method ?? 'POST').split(' ')
    return { sent, got: await post(target.tokenEndpoint + query, { ...sent, method }) }
  }
  if (again) assert.equal((await once()).got.status, 200)
  return once()
}

/** RFC 6749 5.1 and 5.2, RFC 9110 15.5.6. */
function checkHeaders({ status, headers, json }: Got, { headers: sent = {} }: Sent): void {
  assert.equal(headers['cache-control'], 'no-store')
  assert.match(String(headers['content-type']), /^application\/json/)
  const challenged = status === 401 && /^basic(?: |$)/i.test(sent.authorization ?? '')
  assert.equal(headers['www-authenticate'], challenged ? 'Basic realm="lumoauth"' : undefined)
  assert.equal(headers.allow, status === 405 ? 'POST' : undefined)
  assert.equal(typeof (status === 200 ? json.access_token : json.error_description), 'string')
  assert.equal(status === 200, json.error === undefined)
}

/** What a client proves itself with is in no answer. */
function checkSilent({ json }: Got, { body = '', headers = {} }: Sent, { secretClient, otherClient }: Target): void {
  const text = JSON.stringify(json)
  const assertion = new URLSearchParams(body).get('client_assertion') ?? ''
  const secrets = [secretClient.secret, otherClient.secret, assertion, headers.authorization?.split(' ')[1] ?? '']
  for (const secret of secrets) if (secret.length > 8) assert.ok(!text.includes(secret), 'the answer holds a secret')
}
