/** The version a draft was started from; null for drafts kept before there was a note of it. */
export const draftBase = `
alter table lumoauth.policy_drafts add column base_version bigint;
grant update (base_version) on lumoauth.policy_drafts to lumoauth_service;
`
