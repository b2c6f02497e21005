import { claimAt } from '../../../agents/claims.ts'
import { fault } from '../fault.ts'
import { type JwtProvider, PLAIN_HEADERS, textOf } from './provider.ts'

/** `arn:aws:iam::<account>:role/<path and name>`, of any partition. */
const PRINCIPAL = /^arn:(aws[a-z-]*):(?:iam|sts)::(\d{12}):((?:role|user|assumed-role)\/[\w+=,.@/-]{1,512})$/

/** The parts of an IAM principal's ARN; null for anything else. */
export function principalIn(
  arn: string,
): { readonly partition: string; readonly account: string; readonly path: string } | null {
  const [, partition, account, path] = PRINCIPAL.exec(arn) ?? []
  return partition === undefined || account === undefined || path === undefined ? null : { partition, account, path }
}

/** JWTs of `sts:GetWebIdentityToken`, from the issuer of one account. */
export const aws: JwtProvider = {
  headers: PLAIN_HEADERS,
  types: ['JWT'],
  keyUse: 'sig',
  needsIat: true,
  check(claims) {
    const principal = principalIn(textOf(claims.sub))
    if (principal === null) return fault('provider', 'expected a `sub` that is the ARN of an IAM principal')
    return claimAt(claims, ['https://sts.amazonaws.com/', 'aws_account']) === principal.account
      ? null
      : fault('provider', '`aws_account` is not the account of `sub`')
  },
  name: claims => awsName(textOf(claims.sub)),
}

/** `aws:sts:<role>`, by the last part of its path. */
export const awsName = (arn: string): string => `aws:sts:${arn.split('/').at(-1) ?? ''}`
