/** Who signed, in the words of STS. */
export interface CallerIdentity {
  readonly kind: 'identity'
  readonly account: string
  readonly arn: string
  readonly userId: string
}

const ANSWER =
  /^(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?\?>)?\s*<GetCallerIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">\s*<GetCallerIdentityResult>([^!?&]*?)<\/GetCallerIdentityResult>\s*<ResponseMetadata>\s*<RequestId>[\w-]*<\/RequestId>\s*<\/ResponseMetadata>\s*<\/GetCallerIdentityResponse>\s*$/
const MEMBER = /\s*<(Arn|UserId|Account)>([^<>&\s]{1,2048})<\/\1>\s*/y

/**
 * Reads the one document that STS answers `GetCallerIdentity` with, and no other XML: no comments, entities, attributes or
 * further elements. Null for anything else, answers to other actions included.
 */
export function callerIdentityIn(text: string): CallerIdentity | null {
  const inner = text.length > 8_192 ? undefined : ANSWER.exec(text)?.[1]
  if (inner === undefined) return null
  const members = new Map<string, string>()
  let at = 0
  while (at < inner.length) {
    MEMBER.lastIndex = at
    const [, name = '', value = ''] = MEMBER.exec(inner) ?? []
    if (name === '' || members.has(name)) return null
    members.set(name, value)
    at = MEMBER.lastIndex
  }
  const [account, arn, userId] = [members.get('Account'), members.get('Arn'), members.get('UserId')]
  if (account === undefined || arn === undefined || userId === undefined || !/^\d{12}$/.test(account)) return null
  return { kind: 'identity', account, arn, userId }
}
