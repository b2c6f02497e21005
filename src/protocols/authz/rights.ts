import { PdpError } from '../../pdp/errors.ts'
import { hasPermission } from '../../pdp/permissions.ts'
import type { Act, Service } from '../../pdp/service.ts'
import type { Call } from '../route.ts'
import { AuthzError } from './error.ts'

export type Calling = Pick<Call<unknown, unknown>, 'principal' | 'state' | 'ip'>

/** What every caller of an org is let in for: to ask about itself, and to look at itself. */
export const SELF = { scope: 'org', act: { action: 'use', type: 'org_self' } } as const
export const LOOK = { scope: 'org', act: { action: 'read', type: 'org_self' } } as const

const CHECK: Act = { action: 'check', type: 'org_access' }
const READ_POLICIES: Act = { action: 'read', type: 'org_policy' }
const READ_ATTRIBUTES: Act = { action: 'read', type: 'org_attribute' }

/** May the caller ask about anybody? By the right to, or by the published name an org's own rules may give it. */
export const mayCheck = (service: Service, calling: Calling): Promise<boolean> =>
  may(service, calling, CHECK, 'authz.check')

export const mayViewPolicies = (service: Service, calling: Calling): Promise<boolean> =>
  may(service, calling, READ_POLICIES, 'policies.view')

export const mayViewAttributes = (service: Service, calling: Calling): Promise<boolean> =>
  may(service, calling, READ_ATTRIBUTES, 'attributes.view')

/** Fails with `insufficient_permissions`. */
export async function mustCheck(service: Service, calling: Calling): Promise<void> {
  if (await mayCheck(service, calling)) return
  throw new AuthzError('insufficient_permissions', 'to ask about others than yourself you need `authz.check`')
}

async function may(service: Service, calling: Calling, act: Act, permission: string): Promise<boolean> {
  const { principal, state, ip } = calling
  try {
    await service.enter(principal, state.org.slug, act, ip)
    return true
  } catch (error) {
    if (!(error instanceof PdpError) || error.code !== 'permission_denied') throw error
    return hasPermission(service, state, principal, permission, ip)
  }
}
