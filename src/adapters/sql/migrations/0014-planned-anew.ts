/**
 * The plan of this function would be made while the audit is nearly empty, where any index of the org does, and kept as long
 * as the connection is: each event would be looked for among all of the org's. It is made at each call, which writes a batch.
 */
export const plannedAnew = `
alter function lumoauth.append_audit(text, json) set plan_cache_mode = force_custom_plan;
`
