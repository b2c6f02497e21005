import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { TrustConfig } from '../../../src/agents/trust.ts'
import { canonicalArn } from '../../../src/protocols/workload/signed-request.ts'
import { callerIdentityIn } from '../../../src/protocols/workload/sts-answer.ts'
import { outcome, workbench } from '../../support/workload/bench.ts'
import { startIssuer } from '../../support/workload/issuer.ts'
import { NOW, SHAPES, trustFor, US } from '../../support/workload/shapes.ts'
import {
  ACCOUNT,
  answerOf,
  localSts,
  presigned,
  type Signing,
  type Sts,
  vaultShape,
} from '../../support/workload/sts.ts'

const MINUTE = 60_000
const sts = localSts()
const server = await startIssuer()
server.other = sts.answer
after(() => server.close())
const bench = workbench([server.host], 400)

const ROLE = `arn:aws:iam::${ACCOUNT}:role/analyst-server`
const config: TrustConfig = trustFor(SHAPES.aws, {
  issuer: server.url,
  signedRequest: true,
  bind: { role_arn: ROLE, role_id: 'AROAEXAMPLEID' },
})
const good: Signing = { host: server.host, serverId: US }

interface Case {
  readonly what: string
  readonly expect: string
  readonly token: () => Promise<string>
  readonly config?: Partial<TrustConfig>
  readonly sts?: Partial<Sts>
  /** Whether STS was asked at all. */
  readonly asks?: boolean
}

const replaced = (from: string, to: string) => (url: string) => {
  assert.ok(url.includes(from), url)
  return url.replace(from, to)
}
const headersChanged = (change: (headers: Record<string, unknown>) => Record<string, unknown>) =>
  vaultShape(good, shape => ({
    ...shape,
    iam_request_headers: change(JSON.parse(Buffer.from(String(shape.iam_request_headers), 'base64').toString())),
  }))
const urlIs = (text: string) =>
  vaultShape(good, shape => ({ ...shape, iam_request_url: Buffer.from(text).toString('base64') }))

