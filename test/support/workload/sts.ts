import type { IncomingMessage, ServerResponse } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { NOW } from './shapes.ts'

export const ACCOUNT = '123456789012'
export const CREDENTIALS = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'a-secret-of-this-test',
  sessionToken: 'session/token+=',
}
const BODY = 'Action=GetCallerIdentity&Version=2011-06-15'

export const signer = (secret = CREDENTIALS.secretAccessKey): SignatureV4 =>
  new SignatureV4({
    service: 'sts',
    region: 'eu-west-1',
    credentials: { ...CREDENTIALS, secretAccessKey: secret },
    sha256: Sha256,
    uriEscapePath: true,
    applyChecksum: false,
  })

const base64 = (text: string): string => Buffer.from(text).toString('base64')

export interface Signing {
  readonly host: string
  /** Null: the header is not there at all. */
  readonly serverId: string | null
  /** Signed without it, though it is sent. */
  readonly unsignedServerId?: true
  readonly at?: number
  readonly secret?: string
  readonly body?: string
}

/** The shape Vault made common. */
export async function vaultShape(
  s: Signing,
  change: (shape: Record<string, unknown>) => Record<string, unknown> = x => x,
): Promise<string> {
  const body = s.body ?? BODY
  const id = s.serverId === null ? {} : { 'x-lumo-server-id': s.serverId }
  const request = {
    method: 'POST',
    protocol: 'https:',
    hostname: s.host,
    path: '/',
    headers: { host: s.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', ...id },
    body,
  }
  const unsigned = s.unsignedServerId === true ? new Set(['x-lumo-server-id']) : new Set<string>()
  const signed = await signer(s.secret).sign(request, {
    signingDate: new Date(s.at ?? NOW),
    unsignableHeaders: unsigned,
  })
  const { headers } = signed
  return JSON.stringify(
    change({
      iam_http_request_method: 'POST',
      iam_request_url: base64(`http://${s.host}/`),
      iam_request_body: base64(body),
      iam_request_headers: base64(JSON.stringify(headers)),
    }),
  )
}

/** The URL aws-iam-authenticator makes; `change` is what somebody does to it afterwards. */
export async function presigned(s: Signing, change: (url: string) => string = x => x, expires = 60): Promise<string> {
  const id = s.serverId === null ? {} : { 'x-lumo-server-id': s.serverId }
  const url = await signer(s.secret).presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: s.host,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: s.host, ...id },
    },
    {
      signingDate: new Date(s.at ?? NOW),
      expiresIn: expires,
      ...(id && { unhoistableHeaders: new Set(['x-lumo-server-id']) }),
    },
  )
  const query = Object.entries(url.query ?? {}).map(
    ([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(String(v))}`,
  )
  return `k8s-aws-v1.${Buffer.from(change(`http://${s.host}/?${query.join('&')}`)).toString('base64url')}`
}

export interface Sts {
  mode: 'ok' | 'redirect' | 'slow' | 'huge' | 'other_account' | 'other_action'
  arn: string
  userId: string
  /** Requests whose signature was good. */
  accepted: number
}

/** STS, as far as `GetCallerIdentity` goes: it checks the signature over what it was really sent. */
export function localSts(): Sts & {
  answer(request: IncomingMessage, body: string, response: ServerResponse): boolean
} {
  const sts = {
    mode: 'ok' as Sts['mode'],
    arn: `arn:aws:sts::${ACCOUNT}:assumed-role/analyst-server/i-0abc`,
    userId: 'AROAEXAMPLEID:i-0abc',
    accepted: 0,
    answer(request: IncomingMessage, body: string, response: ServerResponse): boolean {
      verify(request, body).then(
        isGood => {
          if (!isGood) return void response.writeHead(403, { 'content-type': 'text/xml' }).end('<ErrorResponse/>')
          sts.accepted += 1
          if (sts.mode === 'redirect') return void response.writeHead(307, { location: '/again' }).end()
          if (sts.mode === 'slow') return undefined
          if (sts.mode === 'huge') return void response.end('x'.repeat(100_000))
          const account = sts.mode === 'other_account' ? '999999999999' : ACCOUNT
          const action = sts.mode === 'other_action' ? 'GetSessionToken' : 'GetCallerIdentity'
          response.writeHead(200, { 'content-type': 'text/xml' }).end(answerOf(sts.arn, sts.userId, account, action))
        },
        () => response.writeHead(500).end(),
      )
      return true
    },
  }
  return sts
}

export const answerOf = (arn: string, userId: string, account: string, action = 'GetCallerIdentity'): string =>
  `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <${action}Result>
    <Arn>${arn}</Arn>
    <UserId>${userId}</UserId>
    <Account>${account}</Account>
  </${action}Result>
  <ResponseMetadata>
    <RequestId>0c8d1f0e-0000-4000-8000-000000000000</RequestId>
  </ResponseMetadata>
</${action}Response>
`

const single = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(',') : (value ?? '')

async function verify(request: IncomingMessage, body: string): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://sts')
  const query = Object.fromEntries(url.searchParams)
  const isPresigned = 'X-Amz-Signature' in query
  const authorization = single(request.headers.authorization)
  const names = (isPresigned ? query['X-Amz-SignedHeaders'] : /SignedHeaders=([^,]+)/.exec(authorization)?.[1]) ?? ''
  const given = isPresigned ? query['X-Amz-Signature'] : /Signature=([0-9a-f]+)/.exec(authorization)?.[1]
  const headers = Object.fromEntries(names.split(';').map(name => [name, single(request.headers[name])]))
  const date = isPresigned ? query['X-Amz-Date'] : single(request.headers['x-amz-date'])
  const at = new Date(String(date).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const base = { method: request.method ?? '', protocol: 'https:', hostname: 'sts', path: url.pathname }
  if (isPresigned) {
    const { Action = '', Version = '' } = query
    const again = await signer().presign(
      { ...base, query: { Action, Version }, headers },
      { signingDate: at, expiresIn: Number(query['X-Amz-Expires']), unhoistableHeaders: new Set(Object.keys(headers)) },
    )
    return again.query?.['X-Amz-Signature'] === given
  }
  const again = await signer().sign(
    { ...base, headers, body },
    { signingDate: at, signableHeaders: new Set(Object.keys(headers)) },
  )
  return again.headers.authorization?.includes(`Signature=${given}`) === true
}
