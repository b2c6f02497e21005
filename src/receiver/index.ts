/** `lumoauth/receiver`: access tokens checked where they are used, and dead the moment they are revoked. */
export type { Shown } from './dpop.ts'
export type { Freshness } from './freshness.ts'
export { isPrivileged } from './freshness.ts'
export type { IntrospectionClient } from './introspect.ts'
export {
  type Caller,
  forExpress,
  forKoa,
  forNode,
  type GuardOptions,
  guard,
  isRefusal,
  type Refusal,
} from './middleware.ts'
export { createReceiver, type Receiver, type ReceiverOptions, type Verdict } from './receiver.ts'
export type { Claims } from './rows.ts'