const CASES: readonly Case[] = [
  { what: 'the shape of Vault', expect: 'ok', token: () => vaultShape(good) },
  {
    what: 'headers as lists of one',
    expect: 'ok',
    token: () => headersChanged(h => Object.fromEntries(Object.entries(h).map(([k, v]) => [k, [v]]))),
  },
  { what: 'a presigned URL', expect: 'ok', token: () => presigned(good) },
  {
    what: 'a presigned URL in another order',
    expect: 'ok',
    token: () => presigned(good, url => `${url.split('?')[0]}?${url.split('?')[1]?.split('&').reverse().join('&')}`),
  },
  ...([vaultShape, presigned] as const).flatMap((make): Case[] => {
    const kind = make === vaultShape ? 'Vault' : 'presigned'
    return [
      {
        what: `${kind}: no server id`,
        expect: 'audience',
        asks: false,
        token: () => make({ ...good, serverId: null }),
      },
      {
        what: `${kind}: the server id of another org`,
        expect: make === vaultShape ? 'audience' : 'sts',
        asks: make !== vaultShape,
        token: () => make({ ...good, serverId: 'https://auth.test/orgs/other/api/v1' }),
      },
      { what: `${kind}: a wrong secret`, expect: 'sts', asks: true, token: () => make({ ...good, secret: 'x' }) },
      { what: `${kind}: signed 14 minutes ago`, expect: 'ok', token: () => make({ ...good, at: NOW - 14 * MINUTE }) },
      {
        what: `${kind}: signed 16 minutes ago`,
        expect: 'expired',
        asks: false,
        token: () => make({ ...good, at: NOW - 16 * MINUTE }),
      },
      {
        what: `${kind}: signed in the future`,
        expect: 'not_yet',
        asks: false,
        token: () => make({ ...good, at: NOW + 2 * MINUTE }),
      },
      {
        what: `${kind}: another host`,
        expect: 'unknown_issuer',
        asks: false,
        token: () => make({ ...good, host: '127.0.0.1:1' }),
      },
      {
        what: `${kind}: a redirecting STS`,
        expect: 'sts',
        asks: true,
        token: () => make(good),
        sts: { mode: 'redirect' },
      },
      { what: `${kind}: a slow STS`, expect: 'sts', asks: true, token: () => make(good), sts: { mode: 'slow' } },
      {
        what: `${kind}: an STS that answers without end`,
        expect: 'sts',
        asks: true,
        token: () => make(good),
        sts: { mode: 'huge' },
      },
      {
        what: `${kind}: an answer to another action`,
        expect: 'sts',
        asks: true,
        token: () => make(good),
        sts: { mode: 'other_action' },
      },
      {
        what: `${kind}: an account that is not that of the ARN`,
        expect: 'provider',
        asks: true,
        token: () => make(good),
        sts: { mode: 'other_account' },
      },
      {
        what: `${kind}: another role`,
        expect: 'bind',
        asks: true,
        token: () => make(good),
        sts: { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/other/i-0abc` },
      },
      {
        what: `${kind}: the role made anew`,
        expect: 'bind',
        asks: true,
        token: () => make(good),
        sts: { userId: 'AROAOTHER:i-0abc' },
      },
      {
        what: `${kind}: a federated user`,
        expect: 'provider',
        asks: true,
        token: () => make(good),
        sts: { arn: `arn:aws:sts::${ACCOUNT}:federated-user/x` },
      },
      {
        what: `${kind}: the account itself`,
        expect: 'provider',
        asks: true,
        token: () => make(good),
        sts: { arn: `arn:aws:iam::${ACCOUNT}:root` },
      },
      {
        what: `${kind}: a JWT configuration of that issuer`,
        expect: 'unknown_issuer',
        asks: false,
        token: () => make(good),
        config: { signedRequest: false },
      },
      {
        what: `${kind}: a role with a path`,
        expect: 'ok',
        token: () => make(good),
        config: { bind: { role_arn: `arn:aws:iam::${ACCOUNT}:role/team/analyst-server` } },
      },
    ]
  }),
  {
    what: 'Vault: a server id that is not signed',
    expect: 'audience',
    asks: false,
    token: () => vaultShape({ ...good, unsignedServerId: true }),
  },
  {
    what: 'Vault: a server id put in place of another',
    expect: 'sts',
    asks: true,
    token: () =>
      headersChanged(h => ({
        ...h,
        'x-lumo-server-id': US,
        'x-amz-date': String(h['x-amz-date']).replace('07Z', '08Z'),
      })),
  },
  {
    what: 'Vault: another action',
    expect: 'malformed',
    asks: false,
    token: () => vaultShape({ ...good, body: 'Action=GetSessionToken&Version=2011-06-15' }),
  },
  {
    what: 'Vault: an action twice',
    expect: 'malformed',
    asks: false,
    token: () => vaultShape({ ...good, body: 'Action=GetCallerIdentity&Version=2011-06-15&Action=GetSessionToken' }),
  },
  {
    what: 'Vault: GET',
    expect: 'malformed',
    asks: false,
    token: () => vaultShape(good, s => ({ ...s, iam_http_request_method: 'GET' })),
  },
  { what: 'Vault: a path', expect: 'malformed', asks: false, token: () => urlIs(`${server.url}/other`) },
  {
    what: 'Vault: a query',
    expect: 'malformed',
    asks: false,
    token: () => urlIs(`${server.url}/?Action=GetSessionToken`),
  },
  { what: 'Vault: a fragment', expect: 'malformed', asks: false, token: () => urlIs(`${server.url}/#x`) },
  {
    what: 'Vault: a user',
    expect: 'malformed',
    asks: false,
    token: () => urlIs(`http://sts.amazonaws.com@${server.host}/`),
  },
  {
    what: 'Vault: http instead of https',
    expect: 'unknown_issuer',
    asks: false,
    token: () => urlIs('http://sts.amazonaws.com/'),
  },
  {
    what: 'Vault: a header twice',
    expect: 'malformed',
    asks: false,
    token: () => headersChanged(h => ({ ...h, 'X-Amz-Date': h['x-amz-date'] })),
  },
  {
    what: 'Vault: a header with two values',
    expect: 'malformed',
    asks: false,
    token: () => headersChanged(h => ({ ...h, 'x-amz-date': [h['x-amz-date'], 'x'] })),
  },
  {
    what: 'Vault: a header with a line feed',
    expect: 'malformed',
    asks: false,
    token: () => headersChanged(h => ({ ...h, 'x-amz-date': `${h['x-amz-date']}\r\nx: y` })),
  },
  {
    what: 'Vault: headers that were not signed stay behind',
    expect: 'ok',
    token: () => headersChanged(h => ({ ...h, 'x-forwarded-for': '10.0.0.1', host: 'evil.example' })),
  },
  {
    what: 'presigned: an action more',
    expect: 'malformed',
    asks: false,
    token: () => presigned(good, url => `${url}&Action=GetSessionToken`),
  },
  {
    what: 'presigned: an action in lower case',
    expect: 'malformed',
    asks: false,
    token: () => presigned(good, url => `${url}&action=GetSessionToken`),
  },
  {
    what: 'presigned: another action',
    expect: 'malformed',
    asks: false,
    token: () => presigned(good, replaced('Action=GetCallerIdentity', 'Action=GetSessionToken')),
  },
  {
    what: 'presigned: a name in percents',
    expect: 'malformed',
    asks: false,
    token: () => presigned(good, replaced('Action=', '%41ction=')),
  },
  {
    what: 'presigned: a parameter nobody knows',
    expect: 'malformed',
    asks: false,
    token: () => presigned(good, url => `${url}&DurationSeconds=1`),
  },
  { what: 'presigned: a path', expect: 'malformed', asks: false, token: () => presigned(good, replaced('/?', '/x?')) },
  { what: 'presigned: a fragment', expect: 'malformed', asks: false, token: () => presigned(good, url => `${url}#x`) },
  {
    what: 'presigned: a user',
    expect: 'malformed',
    asks: false,
    token: () => presigned(good, replaced('http://', 'http://sts.amazonaws.com@')),
  },
  {
    what: 'presigned: a header more',
    expect: 'malformed',
    asks: false,
    token: () => presigned(good, replaced('host%3B', 'host%3Bx-a%3B')),
  },
  {
    what: 'presigned: over 4 KB',
    expect: 'malformed',
    asks: false,
    token: () => presigned(good, url => `${url}&X-Amz-User-Agent=${'a'.repeat(4_096)}`),
  },
  {
    what: 'presigned: a day by its own word is still 15 minutes',
    expect: 'expired',
    asks: false,
    token: () => presigned({ ...good, at: NOW - 20 * MINUTE }, x => x, 86_400),
  },
]

for (const c of CASES) {
  test(`${c.what} → ${c.expect}`, async () => {
    Object.assign(sts, {
      mode: 'ok',
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/analyst-server/i-0abc`,
      userId: 'AROAEXAMPLEID:i-0abc',
      ...c.sts,
    })
    bench.forgetTaken()
    bench.trust('research-bot', [{ ...config, ...c.config }])
    const before = server.asked.length
    const token = await c.token()
    const result = await bench.verify(token)
    assert.equal(outcome(result), c.expect, JSON.stringify(result))
    if (c.asks !== undefined) assert.equal(server.asked.length > before, c.asks)
    if (result.kind !== 'workload') return
    assert.equal(result.subject, ROLE)
    assert.equal(result.name, 'aws:sts:analyst-server')
    assert.equal(outcome(await bench.verify(token, 'aws')), 'replay')
    assert.equal(outcome(await bench.verify(token, 'kubernetes')), 'unknown_issuer')
  })
}

const IDENTITY = { kind: 'identity', account: ACCOUNT, arn: ROLE, userId: 'AROA:x' }
const XML = answerOf(ROLE, 'AROA:x', ACCOUNT)
const ANSWERS: readonly (readonly [what: string, text: string, isGood: boolean])[] = [
  ['as STS writes it', XML, true],
  ['with a declaration', `<?xml version="1.0" encoding="UTF-8"?>\n${XML}`, true],
  ['on one line', XML.replace(/\n\s*/g, ''), true],
  ['nothing', '', false],
  ['an ARN twice', XML.replace('<Arn>', '<Arn>x</Arn><Arn>'), false],
  ['no user id', XML.replace(/<UserId>.*<\/UserId>/, ''), false],
  ['another element', XML.replace('<Arn>', '<Other>x</Other><Arn>'), false],
  ['an attribute', XML.replace('<Arn>', '<Arn a="b">'), false],
  ['a comment', XML.replace('<Arn>', '<Arn><!-- x -->'), false],
  ['an entity', XML.replace('<Arn>', '<Arn>&amp;'), false],
  ['CDATA', XML.replace('<Arn>', '<Arn><![CDATA[x]]>'), false],
  ['a document type', `<!DOCTYPE x>${XML}`, false],
  ['an element around it', `<x>${XML}</x>`, false],
  ['an answer after it', `${XML}${XML}`, false],
  ['another namespace', XML.replace('2011-06-15', '2012-06-15'), false],
  ['an account of letters', XML.replace(`<Account>${ACCOUNT}`, '<Account>abc'), false],
  ['an answer inside an answer', XML.replace('<Arn>', '<GetCallerIdentityResult><Arn>'), false],
]
for (const [what, text, isGood] of ANSWERS) {
  test(`an answer of STS: ${what}`, () => assert.deepEqual(callerIdentityIn(text), isGood ? IDENTITY : null))
}

const ARNS: readonly (readonly [arn: string, canonical: string | null])[] = [
  ['arn:aws:sts::123456789012:assumed-role/R/S', 'arn:aws:iam::123456789012:role/R'],
  ['arn:aws:iam::123456789012:role/R', 'arn:aws:iam::123456789012:role/R'],
  ['arn:aws:iam::123456789012:role/a/b/R', 'arn:aws:iam::123456789012:role/R'],
  ['arn:aws:iam::123456789012:user/U', 'arn:aws:iam::123456789012:user/U'],
  ['arn:aws-cn:sts::123456789012:assumed-role/R/S', 'arn:aws-cn:iam::123456789012:role/R'],
  ['arn:aws:sts::123456789012:assumed-role/R', null],
  ['arn:aws:sts::123456789012:assumed-role/a/R/S', null],
  ['arn:aws:iam::123456789012:root', null],
  ['arn:aws:sts::123456789012:federated-user/F', null],
  ['arn:aws:iam::12345:role/R', null],
  ['arn:aws:s3:::bucket', null],
  ['arn:aws:iam::123456789012:role/', null],
  ['R', null],
]
for (const [arn, canonical] of ARNS) {
  test(`\`${arn}\` is ${canonical ?? 'neither role nor user'}`, () => assert.equal(canonicalArn(arn), canonical))
}
