export const TAG = 'webhooks'
export const BASE = '/orgs/{org}/api/v1/admin/webhooks'
export const ONE = `${BASE}/{id}`
export const READ = { scope: 'org', act: { action: 'read', type: 'org_webhook' } } as const
export const WRITE = { scope: 'org', act: { action: 'write', type: 'org_webhook' } } as const
